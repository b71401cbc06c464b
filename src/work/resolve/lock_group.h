// SPDX-License-Identifier: Apache-2.0
//
// Lock groups: the layers and functions that must agree on versions, because they meet in a function.
// Per target, a group is a connected component of "function uses layer" and "layer depends on layer".
// Layers that never meet never constrain each other.  A layer that is `isolated` is a group of its own, and
// whatever uses it is grouped as if it did not.
//
// Names.  When a target has one group, it is called like the project.  Otherwise each is called like its
// first layer in the workspace file's order, or like its first function when it has no layer.  A name
// is cut down to what PEP 751 allows in a file name (letters, digits, '-', '_').
//
// Threads: pure functions over values; a group holds copies of names, not pointers.
//
//   for (const LockGroup& group : lock_groups(workspace)) load(group.lock_path());
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "model/target.h"
#include "model/workspace.h"

namespace lamella::resolve {

struct LockGroup {
  std::string name;
  model::Target target;
  std::vector<std::string> layers;     ///< workspace order
  std::vector<std::string> functions;  ///< workspace order

  /// "locks/pylock.<name>-py311-x86_64.toml", relative to the workspace.
  std::string lock_path() const;
  bool has_layer(std::string_view layer) const;
  bool has_function(std::string_view function) const;

  bool operator==(const LockGroup&) const = default;
};

/// `name` as far as PEP 751 allows it in a lock's file name.
std::string lock_word(std::string_view name);

/// Every layer-and-target and every function is in exactly one group.  Ordered by target, then by the
/// first member in the workspace.  Only Python targets have groups.
std::vector<LockGroup> lock_groups(const model::Workspace& workspace);

/// The group that a layer has for `target`, or a function has; nullptr if `groups` has none.
const LockGroup* group_of_layer(const std::vector<LockGroup>& groups, std::string_view layer,
                                const model::Target& target);
const LockGroup* group_of_function(const std::vector<LockGroup>& groups, std::string_view function);

}  // namespace lamella::resolve
