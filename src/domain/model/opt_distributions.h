// SPDX-License-Identifier: Apache-2.0
//
// Distributions as their .dist-info folders tell them, in the order in which they are found.  Private to this
// room.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/opt_view.h"

namespace lamella::model {

struct FoundDistribution {
  std::string name;  ///< normalised
  std::string version;
  PartRef from;
  std::string path;         ///< of METADATA, inside the zip
  std::size_t root = 0;     ///< of OptView::module_roots()
  std::uint64_t bytes = 0;  ///< of the part, if it is this distribution's; else 0
};

/// By normalised name; of each, what the module path finds first comes first.
using Distributions = std::map<std::string, std::vector<FoundDistribution>>;
Distributions distributions_of(const OptView& view);

/// False of what is no package of an index: the workspace's own files, an archive, what a command left.
bool is_distribution(std::string_view part);

/// PEP 503: lower case, runs of "-_." as one '-'.
std::string normalised_name(std::string_view name);

/// Whether `version` meets a comma-separated specifier of release numbers ("<1.41,>=1.40.3"); nullopt for one
/// that says more than that.
std::optional<bool> meets(std::string_view version, std::string_view specifier);

}  // namespace lamella::model
