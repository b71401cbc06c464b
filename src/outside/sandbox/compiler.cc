// SPDX-License-Identifier: Apache-2.0
#include "sandbox/compiler.h"

#include <fmt/format.h>

#include <utility>

#include "os/directory.h"
#include "os/process.h"
#include "sandbox/libraries.h"
#include "sandbox/machine_root.h"

namespace lamella::sandbox {
namespace {

namespace fs = std::filesystem;

/// The names of a C compiler, each with its C++ sibling.
constexpr std::pair<const char*, const char*> kNames[] = {
    {"cc", "c++"}, {"gcc", "g++"}, {"clang", "clang++"}};

/// The file that `path` leads to where the sandbox sees it, too; "" if there is none.
std::string real_file(const fs::path& path) {
  std::error_code error;
  const fs::path real = fs::canonical(path, error);
  if (error || !real.native().starts_with("/usr/") || !fs::is_regular_file(real, error)) return "";
  return real.native();
}

std::string find_in(const std::vector<fs::path>& folders, const char* name) {
  for (const fs::path& folder : folders) {
    if (!real_file(folder / name).empty()) return (folder / name).native();
  }
  return "";
}

/// One line a file.
Result<std::string> identity_of(const std::vector<std::string>& files) {
  std::string identity;
  for (const std::string& file : files) {
    std::error_code error;
    const fs::path real = fs::canonical(file, error);
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(real));
    if (info) identity += fmt::format("{} {} {}\n", real.native(), info->size, info->mtime_ns);
  }
  return identity;
}

}  // namespace

std::vector<fs::path> compiler_folders() { return {"/usr/local/bin", "/usr/bin"}; }

Result<std::optional<Compiler>> find_compiler(const std::vector<fs::path>& folders) {
  Compiler found;
  for (const auto& [c, cxx] : kNames) {
    found.c = find_in(folders, c);
    found.cxx = find_in(folders, cxx);
    if (!found.c.empty()) break;
  }
  if (found.c.empty()) return std::optional<Compiler>();
  found.files = {found.c};
  for (std::string file : {found.cxx, find_in(folders, "as"), find_in(folders, "ld")}) {
    if (!file.empty()) found.files.push_back(std::move(file));
  }
  if (const auto library = find_library("libc.so.6")) found.files.push_back(library->native());
  LAMELLA_TRY_ASSIGN(found.identity, identity_of(found.files));
  return std::optional(std::move(found));
}

Result<std::string> name_of(const Compiler& compiler) {
  const std::string file = fs::path(real_file(compiler.c)).filename().native();
  const char* family = file.find("clang") != std::string::npos ? "clang"
                       : file.find("gcc") != std::string::npos ? "gcc"
                                                               : "cc";
  // gcc 7 and newer say only their major number to the second.
  for (const char* question : {"-dumpfullversion", "-dumpversion"}) {
    os::Command command{.argv = {compiler.c, question}};
    command.env = {{"PATH", std::string(kMachinePath)}, {"LANG", "C"}};
    command.timeout = std::chrono::seconds(20);
    LAMELLA_TRY_ASSIGN(const auto answer, os::run(command));
    const std::string version = answer.out.substr(0, answer.out.find_first_not_of("0123456789."));
    if (answer.succeeded() && !version.empty()) return fmt::format("{} {}", family, version);
  }
  return std::string(family);
}

std::optional<fs::path> headers_of(const RuntimeRoot& runtime) {
  fs::path folder = runtime.interpreter.stdlib.parent_path().parent_path() / "include" / runtime.runtime;
  std::error_code ignored;
  if (!fs::exists(folder / "Python.h", ignored)) return std::nullopt;
  return folder;
}

Result<SandboxSpec> compiler_root(const fs::path& folder, const RuntimeRoot& runtime,
                                  const Compiler& compiler) {
  LAMELLA_TRY_ASSIGN(SandboxSpec spec, machine_root(folder, MachineNetwork::kNone));
  const auto bind = [&](const fs::path& from, const std::string& place) -> Result<> {
    LAMELLA_TRY(os::make_directories(folder / fs::path(place).relative_path()));
    spec.read_only.push_back({from, place});
    return {};
  };
  for (const char* part : {"/var/lang/bin", "/var/lang/lib"})
    LAMELLA_TRY(bind(runtime.path / fs::path(part).relative_path(), part));
  spec.environment = {{"PATH", fmt::format("/var/lang/bin:{}", kMachinePath)},
                      {"LD_LIBRARY_PATH", "/var/lang/lib"},
                      {"LANG", "C.UTF-8"},
                      {"TZ", "UTC"},
                      {"TMPDIR", "/tmp"},
                      {"CC", compiler.c},
                      {"LDSHARED", compiler.c + " -shared"},
                      {"AR", "ar"}};
  if (!compiler.cxx.empty()) {
    spec.environment["CXX"] = compiler.cxx;
    spec.environment["LDCXXSHARED"] = compiler.cxx + " -shared";
  }
  if (const auto headers = headers_of(runtime)) {
    const std::string place = "/var/lang/include/" + runtime.runtime;
    LAMELLA_TRY(bind(*headers, place));
    // Found whatever the interpreter believes of where it was installed.
    spec.environment["CPATH"] = place;
  }
  return spec;
}

}  // namespace lamella::sandbox
