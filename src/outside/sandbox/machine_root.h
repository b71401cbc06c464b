// SPDX-License-Identifier: Apache-2.0
//
// A "/" for commands of the workspace's own: this machine's programs, libraries and headers below /usr,
// read-only, and none of its files else.  /etc holds a user's name and what programs below /usr are found
// through (alternatives, the loader's cache); with a network, also how names and certificates are looked up.
//
//   LAMELLA_TRY_ASSIGN(SandboxSpec spec, machine_root(folder, MachineNetwork::kNone));
//   spec.writable = {{work, std::string(kMachineWork)}};
//
// Errors: io.
#pragma once

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "sandbox/spec.h"

namespace lamella::sandbox {

/// Where a command works: a folder that is there to be bound to.
inline constexpr std::string_view kMachineWork = "/work";
/// Where its programs are looked for.
inline constexpr std::string_view kMachinePath = "/usr/local/bin:/usr/bin:/usr/local/sbin:/usr/sbin";

enum class MachineNetwork { kNone, kShared };

/// Fills `folder`, which must be empty; it has to stay while sandboxes run on it.  No environment is set.
Result<SandboxSpec> machine_root(const std::filesystem::path& folder, MachineNetwork network);

}  // namespace lamella::sandbox
