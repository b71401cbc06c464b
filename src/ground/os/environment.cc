// SPDX-License-Identifier: Apache-2.0
#include "os/environment.h"

#include <pwd.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include "os/directory.h"
#include "os/system_error.h"

extern char** environ;

namespace lamella::os {
namespace {

/// The variable as an absolute directory; the XDG rules have a relative one ignored.
std::optional<std::filesystem::path> absolute_from(const std::string& name) {
  const auto value = get_environment(name);
  if (!value || !value->starts_with('/')) return std::nullopt;
  return std::filesystem::path(*value);
}

}  // namespace

std::optional<std::string> get_environment(const std::string& name) {
  const char* value = std::getenv(name.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

std::map<std::string, std::string> environment_snapshot() {
  std::map<std::string, std::string> all;
  for (char** entry = environ; entry && *entry; ++entry) {
    const std::string_view text = *entry;
    const auto equals = text.find('=');
    if (equals != std::string_view::npos) all.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  return all;
}

Result<std::filesystem::path> home_directory() {
  if (auto home = absolute_from("HOME")) return *home;
  std::vector<char> buffer(16384);
  passwd entry{};
  passwd* found = nullptr;
  if (::getpwuid_r(::getuid(), &entry, buffer.data(), buffer.size(), &found) == 0 && found && found->pw_dir) {
    return std::filesystem::path(found->pw_dir);
  }
  return Error(ErrorCode::kUsage, "there is no home directory")
      .because("HOME is not set and the user database has no entry")
      .remedy("set HOME, or LAMELLA_CACHE_DIR");
}

Result<std::filesystem::path> cache_directory() {
  if (const auto given = get_environment("LAMELLA_CACHE_DIR"); given && !given->empty()) {
    if (given->starts_with('/')) return std::filesystem::path(*given);
    LAMELLA_TRY_ASSIGN(const auto here, working_directory());
    return (here / *given).lexically_normal();
  }
  if (auto xdg = absolute_from("XDG_CACHE_HOME")) return *xdg / "lamella";
  LAMELLA_TRY_ASSIGN(const auto home, home_directory());
  return home / ".cache" / "lamella";
}

std::filesystem::path temporary_root() { return absolute_from("TMPDIR").value_or("/tmp"); }

Result<std::filesystem::path> working_directory() {
  std::error_code error;
  auto path = std::filesystem::current_path(error);
  if (error) return system_error(error.value(), "cannot tell the working directory", ".");
  return path;
}

Result<std::filesystem::path> executable_path() {
  LAMELLA_TRY_ASSIGN(std::string path, os::read_symlink("/proc/self/exe"));
  return std::filesystem::path(std::move(path));
}

std::string_view host_machine() {
#if defined(__aarch64__)
  return "aarch64";
#else
  return "x86_64";
#endif
}

unsigned cpu_count() {
  cpu_set_t set;
  CPU_ZERO(&set);
  if (::sched_getaffinity(0, sizeof set, &set) == 0)
    return static_cast<unsigned>(std::max(CPU_COUNT(&set), 1));
  return std::max(std::thread::hardware_concurrency(), 1U);
}

}  // namespace lamella::os
