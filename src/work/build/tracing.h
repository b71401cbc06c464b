// SPDX-License-Identifier: Apache-2.0
//
// What a function uses of its layers, seen by running it and everything else that uses them, and what could
// be dropped therefore.  Proposes only: nothing is dropped that the workspace does not ask for.
//
// A file counts as used when the function, another function with that layer, or the layer's own imports and
// checks opened it or had it mapped.  What no check reaches is not seen: hence the risk beside each proposal.  Where a
// function that uses a layer has no check, nothing is known of its calls, and every proposal for it is a high risk.
//
// Threads: one; the runs are spread over the tools' pool.
// Errors: usage (never built), refused (a proof fails before anything is left out), and those of Prover.
#pragma once

#include <cstdint>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "build/tools.h"
#include "proof/proof.h"

namespace lamella::build {

enum class Risk {
  kLow,     ///< data that nothing opened, and that no module that ran names
  kMedium,  ///< code that nothing imported, and that no module that ran names
  kHigh,  ///< what a module that ran names, a whole package, a library, data of an AWS service; all, without a call
};
std::string_view to_string(Risk risk);

struct Proposal {
  std::string pattern;  ///< below site-packages, as `drop` takes it
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;  ///< as shipped
  Risk risk = Risk::kMedium;
  std::string why;
};

struct LayerTrace {
  std::string layer;
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  std::uint64_t used_files = 0;
  std::uint64_t used_bytes = 0;
  std::vector<std::string> users;   ///< functions besides the one asked about
  std::vector<Proposal> proposals;  ///< largest first
};

struct FunctionTrace {
  proof::Proof proof;                  ///< of the function, with Proof::opened
  std::vector<LayerTrace> layers;      ///< in merge order
  std::vector<std::string> unchecked;  ///< functions among all that ran of which no check made a call
  std::string without;                 ///< what fails with everything proposed left out; "" when all passes
};

Result<FunctionTrace> trace_function(const Tools& tools, const model::Workspace& workspace,
                                     const std::vector<GroupLock>& locks, const model::Function& function,
                                     std::stop_token stop);

}  // namespace lamella::build
