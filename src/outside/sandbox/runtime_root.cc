// SPDX-License-Identifier: Apache-2.0
#include "sandbox/runtime_root.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "document/toml.h"
#include "embedded/runtime_files.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "sandbox/identity.h"
#include "sandbox/root_builder.h"

namespace lamella::sandbox {
namespace {

/// Raised when the builder puts other bytes or names into a root for the same inputs.
constexpr std::string_view kRootEpoch = "1";

std::string_view embedded(std::string_view name) {
  for (const base::EmbeddedFile& file : runtime_files()) {
    if (file.name == name) return file.text;
  }
  return {};
}

/// The minor version of "python3.11"; nullopt for what is no Python we know of.
std::optional<int> python_minor(const std::string& runtime) {
  constexpr std::string_view kPrefix = "python3.";
  if (!runtime.starts_with(kPrefix) || runtime.size() > kPrefix.size() + 2) return std::nullopt;
  const std::string digits = runtime.substr(kPrefix.size());
  if (digits.empty() ||
      !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) {
    return std::nullopt;
  }
  return std::stoi(digits);
}

Error unknown_runtime(const std::string& runtime) {
  return Error(ErrorCode::kUsage, fmt::format("no sandbox can be made for the runtime {}", runtime))
      .remedy("use python3.9 to python3.14");
}

/// python3.11 and older run on Amazon Linux 2.
constexpr int kLastOnAmazonLinux2 = 11;

Result<document::Value> system_table(const std::string& runtime) {
  const auto minor = python_minor(runtime);
  if (!minor) return unknown_runtime(runtime);
  const std::string file = *minor <= kLastOnAmazonLinux2 ? "al2.toml" : "al2023.toml";
  return document::parse_toml(embedded(file), file);
}

std::string client_version() {
  const auto pins = document::parse_toml(embedded("pins.toml"), "pins.toml");
  if (!pins.has_value()) return "";
  const document::Value* client = pins->find("client");
  return client ? client->text("awslambdaric") : "";
}

/// The demo is of one target; for others its script is run by itself.
std::string client_remedy(const std::filesystem::path& cache, const std::string& runtime,
                          const std::string& architecture) {
  if (runtime == "python3.11" && architecture == "x86_64")
    return "run `./dev demo` in Lamella's source; it installs the client";
  return fmt::format("run `runtimes/python/install-client.sh uv {} {} {}` in Lamella's source",
                     cache.string(), runtime, architecture);
}

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> lines;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('\n', at), text.size());
    lines.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return lines;
}

std::string identity_of(const RuntimeRequest& request, const Interpreter& interpreter) {
  const auto info = os::file_info(interpreter.program);
  std::string file;
  if (info.has_value() && info->has_value()) file = fmt::format("{} {}", (*info)->size, (*info)->mtime_ns);
  const bool client = request.client == ClientNeed::kRequired;
  return short_identity({kRootEpoch, request.runtime, request.architecture, interpreter.program.native(),
                         interpreter.version, file, embedded("al2.toml"), embedded("al2023.toml"),
                         embedded("bootstrap.py"), client ? client_version() : "no client"});
}

}  // namespace

Result<SystemLibraries> system_libraries(const std::string& runtime) {
  LAMELLA_TRY_ASSIGN(const document::Value table, system_table(runtime));
  return SystemLibraries{table.text("name"), table.text("glibc"), table.texts("sonames")};
}

std::filesystem::path runtime_client_directory(const std::filesystem::path& cache, const std::string& runtime,
                                               const std::string& architecture) {
  return cache / "runtime-client" / fmt::format("{}-{}-{}", runtime, architecture, client_version());
}

Result<std::filesystem::path> find_runtime_client(const std::filesystem::path& cache,
                                                  const std::string& runtime,
                                                  const std::string& architecture) {
  std::filesystem::path directory = runtime_client_directory(cache, runtime, architecture);
  if (os::exists(directory / "awslambdaric" / "__main__.py")) return directory;
  return Error(ErrorCode::kToolMissing, fmt::format("the runtime client for {} is not installed", runtime))
      .at(directory.string())
      .with("program", "awslambdaric")
      .remedy(client_remedy(cache, runtime, architecture));
}

Result<RuntimeRoot> ensure_runtime_root(const RuntimeRequest& request) {
  LAMELLA_TRY_ASSIGN(const document::Value system, system_table(request.runtime));
  const InterpreterSearch search{.first = request.interpreters, .memo = request.cache / "interpreters"};
  LAMELLA_TRY_ASSIGN(Interpreter interpreter, find_interpreter(request.runtime, search));
  std::filesystem::path client;
  if (request.client == ClientNeed::kRequired) {
    LAMELLA_TRY_ASSIGN(client, find_runtime_client(request.cache, request.runtime, request.architecture));
  }
  RuntimeRoot root;
  root.runtime = request.runtime;
  root.identity = identity_of(request, interpreter);
  root.path = request.cache / "runtime-root" / fmt::format("{}-{}", request.runtime, root.identity);
  root.program = "/var/lang/bin/" + request.runtime;
  root.interpreter = std::move(interpreter);
  if (!os::exists(root.path)) {
    LAMELLA_TRY(os::make_directories(root.path.parent_path()));
    LAMELLA_TRY_ASSIGN(os::TempDirectory fresh,
                       os::TempDirectory::create_in(root.path.parent_path(), ".new"));
    LAMELLA_TRY(build_root(fresh.path(), {.runtime = request.runtime,
                                          .interpreter = root.interpreter,
                                          .client = client,
                                          .bootstrap = embedded("bootstrap.py"),
                                          .sonames = system.texts("sonames"),
                                          .programs = system.texts("programs"),
                                          .release = system.text("release"),
                                          .release_version = system.text("version")}));
    LAMELLA_TRY(os::set_mode(fresh.path(), 0755));
    // Another process may have been first; both made the same.
    LAMELLA_TRY(os::rename_if_absent(fresh.path(), root.path));
  }
  LAMELLA_TRY_ASSIGN(const std::string missing, os::read_file(root.path / kMissingFile));
  root.missing = lines_of(missing);
  return root;
}

std::map<std::string, std::string> base_environment(const std::string& runtime) {
  std::map<std::string, std::string> all{
      {"LANG", "en_US.UTF-8"},
      {"LD_LIBRARY_PATH",
       "/var/lang/lib:/lib64:/usr/lib64:/var/runtime:/var/runtime/lib:/var/task:/var/task/lib:/opt/lib"},
      {"PATH", "/var/lang/bin:/usr/local/bin:/usr/bin/:/bin:/opt/bin"},
      {"PWD", "/var/task"},
      {"SHLVL", "0"},
      {"TZ", ":UTC"},
  };
  if (python_minor(runtime).value_or(0) > kLastOnAmazonLinux2) all.emplace("LC_CTYPE", "C.UTF-8");
  return all;
}

std::vector<std::string> bootstrap_command(const RuntimeRoot& root) {
  return {root.program, "-S", "/var/runtime/bootstrap.py"};
}

}  // namespace lamella::sandbox
