// SPDX-License-Identifier: Apache-2.0
//
// What this process was given: variables, directories, processors.  The only place that reads them.
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::os {

std::optional<std::string> get_environment(const std::string& name);
std::map<std::string, std::string> environment_snapshot();

/// HOME, else the user database.  Errors: kUsage if there is neither.
Result<std::filesystem::path> home_directory();
/// LAMELLA_CACHE_DIR, else `lamella` under XDG_CACHE_HOME, else ~/.cache/lamella.  Absolute; not created.
Result<std::filesystem::path> cache_directory();
/// TMPDIR, else /tmp.
std::filesystem::path temporary_root();
Result<std::filesystem::path> working_directory();
/// This program's own file.
Result<std::filesystem::path> executable_path();

/// "x86_64" or "aarch64", as `uname -m` says it: what this program was built for.
std::string_view host_machine();

/// Processors this process may use (affinity counts), at least 1.
unsigned cpu_count();

}  // namespace lamella::os
