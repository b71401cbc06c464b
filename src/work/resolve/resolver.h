// SPDX-License-Identifier: Apache-2.0
//
// Requirements to a lock: one joint resolution per group with uv, as data in and data out.
//
// uv chooses the versions; what it cannot know is done here.  It knows no glibc 2.26, so it resolves for
// the nearest glibc above, and a version none of whose wheels the target can load is excluded and the
// resolution repeated.  Of each package one wheel is kept, the one whose tag fits the target best.  Who
// needs whom is read from each wheel's METADATA, markers evaluated for the target, never for this machine.
//
// Versions of a previous lock are kept where they still fit, unless upgrading is asked for.
//
// A name comes from one index.  Those that an index beside the default serves are placed: uv is told to take
// them from there, and is asked anew whenever one turns up that was not placed yet.  What a root takes
// without its needs (`no_deps`) constrains the joint resolution and is then chosen at the same versions.  Of a single
// requirement taken so, uv is told that it needs nothing, unless another root reaches it with its needs.  A root whose files pin hashes gets nothing that they do not pin.
//
// Wheels are taken wherever versions that fit have some.  A package for which none is left is taken from source if
// every layer or function that gets it allows that by name (resolve/sources.h); else it is refused, and so is
// everything that uv would have to build to look at.
//
// Errors: tool missing (no uv); usage (requirements contradict each other: uv's words, and which layers
// ask for what; Requires-Python excludes the target); rejected (no wheel for the target: tags seen and
// wanted); mismatch (a pinned hash, or one missing); limit (it took too long); remote (an index cannot be
// reached); interrupted.
//
//   LAMELLA_TRY_ASSIGN(const auto uv, find_uv(cache_directory));
//   Resolver resolver({.uv = uv, .cache = cache_directory / "uv"}, store, actions, events);
//   LAMELLA_TRY_ASSIGN(const LockFile lock, resolver.resolve(inputs, previous, {}, stop));
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "resolve/indexes.h"
#include "resolve/lock.h"
#include "resolve/lock_inputs.h"
#include "resolve/metadata.h"
#include "resolve/sources.h"
#include "store/action_cache.h"
#include "store/content_store.h"
#include "store/fetcher.h"

namespace lamella::resolve {

/// LAMELLA_UV, else `<cache>/tools/bin/uv`, else uv on the PATH.  Errors: tool missing, with the remedy.
Result<std::filesystem::path> find_uv(const std::filesystem::path& cache_directory);

struct ResolverSettings {
  std::filesystem::path uv;
  std::filesystem::path pip{};       ///< when `uv` is "": the target's interpreter, on its architecture
  std::filesystem::path cache;       ///< uv's own cache
  std::filesystem::path wheelhouse;  ///< resolve from this folder of wheels alone, without any index
  std::vector<Index> indexes;        ///< the default first; none: uv's own default
  std::chrono::milliseconds patience = std::chrono::minutes(10);
  SourceBuilds* sources = nullptr;  ///< builds what must be; without it nothing comes from source
};

/// What may move although the previous lock holds it.
struct Upgrade {
  bool all = false;
  std::vector<std::string> packages;
};

struct Newest {
  LockedPackage package;
  std::string changelog;  ///< address, where the package's metadata tells one
};

/// A locked release that its index no longer offers to everyone.
struct TakenBack {
  enum class Kind { kYanked, kGone };
  std::string name;
  std::string version;
  Kind kind = Kind::kYanked;
  std::string words;     ///< what is known of it: "`numlib==1.0` is yanked (reason: "broken")"
  bool allowed = false;  ///< yanked, and the workspace asks for exactly this version
};

class Resolver {
 public:
  /// `store`, `actions` and `events` must outlive it.
  Resolver(ResolverSettings settings, store::ContentStore& store, store::ActionCache& actions,
           EventSink& events);

  Result<LockFile> resolve(const LockInputs& inputs, const std::optional<LockFile>& previous,
                           const Upgrade& upgrade, std::stop_token stop);

  /// Of each package of `lock` the newest version that its target can load, whatever asks for it; sorted by
  /// name.  `exclude_newer` holds; constraints and needs do not.
  Result<std::vector<Newest>> newest(const LockInputs& inputs, const LockFile& lock, std::stop_token stop);

  /// Asks the indexes for what is locked: releases that were yanked since, and releases or files that are gone;
  /// sorted by name.  What a requirement gives an address for is in no index and not asked for.
  Result<std::vector<TakenBack>> taken_back(const LockInputs& inputs, const LockFile& lock,
                                            std::stop_token stop);

 private:
  struct Chosen {
    std::vector<LockedPackage> packages;    ///< sorted by name, without needs
    std::set<std::string> placed;           ///< names asked for only to say which index they come from
    std::map<std::string, Metadata> built;  ///< of packages that come from source
  };
  Result<Chosen> choose(const LockInputs& inputs, const std::optional<LockFile>& previous,
                        const Upgrade& upgrade, const std::set<std::string>& without_needs,
                        std::stop_token stop);
  /// Chooses and fills in the needs of `lock`.  Returns those of `without_needs` that must be chosen with theirs.
  Result<std::set<std::string>> fill(LockFile& lock, const LockInputs& inputs,
                                     const std::optional<LockFile>& previous, const Upgrade& upgrade,
                                     const std::set<std::string>& without_needs, std::stop_token stop);
  /// In the packages' order; fills in their Requires-Python.
  Result<std::vector<Metadata>> metadata_of(std::vector<LockedPackage>& packages,
                                            const std::map<std::string, Metadata>& built,
                                            std::stop_token stop);

  ResolverSettings settings_;
  store::ContentStore& store_;
  store::ActionCache& actions_;
  EventSink& events_;
  store::Fetcher fetcher_;
};

}  // namespace lamella::resolve
