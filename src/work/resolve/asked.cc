// SPDX-License-Identifier: Apache-2.0
#include "resolve/asked.h"

#include <algorithm>
#include <utility>

#include "resolve/marker.h"

namespace lamella::resolve {

Result<Asked> asked_by(const LockedRoot& root, const model::Target& target) {
  const MarkerEnvironment environment = marker_environment(target);
  Asked asked;
  for (const std::string& text : root.requirements) {
    LAMELLA_TRY_ASSIGN(auto requirement, config::parse_requirement(text));
    LAMELLA_TRY_ASSIGN(const bool applies, marker_holds(requirement.marker, environment, ""));
    if (!applies) continue;
    const bool alone =
        root.no_deps || std::find(root.alone.begin(), root.alone.end(), text) != root.alone.end();
    if (alone) asked.alone.insert(requirement.normalised());
    asked.requirements.push_back(std::move(requirement));
  }
  return asked;
}

}  // namespace lamella::resolve
