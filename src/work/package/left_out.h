// SPDX-License-Identifier: Apache-2.0
//
// What a recipe leaves out of its wheel by rules that may be wrong: written to disk, so that a proof can be
// tried with some of it put back.  Stale bytecode and what the service filter leaves out are not among it:
// the one is made anew, the other is what the workspace said it calls.
//
// Threads: any.  Errors: rejected (a malformed wheel), internal (the wheel is not in the store), io.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "package/recipe.h"
#include "store/content_store.h"

namespace lamella::package {

struct LeftOut {
  std::string path;                ///< below site-packages
  std::vector<std::string> rules;  ///< every rule that names it
  std::uint64_t bytes = 0;
};

/// Sorted by path; nothing is written.
Result<std::vector<LeftOut>> list_left_out(store::ContentStore& store, const Recipe& recipe);

/// The same, with the files written below `folder`, by their paths.
Result<std::vector<LeftOut>> extract_left_out(store::ContentStore& store, const Recipe& recipe,
                                              const std::filesystem::path& folder);

/// Writes files of the wheel as it brings them below `folder`, by their paths.  Paths it does not have are skipped.
Result<> extract_files(store::ContentStore& store, const Wheel& wheel, const std::vector<std::string>& paths,
                       const std::filesystem::path& folder);

/// Writes the whole wheel as it is installed.
Result<> extract_wheel(store::ContentStore& store, const Wheel& wheel, const std::filesystem::path& folder);

/// As few patterns as name exactly `kept` among `all`: a folder of which everything is kept is "folder/**".
/// Both are sorted; REQUIRES: `kept` is part of `all`.
std::vector<std::string> patterns_for(const std::vector<std::string>& kept,
                                      const std::vector<std::string>& all);

}  // namespace lamella::package
