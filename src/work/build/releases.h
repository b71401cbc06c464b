// SPDX-License-Identifier: Apache-2.0
//
// locks/releases.toml: the semantic release of each layer, with a summary of the content that has it.  A
// removed module or package, a dropped target, or another major version inside is major; an added module,
// package or target is minor; any other difference is patch.  Written by `lock`; a build shows what the
// content it made is, and `build --locked` refuses what the file does not say.
//
// The content is what lamella.toml, locks and files say, so that every machine sees the same: distributions
// with their wheels, the workspace's own files, and how they are thinned.  Lamella's own rules, what proofs
// backed out and interpreters decide bytes, too, and are not in it: the artifact's digest tells those apart.
//
// Invariants (releases_test.cc)
//   V1 the same content keeps its release; another one never has a lower one, unless it is overridden.
//   V2 parse_releases(render_releases(x)) == x.
//   V3 contents do not depend on the order of targets, layers or files.
//
// On disk: docs/formats/releases-lock.md.  Why like this: docs/decisions/0009-releases.md.
// Threads: pure functions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/file_tree.h"
#include "base/reason.h"
#include "base/result.h"
#include "build/plan.h"
#include "model/release.h"

namespace lamella::build {

inline constexpr int kReleasesSchema = 1;
inline constexpr std::string_view kReleasesLockPath = "locks/releases.toml";

struct LayerContent {
  std::map<std::string, std::map<std::string, std::string>> packages;  ///< by target: name to version
  std::set<std::string> modules;  ///< the workspace's own: "mytools", "bin/tool"
  Digest digest;                  ///< over everything that counts

  bool operator==(const LayerContent&) const = default;
};

struct LayerRelease {
  model::Release release;
  std::optional<model::Release> from;  ///< the one before it; a first has none
  model::Bump bump = model::Bump::kNone;
  std::string reason;
  LayerContent content;

  bool operator==(const LayerRelease&) const = default;
};

using Releases = std::map<std::string, LayerRelease>;  ///< by layer

/// Errors of parse: usage, with the place.
Result<Releases> parse_releases(std::string_view text, std::string_view file);
std::string render_releases(const Releases& releases);
/// Empty when there is no such file.
Result<Releases> load_releases(const base::FileTree& tree);

/// Of every layer that `plans` hold in all its targets.
std::map<std::string, LayerContent> contents_of(const model::Workspace& workspace,
                                                const std::vector<ArtifactPlan>& plans);
/// Of every layer.  Asks for no interpreter.  Errors: those of planning.
Result<std::map<std::string, LayerContent>> read_contents(const Tools& tools,
                                                          const model::Workspace& workspace,
                                                          const std::vector<GroupLock>& locks);

/// Refused by `build --locked`: the file has another content or none.
Error not_recorded(const std::string& layer, const LayerRelease* before, const LayerRelease& now);

struct ContentChange {
  model::Bump bump = model::Bump::kNone;
  std::vector<Reason> reasons;  ///< those that ask for `bump`
};
ContentChange change_between(const LayerContent& before, const LayerContent& now);

/// The release of `now` after `before`; nullptr: the first.
LayerRelease next_release(const LayerRelease* before, const LayerContent& now);

/// What somebody knows better.
struct Override {
  model::Bump bump = model::Bump::kNone;
  std::string reason;
};
/// As next_release(), with the override's bump in the place of the content's.  Of content that has its
/// release already, that release is counted anew from the one before it.
LayerRelease overridden_release(const LayerRelease* before, const LayerContent& now, const Override& wanted);

}  // namespace lamella::build
