// SPDX-License-Identifier: Apache-2.0
//
// A source distribution: a .tar.gz or .zip with one folder at its top (PEP 625), opened wholly in memory and read
// as a tree of files.
//
// Invariants of an opened archive (source_archive_test.cc)
//   I1 safe names: relative, below the one folder at the top, no "..", no empty part, no backslash, drive or control
//      character; no two of one name that differ; none both a file and a folder.  "./" in front is taken off.
//   I2 files alone: a link of a tar to a file of the archive is that file once more; any other link, a device and a
//      pipe are refused.
//   I3 bounded: by SourceLimits, whatever the archive claims of itself.
//
// Threads: const methods may be called from any thread.  The archive's bytes are not needed any more.
// Errors: rejected (malformed, hostile, or of another kind than these two), limit; with the fact "rule".
//
//   LAMELLA_TRY_ASSIGN(const auto source, SourceArchive::open(bytes, "docopt-0.6.2.tar.gz"));
//   LAMELLA_TRY_ASSIGN(const auto text, source.read(source.top() + "/PKG-INFO"));
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::archive {

struct SourceLimits {
  std::uint64_t entries = 65'536;
  std::uint64_t bytes = 536'870'912;  ///< unpacked, all
};

class SourceArchive final : public base::FileTree {
 public:
  struct File {
    std::string content;
    bool executable = false;
  };

  static Result<SourceArchive> open(std::span<const std::byte> bytes, std::string_view filename,
                                    const SourceLimits& limits = {});
  /// Of the tar alone, unpacked.
  static Result<SourceArchive> open_tar(std::span<const std::byte> tar, const SourceLimits& limits = {});

  /// "docopt-0.6.2": what every path begins with.
  const std::string& top() const { return top_; }
  /// By path, the top folder included.
  const std::map<std::string, File, std::less<>>& files() const { return files_; }

  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override;
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override;
  Result<std::optional<std::string>> read(std::string_view path) const override;

 private:
  std::string top_;
  std::map<std::string, File, std::less<>> files_;
};

/// True if the name is one that open() takes: "x.tar.gz", "x.zip".
bool is_source_archive(std::string_view filename);

}  // namespace lamella::archive
