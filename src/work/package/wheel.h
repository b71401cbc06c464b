// SPDX-License-Identifier: Apache-2.0
//
// A wheel's content, checked and with its files where they will be installed.
//
// Errors: rejected, with the wheel's file name and the reason: no or two dist-info folders, WHEEL, METADATA
// or RECORD missing, a name or version other than the file name says, a wheel version above 1, a RECORD that
// names a file that is not there, misses one that is or gives it a forgeable hash, an unknown `.data` scheme,
// files that cannot be installed side by side, a script outside bin/, content that is not what RECORD says.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "archive/zip_reader.h"
#include "base/result.h"
#include "package/recipe.h"
#include "package/wheel_record.h"

namespace lamella::package {

struct WheelFile {
  std::string path;                       ///< below site-packages
  const archive::Entry* entry = nullptr;  ///< of the reader the content was read from
  bool executable = false;
  Recorded recorded;
};

/// The files in installed order (sorted by path); RECORD itself is not among them, for it would no longer
/// be true.  `zip` must outlive the result.
Result<std::vector<WheelFile>> read_wheel(const archive::ZipReader& zip, const Wheel& wheel);

/// The file's content, which has its CRC and is what RECORD says.  `ends` as of archive::inflate_entry().
/// Errors: limit when it is larger than `limit`.
Result<std::vector<std::byte>> read_content(const archive::ZipReader& zip, const WheelFile& file,
                                            const Wheel& wheel, std::uint64_t limit,
                                            std::vector<archive::BlockEnd>* ends = nullptr);

}  // namespace lamella::package
