// SPDX-License-Identifier: Apache-2.0
//
// What packages ask for on one target, by their Requires-Dist, where the workspace's overrides say nothing else.
//
// Threads: const methods from any thread.  Errors: usage (a requirement or marker is malformed).
#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/result.h"
#include "config/requirement.h"
#include "model/target.h"
#include "resolve/marker.h"
#include "resolve/metadata.h"

namespace lamella::resolve {

class RequiresDist {
 public:
  /// `overrides` are PEP 508 texts.
  RequiresDist(const model::Target& target, const std::vector<std::string>& overrides);

  /// What counts always; with `extra`, what counts with it in addition.
  Result<std::vector<config::Requirement>> of(const Metadata& metadata, const std::string& extra) const;

 private:
  Result<bool> is_asked(const config::Requirement& requirement, const std::string& extra) const;

  MarkerEnvironment environment_;
  std::map<std::string, std::vector<config::Requirement>> overrides_;
};

}  // namespace lamella::resolve
