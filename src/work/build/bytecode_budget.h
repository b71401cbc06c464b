// SPDX-License-Identifier: Apache-2.0
//
// Bytecode within a layer's budget: where all that its settings ask for does not fit, the modules whose
// compiling the functions spend most time on, per byte that their bytecode adds, come first.
//
// What a module gains is measured: the time its source took to compile while the proofs ran without bytecode,
// summed over what ran.  Time at start counts before time in checks; what nothing imported gets none.  The
// choice is written to locks/rules.toml, so that one measurement gives one layer everywhere.
//
// Invariants (bytecode_budget_test.cc)
//   B1 what is chosen adds no more than the room there is.
//   B2 no module is passed over for one that gains less per byte, unless it does not fit any more.
//
// Threads: pure functions; module_costs() reads the store.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/manifest.h"
#include "build/rules_lock.h"
#include "build/tools.h"
#include "proof/proof.h"

namespace lamella::build {

struct ModuleCost {
  std::string distribution;
  std::string path;            ///< below site-packages
  std::uint64_t start_us = 0;  ///< spent on compiling it while handlers loaded
  std::uint64_t later_us = 0;  ///< and in checks
  std::int64_t bytes = 0;      ///< that its bytecode adds; less than nothing where it replaces more source
};

/// Numbers of `modules`, ascending, that add at most `room` bytes together.
std::vector<std::size_t> choose_modules(const std::vector<ModuleCost>& modules, std::int64_t room);

/// Bytecode of a layer, by (distribution, module): the bytes it adds.
using BytecodeSizes = std::map<std::pair<std::string, std::string>, std::int64_t>;
/// From the layer as it is with all its bytecode and without any.
Result<BytecodeSizes> bytecode_sizes(const Tools& tools, const Made& with, const Made& without);

/// What proofs without bytecode measured of a layer's modules.
std::vector<ModuleCost> module_costs(const BytecodeSizes& sizes,
                                     const std::map<std::string, proof::Proof>& proofs);

/// The rows for locks/rules.toml, one per distribution of `layer` that has bytecode at all.
std::vector<BytecodeLimit> limits_of(const Made& layer, const std::vector<ModuleCost>& modules,
                                     const std::vector<std::size_t>& chosen);

}  // namespace lamella::build
