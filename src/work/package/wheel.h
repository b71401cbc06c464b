// SPDX-License-Identifier: Apache-2.0
//
// A wheel's content, checked and with its files where they will be installed.
//
// Errors: rejected, with the wheel's file name and the reason: no or two dist-info folders, WHEEL, METADATA
// or RECORD missing, a name or version other than the file name says, a RECORD that names a file that is not
// there or misses one that is, an unknown `.data` scheme.
#pragma once

#include <string>
#include <vector>

#include "archive/zip_reader.h"
#include "base/result.h"
#include "package/recipe.h"

namespace lamella::package {

struct WheelFile {
  std::string path;                       ///< below site-packages
  const archive::Entry* entry = nullptr;  ///< of the reader the content was read from
  bool executable = false;
};

/// The files in installed order (sorted by path); RECORD itself is not among them, for it would no longer
/// be true.  `zip` must outlive the result.
Result<std::vector<WheelFile>> read_wheel(const archive::ZipReader& zip, const Wheel& wheel);

}  // namespace lamella::package
