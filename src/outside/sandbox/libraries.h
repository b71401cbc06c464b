// SPDX-License-Identifier: Apache-2.0
//
// What shared libraries of this machine a program or library loads, asked of the machine's own loader.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>

#include "base/result.h"

namespace lamella::sandbox {

/// soname -> file, the whole closure without the loader itself and the kernel's own; nullopt for what is
/// no dynamic object or needs something that is not here.
Result<std::optional<std::map<std::string, std::filesystem::path>>> library_closure(
    const std::filesystem::path& object);

/// The machine's loader: /lib64/ld-linux-x86-64.so.2 or /lib/ld-linux-aarch64.so.1.
std::filesystem::path system_loader();

/// The file behind a soname in the machine's usual directories.
std::optional<std::filesystem::path> find_library(const std::string& soname);

}  // namespace lamella::sandbox
