// SPDX-License-Identifier: Apache-2.0
//
// Which files of a distribution are left out, and by whose word.  Pure; paths are below site-packages.
//
// In this order: METADATA, entry_points.txt, WHEEL, top_level.txt and licence files stay always; the layer's
// `keep` wins next; then stale bytecode, the layer's `drop`, the service filter, and the rules, each with
// its own exceptions.
#pragma once

#include <string>
#include <string_view>

#include "package/recipe.h"

namespace lamella::package {

class Pruner {
 public:
  /// `recipe` must outlive it.
  explicit Pruner(const Recipe& recipe) : recipe_(recipe) {}

  /// The name of what drops the file ("generic/tests", "layer", "services", "stale-bytecode"), or "" to keep
  /// it.
  std::string dropped_by(std::string_view path) const;

 private:
  bool is_foreign_service(std::string_view path) const;

  const Recipe& recipe_;
};

/// True for a file that carries the licence or the metadata that importlib.metadata reads.
bool is_always_kept(std::string_view path);

}  // namespace lamella::package
