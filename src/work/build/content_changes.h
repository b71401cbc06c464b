// SPDX-License-Identifier: Apache-2.0
//
// Why an artifact gets other bytes on one side than on the other: its wheels and its files, each difference a
// Cause whose path ends in the artifact's node.
//
// Threads: pure but for reading the snapshots; from several threads at once.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "build/impact.h"
#include "build/side.h"

namespace lamella::build {

/// One artifact on both sides.  `before` is null where there was none.
struct Pair {
  ArtifactName name;
  const model::Layer* layer_before = nullptr;
  const model::Layer* layer = nullptr;
  const model::Function* function_before = nullptr;
  const model::Function* function = nullptr;

  bool was_there() const { return layer_before != nullptr || function_before != nullptr; }
  const model::Packaging& packaging() const;
  const model::Packaging& packaging_before() const;  ///< REQUIRES: was_there()
};

Result<std::vector<Cause>> wheel_changes(const std::vector<model::RulePack>& packs, const Side& before,
                                         const Side& after, const Pair& pair);
Result<std::vector<Cause>> archive_changes(const Side& before, const Side& after, const Pair& pair);
std::vector<Cause> external_changes(const Side& before, const Side& after, const Pair& pair);
std::vector<Cause> command_changes(const Pair& pair);
Result<std::vector<Cause>> file_changes(const Side& before, const Side& after, const Pair& pair);

}  // namespace lamella::build
