// SPDX-License-Identifier: Apache-2.0
//
// What a journal says of published layer versions: which ones its deployments may still need, and which layers they
// published.  Reads records; asks nobody.
//
// Needed are, of every environment and region in the journal:
//   - all that a deployment refers to which did not end, or whose roll-back did not;
//   - the layers of the last deployment that succeeded;
//   - the layers of the function versions that a roll-back of each function would go back to: those its alias was on
//     before the last deployment that moved it, and before the last one that succeeded.
// An older deployment can be gone back to while its function versions exist, and these keep their layers.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/retention.h"
#include "ledger/journal.h"

namespace lamella::deploy {

/// REQUIRES: `deployments` are oldest first.
std::vector<engine::Reference> references_of(const std::vector<ledger::Deployment>& deployments);

/// The layers that deployments to `environment` published in `region`: names in the account to names in the workspace.
std::map<std::string, std::string> published_layers(const std::vector<ledger::Deployment>& deployments,
                                                    const std::string& environment,
                                                    const std::string& region);

}  // namespace lamella::deploy
