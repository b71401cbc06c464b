// SPDX-License-Identifier: Apache-2.0
#include "resolve/requires_dist.h"

#include <utility>

namespace lamella::resolve {

using config::Requirement;

RequiresDist::RequiresDist(const model::Target& target, const std::vector<std::string>& overrides)
    : environment_(marker_environment(target)) {
  for (const std::string& text : overrides) {
    auto requirement = config::parse_requirement(text);
    if (!requirement) continue;
    auto& of_name = overrides_[requirement->normalised()];
    of_name.push_back(*std::move(requirement));
  }
}

Result<std::vector<Requirement>> RequiresDist::of(const Metadata& metadata, const std::string& extra) const {
  std::vector<Requirement> asked;
  for (const std::string& text : metadata.requires_dist) {
    LAMELLA_TRY_ASSIGN(auto requirement, config::parse_requirement(text));
    LAMELLA_TRY_ASSIGN(const bool holds, is_asked(requirement, extra));
    if (!holds) continue;
    const auto other = overrides_.find(requirement.normalised());
    if (other == overrides_.end()) {
      asked.push_back(std::move(requirement));
      continue;
    }
    for (const Requirement& one : other->second) {
      LAMELLA_TRY_ASSIGN(const bool applies, marker_holds(one.marker, environment_, extra));
      if (applies) asked.push_back(one);
    }
  }
  return asked;
}

/// True if the requirement counts with the extra and would not without.  As uv does it, an override takes
/// the place of the marker as well, but for the extra in it.
Result<bool> RequiresDist::is_asked(const Requirement& requirement, const std::string& extra) const {
  const bool overridden = overrides_.contains(requirement.normalised());
  const bool by_extra = requirement.marker.find("extra") != std::string::npos;
  if (overridden && !by_extra) return extra.empty();
  LAMELLA_TRY_ASSIGN(const bool holds, marker_holds(requirement.marker, environment_, extra));
  if (!holds || extra.empty()) return holds;
  LAMELLA_TRY_ASSIGN(const bool always, marker_holds(requirement.marker, environment_, ""));
  return !always;
}

}  // namespace lamella::resolve
