// SPDX-License-Identifier: Apache-2.0
//
// What goes into one segment: a wheel and everything that can change the bytes made from it.
//
// Two recipes with the same key() give the same bytes on every host.  Nothing else is in the key, and in
// particular not Lamella's version: kSegmentEpoch is raised when a step writes other bytes, and a golden
// digest in segment_maker_test.cc catches a forgotten raise.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "model/packaging.h"
#include "model/rule_pack.h"
#include "model/target.h"

namespace lamella::package {

inline constexpr int kSegmentEpoch = 1;

/// A wheel as the lock pins it.
struct Wheel {
  std::string distribution;  ///< normalised name
  std::string version;
  std::string filename;
  std::string url;
  Digest sha256;
  std::uint64_t size = 0;  ///< 0: the lock does not say
};

/// Where a package's modules stand, in the zip and when they run.
struct Layout {
  std::string prefix;  ///< of site-packages within the zip: "python/" in a layer, "" in a function
  std::string mount;   ///< where the zip is extracted: "/opt/" or "/var/task/"

  static Layout layer() { return {"python/", "/opt/"}; }
  static Layout function() { return {"", "/var/task/"}; }
};

/// Which bytecode the modules get.  A module is named by its path below site-packages
/// ("numpy/core/_dtype.py").
struct BytecodePlan {
  model::Bytecode settings;
  std::vector<std::string> traced;  ///< sorted; the modules that functions import at start

  model::BytecodeMode mode_of(std::string_view path) const;
};

/// A rule with the pack it comes from.
struct NamedRule {
  std::string name;  ///< "scipy/tests", "generic/tests"
  model::PruneRule rule;
};

struct Recipe {
  Wheel wheel;
  model::Target target;
  Layout layout = Layout::layer();
  std::vector<NamedRule> rules;       ///< those that apply to this distribution under the profile
  std::vector<model::Glob> drop;      ///< the layer's own
  std::vector<model::Glob> keep;      ///< wins over every drop
  std::vector<std::string> services;  ///< of botocore, sorted; empty keeps all
  BytecodePlan bytecode;
  std::string interpreter;  ///< full version; "" when no module gets bytecode
  bool strip = true;

  Digest key() const;
};

}  // namespace lamella::package
