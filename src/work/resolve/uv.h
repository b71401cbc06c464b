// SPDX-License-Identifier: Apache-2.0
//
// One run of `uv pip compile`: requirements in, packages with their wheels out.  uv sees no configuration,
// no user environment but proxies and certificates.  It builds nothing and fetches no source distribution: of each
// that it may choose it is told what it needs.
//
// Threads: any.  Errors: as Resolver, from uv's words.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "model/target.h"
#include "resolve/indexes.h"
#include "resolve/lock.h"

namespace lamella::resolve {

/// What is known of one version's needs that no wheel tells.
struct KnownNeeds {
  std::string version;
  std::string requires_python;
  std::vector<std::string> requires_dist;
};

struct UvQuestion {
  std::filesystem::path uv;
  std::filesystem::path pip;  ///< asked when `uv` is "": the target's interpreter, see resolve/pip.h
  std::filesystem::path cache;
  std::filesystem::path wheelhouse;  ///< "" means the indexes
  std::vector<Index> indexes;        ///< the default first; none: uv's own default
  std::set<std::string> placed;      ///< names that are taken from an index beside the default
  model::Target target;
  /// Requirements by who asks ("layer ml-libraries"), one PEP 508 text each.
  std::vector<std::pair<std::string, std::vector<std::string>>> requirements;
  /// Packages that come from source, with what is known of their versions; of others it is taken that they need
  /// nothing.
  std::map<std::string, std::vector<KnownNeeds>> from_source;
  std::set<std::string> without_needs;  ///< names of which it is taken that they need nothing
  std::vector<std::string> constraints;
  std::vector<std::string> overrides;
  bool no_deps = false;      ///< the requirements alone
  bool newer_glibc = false;  ///< pip may name wheels that the target cannot load, as uv does
  std::string exclude_newer;
  std::string preferred;             ///< a pylock whose versions are kept where they fit, or ""
  std::vector<std::string> upgrade;  ///< packages whose preferred version does not count
  std::chrono::milliseconds patience = std::chrono::minutes(10);
};

/// A package that uv chose and all its wheels that uv thinks would do.
struct UvPackage {
  std::string name;
  std::string version;
  std::vector<LockedWheel> wheels;
  std::string yanked{};                 ///< what uv says of a release that its index took back, or ""
  std::optional<LockedWheel> source{};  ///< its source distribution, where uv names one
};

/// Sorted by name.
Result<std::vector<UvPackage>> ask_uv(const UvQuestion& question, std::stop_token stop);

/// What a resolver said, `words`, where it is the disk that failed it; `folder` is where it ran.
std::optional<Error> disk_failure(std::string_view words, const UvQuestion& question,
                                  const std::filesystem::path& folder);

/// The environment of a resolver: proxies and certificates, no configuration of the user.
std::map<std::string, std::string> resolver_environment();
/// A lock is committed, so credentials leave no trace in it.
std::string url_without_user(const std::string& url);
std::string file_name_of_url(const std::string& url);

/// The platform to ask uv for: the nearest glibc it knows at or above the target's.
std::string uv_platform(const model::Target& target);

/// What uv wrote with --format pylock.toml.  Exposed for tests.
Result<std::vector<UvPackage>> parse_uv_output(const std::string& text);

}  // namespace lamella::resolve
