// SPDX-License-Identifier: Apache-2.0
//
// Texts of a tree, read through its symbolic links as long as these stay in the tree, and never more than
// somebody could have written.
//
// Threads: as the tree.  Errors: usage (a link leaves the tree, dangles or is one of a circle), limit (more
// than kLargestText bytes), rejected (a Git LFS pointer), and those of the tree.
//
//   LAMELLA_TRY_ASSIGN(const auto text, read_text(tree, "layers/core/requirements.txt"));
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/file_tree.h"
#include "base/result.h"

namespace lamella::base {

inline constexpr std::uint64_t kLargestText = 16'000'000;

/// `path` with every link on the way replaced by what it leads to; nullopt when that is nothing in the tree.
Result<std::optional<std::string>> real_path(const FileTree& tree, std::string_view path);

/// The content of the file at `path`; nullopt if nothing is there, or a folder.
Result<std::optional<std::string>> read_text(const FileTree& tree, std::string_view path);

}  // namespace lamella::base
