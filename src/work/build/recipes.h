// SPDX-License-Identifier: Apache-2.0
//
// What is made of the wheels that a layer or function ships: one recipe each, with all that decides its
// bytes. The interpreter's version is left empty; whoever has an interpreter fills it in where
// needs_interpreter() says, and in what is built from source; so are a source's build requirements.
//
// Threads: pure.
#pragma once

#include <string>
#include <vector>

#include "build/rules_lock.h"
#include "model/rule_pack.h"
#include "model/target.h"
#include "package/recipe.h"
#include "resolve/closure.h"
#include "resolve/projects.h"
#include "resolve/sources.h"

namespace lamella::build {

struct RecipeInputs {
  const std::vector<model::RulePack>& packs;
  const RulesLock& rules;
  const std::string& name;  ///< the layer's or function's
  const model::Packaging& packaging;
  package::Layout layout;
  model::Target target;
};

/// One per package of `shipped`, in its order.  `closure` is all that is there beside them.
std::vector<package::Recipe> recipes_of(const RecipeInputs& inputs, const resolve::Packages& shipped,
                                        const resolve::Packages& closure);

/// What building the project in `place` needs, by the lock of its build.
Result<std::vector<package::Wheel>> build_wheels(const resolve::LockFile& lock, const std::string& place);

/// How a package is built from source, but for what the build needs and whose interpreter runs it.
/// REQUIRES: package.build.
package::SourceBuild source_of(const resolve::LockedPackage& package, const model::Target& target);

/// The wheel that `project` is built to, by `source`.
package::Recipe recipe_of_project(const RecipeInputs& inputs, const resolve::Project& project,
                                  package::SourceBuild source);

/// True if at least one module may be compiled.
bool needs_interpreter(const package::BytecodePlan& bytecode);

}  // namespace lamella::build
