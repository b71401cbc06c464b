// SPDX-License-Identifier: Apache-2.0
//
// What each artifact is made of, before anything is made: recipes of its segments, in canonical order, and a
// key over all of them.  Two plans with one key give the same zip.
//
// Canonical order: distributions by name, then a ready archive, then what a command makes, then the workspace's
// own files.
//
// Without an interpreter of its runtime, what the workspace does not ask bytecode for is planned as with bytecode =
// "none", and says so; whether there is one is decided here alone.  What is built to a wheel is then built by another
// runtime's, which makes pure wheels.
//
// Errors: usage (a file the workspace names is absent), tool-missing (an interpreter, or a tool that a command
// names, is needed and not there), and those of closures.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "change/local_inputs.h"
#include "change/stat_index.h"
#include "model/artifact.h"
#include "package/bytecode.h"
#include "package/recipe.h"
#include "package/segment_maker.h"

namespace lamella::build {

/// For file names: "layer-ml-libraries-py311-x86_64".
std::string artifact_stem(model::ArtifactKind kind, const std::string& name, const model::Target& target);

struct ArtifactPlan {
  model::ArtifactKind kind = model::ArtifactKind::kLayer;
  std::string name;
  model::Target target;
  std::vector<package::Recipe> wheels;
  package::Layout layout = package::Layout::layer();
  std::optional<package::LocalRecipe> local;
  std::optional<package::ArchiveRecipe> archive;
  std::optional<package::CommandRecipe> command;
  bool as_it_is = false;                            ///< the archive's bytes are the artifact
  std::optional<package::Interpreter> interpreter;  ///< when some module gets bytecode
  std::optional<Error> no_interpreter;  ///< where one was wanted to compile or to prove, and is not here
  bool uncompiled = false;              ///< for want of one: the workspace does not ask for bytecode
  std::optional<Error> refused;         ///< it could not be planned; nothing else is known of it
  std::vector<std::string> direct;      ///< distributions asked for by name
  std::vector<std::string> extra;       ///< rules asked for by name

  std::vector<Digest> noted_keys;  ///< read them by segment_keys()

  /// To be called when something it is made of has changed: the keys are asked for many times.
  void note_keys();
  /// In canonical order.  REQUIRES: note_keys(), as plan_artifacts() does.
  const std::vector<Digest>& segment_keys() const;
  Digest key() const;
  /// Plans with equal ones give the same zip, whatever they are called.
  std::vector<Digest> content() const;
  std::string stem() const { return artifact_stem(kind, name, target); }
};

/// True if this machine's processor runs the target's code.
bool runs_here(const model::Target& target);

/// The layers a request needs: those named, those of functions named, and what they depend on.
std::set<std::string> needed_layers(const model::Workspace& workspace, const Request& request);

/// Layers in build order, then functions, in every target they have.  Of a request that keeps going, an artifact that
/// cannot be planned is `refused`.
Result<std::vector<ArtifactPlan>> plan_artifacts(const Tools& tools, const model::Workspace& workspace,
                                                 const std::vector<GroupLock>& locks, const RulesLock& rules,
                                                 const Request& request, change::StatIndex& index);

}  // namespace lamella::build
