// SPDX-License-Identifier: Apache-2.0
#include "sandbox/libraries.h"

#include <sstream>

#include "os/directory.h"
#include "os/process.h"

namespace lamella::sandbox {
namespace {

#if defined(__aarch64__)
constexpr const char* kLoader = "/lib/ld-linux-aarch64.so.1";
constexpr const char* kDirectories[] = {"/lib/aarch64-linux-gnu", "/usr/lib/aarch64-linux-gnu", "/lib64",
                                        "/usr/lib64", "/usr/lib"};
#else
constexpr const char* kLoader = "/lib64/ld-linux-x86-64.so.2";
constexpr const char* kDirectories[] = {"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu", "/lib64",
                                        "/usr/lib64", "/usr/lib"};
#endif

}  // namespace

std::filesystem::path system_loader() { return kLoader; }

std::optional<std::filesystem::path> find_library(const std::string& soname) {
  for (const char* directory : kDirectories) {
    std::filesystem::path one = std::filesystem::path(directory) / soname;
    if (os::exists(one)) return one;
  }
  return std::nullopt;
}

Result<std::optional<std::map<std::string, std::filesystem::path>>> library_closure(
    const std::filesystem::path& object) {
  using Closure = std::optional<std::map<std::string, std::filesystem::path>>;
  LAMELLA_TRY_ASSIGN(const os::ProcessResult said, os::run({.argv = {kLoader, "--list", object.string()}}));
  if (!said.succeeded()) return Closure{};
  // "\tlibm.so.6 => /lib/x86_64-linux-gnu/libm.so.6 (0x00007f...)"
  std::map<std::string, std::filesystem::path> found;
  std::istringstream lines(said.out);
  for (std::string line; std::getline(lines, line);) {
    std::istringstream words(line);
    std::string soname;
    std::string arrow;
    std::string file;
    if (!(words >> soname >> arrow >> file) || arrow != "=>" || soname.starts_with("/")) continue;
    if (file == "not") return Closure{};
    found.emplace(soname, file);
  }
  return Closure{std::move(found)};
}

}  // namespace lamella::sandbox
