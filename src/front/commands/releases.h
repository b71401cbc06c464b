// SPDX-License-Identifier: Apache-2.0
//
// The part of `lamella lock` that keeps locks/releases.toml, and who fits the releases there are.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "build/releases.h"
#include "commands/session.h"
#include "document/value.h"

namespace lamella::commands {

/// What `--bump LAYER=LEVEL` and `--reason TEXT` say.  Errors: usage.
Result<std::map<std::string, build::Override>> parse_bumps(const std::vector<std::string>& bumps,
                                                           const std::string& reason);

/// Brings locks/releases.toml up to what the workspace holds, and drops layers that are gone.
/// [{"layer","release","from","bump","action":"unchanged"|"created"|"updated","reason"}]
/// Errors: usage for a bump of an unknown layer; those of planning.
Result<document::Value> update_releases(Session& session, const std::vector<build::GroupLock>& locks,
                                        const std::map<std::string, build::Override>& bumps);

/// Holds the ranges that functions state against the releases that the workspace's content has now.
class Fitting {
 public:
  Fitting(Session& session, const std::vector<build::GroupLock>& locks) : session_(session), locks_(locks) {}

  /// [{"layer","range","release","fits"}], one for each range.  Errors: those of planning.
  Result<document::Value> ranges_of(const model::Function& function);
  /// The first range that does not hold.  Errors: refused, with its place.
  Result<> require_fit(const model::Function& function);

 private:
  Result<const build::Releases*> releases();

  Session& session_;
  const std::vector<build::GroupLock>& locks_;
  std::optional<build::Releases> releases_;
};

}  // namespace lamella::commands
