// SPDX-License-Identifier: Apache-2.0
//
// What the resolver is told of packages that come from source.  The source is fetched by its digest; what its build
// needs is resolved to wheels, again by digest; and it is built in a sandbox without a network, as `build` will do
// it and find done.  What the wheel then says of itself is the truth that the lock needs.
//
// A backend that asks for more than pyproject.toml says (setup_requires) gets it, once it is locked as well.
//
// Invariants
//   S1 nothing of a source distribution runs outside the sandbox.
//   S2 what a build needs comes as wheels; nothing is built for a build.
//
// Threads: one.  Errors: those of Resolver, bring_built() and reading source archives.
#pragma once

#include <map>
#include <optional>
#include <stop_token>
#include <string>

#include "base/file_tree.h"
#include "base/result.h"
#include "build/tools.h"
#include "model/workspace.h"
#include "package/recipe.h"
#include "resolve/resolver.h"
#include "resolve/sources.h"

namespace lamella::build {

/// How much is done to know what a source needs.
enum class Learning {
  kBuild,
  kRead,  ///< nothing is built: what the archive says of itself must do
};

class SourceLearner final : public resolve::SourceBuilds {
 public:
  /// `tree` has the locks as they are; `settings` resolve what builds need.  All must outlive it.
  SourceLearner(const Tools& tools, const model::Workspace& workspace, const base::FileTree& tree,
                resolve::ResolverSettings settings, Learning learning)
      : tools_(tools),
        workspace_(workspace),
        tree_(tree),
        settings_(std::move(settings)),
        learning_(learning) {}

  Result<resolve::BuiltSource> learn(const resolve::LockedPackage& package, const model::Target& target,
                                     std::stop_token stop) override;

  /// The locks that were made for builds, by path.
  const std::map<std::string, resolve::LockFile>& made() const { return made_; }

 private:
  Result<resolve::LockFile> lock_of(const resolve::LockInputs& inputs, std::stop_token stop);
  Result<package::Wheel> build(const resolve::LockedPackage& package, const model::Target& target,
                               std::stop_token stop);

  const Tools& tools_;
  const model::Workspace& workspace_;
  const base::FileTree& tree_;
  const resolve::ResolverSettings settings_;
  const Learning learning_;
  std::map<std::string, resolve::LockFile> made_;
};

}  // namespace lamella::build
