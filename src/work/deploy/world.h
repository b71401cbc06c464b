// SPDX-License-Identifier: Apache-2.0
//
// Everything a deployment may do to the world, one method per effect of the engine, and one to look.
//
// Each method is safe to repeat: it looks before it acts, and after an unknown outcome it reads back and goes
// on from what is there.  What returns success was read back and equals the intent.
//
// Threads: one.
// Errors: conflict (someone else changed it meanwhile), mismatch (content is not what its marker says),
// limit, remote (after retries), refused (the service's final no), interrupted.
#pragma once

#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.h"
#include "engine/deployment.h"
#include "engine/wanted.h"

namespace lamella::deploy {

struct Checked {
  std::vector<model::CheckResult> results;
  engine::Measured measured;
  std::string answer;  ///< the first check's payload, as the function gave it
};

class World {
 public:
  virtual ~World() = default;

  virtual Result<engine::Actual> read(const engine::Wanted& wanted, std::stop_token stop) = 0;
  virtual Result<engine::LayerVersion> publish_layer(const engine::WantedLayer& layer,
                                                     std::stop_token stop) = 0;
  /// A published version with this code, these layers and these settings; its number.
  virtual Result<std::string> prepare_function(const engine::WantedFunction& function,
                                               const std::vector<std::string>& layer_arns,
                                               std::stop_token stop) = 0;
  virtual Result<Checked> check_version(const engine::WantedFunction& function, const std::string& version,
                                        std::stop_token stop) = 0;
  /// Moves the alias from `before` (nullopt: it does not exist) to `version`, alone.
  virtual Result<> shift_alias(const engine::WantedFunction& function, const std::string& version,
                               const std::optional<engine::AliasRecord>& before, std::stop_token stop) = 0;
  /// Puts the alias back from `version` to `before`.  An alias that did not exist stays: its version's checks
  /// passed.
  virtual Result<> restore_alias(const engine::WantedFunction& function, const std::string& version,
                                 const std::optional<engine::AliasRecord>& before, std::stop_token stop) = 0;
};

}  // namespace lamella::deploy
