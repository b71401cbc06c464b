// SPDX-License-Identifier: Apache-2.0
//
// The command line that makes a sandbox: our helper outside, bubblewrap, our helper inside
// (src/sandbox_init/init.h).
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/spec.h"

namespace lamella::sandbox {

/// Lambda's own numbers for its sandbox user.  Run as root we become them outside too.
inline constexpr std::uint32_t kSandboxUser = 993;
inline constexpr std::uint32_t kSandboxGroup = 990;

/// /usr/bin/bwrap or /usr/local/bin/bwrap, never what PATH says; "" if neither is there.
std::filesystem::path find_bubblewrap();

/// Every namespace (that of the network only where it is private), the user's number, the host's name, and the
/// capabilities that the helper gives up.
void append_namespaces(std::vector<std::string>& arguments, const std::string& hostname,
                       bool private_network = true);

/// The whole command.  As root, sources are named by the places where the outside helper puts them.
std::vector<std::string> sandbox_command(const std::filesystem::path& helper,
                                         const std::filesystem::path& bubblewrap, const SandboxSpec& spec,
                                         bool as_root);

enum class ApiSocket { kNone, kListen };
/// The start record, with its size in front.
std::string start_record(const SandboxSpec& spec, ApiSocket api);

}  // namespace lamella::sandbox
