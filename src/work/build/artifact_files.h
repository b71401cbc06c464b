// SPDX-License-Identifier: Apache-2.0
//
// The zips under .lamella/artifacts: whose they are, by their names, and which of them go.
//
// Invariants (artifact_files_test.cc)
//   A1 only files that are named as zips of artifacts are ever removed.
//   A2 a zip that the manifest refers to stays, and so does one of a digest that is to be kept.
//
// Threads: one build at a time (.lamella/build.lock).  Errors: io.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "build/tools.h"

namespace lamella::build {

/// "layer-core-py311-x86_64-0123456789ab.zip" in its parts.
struct ZipName {
  std::string kind;    ///< "layer", "function"
  std::string name;    ///< "core"
  std::string target;  ///< "py311-x86_64"
  std::string brief;   ///< Digest::brief() of its content
};
std::optional<ZipName> parse_zip_name(std::string_view file);

/// As in a fresh clone, for what the request names: no zips, no rows in the manifest; and no index.
Result<> forget(const std::filesystem::path& workspace, const Request& request);

struct Swept {
  std::size_t files = 0;
  std::uint64_t bytes = 0;
};

struct OldZip {
  std::filesystem::path path;
  ZipName name;
  std::uint64_t bytes = 0;
};
/// The zips that were last used (mtime) longer than `grace` before `now_ns`.
Result<std::vector<OldZip>> old_zips(const std::filesystem::path& workspace, std::int64_t now_ns,
                                     std::chrono::hours grace);

/// Removes those of `old` that neither `manifest` nor `keep` (Digest::brief()) refers to.
Result<Swept> sweep_zips(const std::vector<OldZip>& old, const Manifest& manifest,
                         const std::set<std::string>& keep);

}  // namespace lamella::build
