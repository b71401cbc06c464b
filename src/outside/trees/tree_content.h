// SPDX-License-Identifier: Apache-2.0
//
// What lies in a tree, and what a zip says should: the two are equal or the tree is damaged.  Internal to the
// room.
//
// Errors: io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>

#include "archive/zip_reader.h"
#include "base/file_tree.h"
#include "base/result.h"
#include "os/thread_pool.h"

namespace lamella::trees {

struct TreeItem {
  base::FileKind kind = base::FileKind::kOther;
  unsigned mode = 0;        ///< of files
  std::uint64_t size = 0;   ///< of files
  std::uint32_t crc32 = 0;  ///< of a file's bytes or a link's target

  bool operator==(const TreeItem&) const = default;
};

using Content = std::map<std::string, TreeItem, std::less<>>;  ///< by path; folders too

Content content_of(const archive::ZipReader& zip);
/// Reads every file.
Result<Content> content_of(const std::filesystem::path& folder, os::ThreadPool& pool);

/// True if `merged` is these trees laid over each other, each file one with theirs (a hard link).  Reads none.
Result<bool> is_merge_of(const std::filesystem::path& merged, std::span<const std::filesystem::path> trees);

/// The mode that a file of the zip has in its tree.
unsigned mode_of(const archive::Entry& entry);

}  // namespace lamella::trees
