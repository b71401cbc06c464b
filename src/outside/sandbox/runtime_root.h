// SPDX-License-Identifier: Apache-2.0
//
// The file tree a sandbox sees as "/": the interpreter with its standard library at /var/lang, the
// libraries that the Lambda operating system has at /lib64, the runtime client (AWS's own) and our
// bootstrap at /var/runtime.  Nothing else of this machine is in it, so that an import that needs a
// library Lambda lacks fails here too.
//
// Made once per interpreter, list and client below `cache`, and named by all of them; a newer
// interpreter gives another root.  Libraries that only the interpreter needs lie apart, in /var/lang/lib.
//
// Threads and processes: any; two that make the same root at once both succeed.
// Errors: tool-missing (14: no interpreter or no runtime client of that version), io.
//
//   LAMELLA_TRY_ASSIGN(const RuntimeRoot root, ensure_runtime_root({.cache = cache, .runtime =
//   "python3.11"}));
#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/interpreter.h"

namespace lamella::sandbox {

/// What Lambda's operating system offers a runtime: runtimes/<name>-<architecture>.toml.
struct SystemLibraries {
  std::string name;                  ///< "al2", "al2023"
  std::string glibc;                 ///< "2.26"
  std::vector<std::string> sonames;  ///< libraries that resolve without being shipped
};

/// The list for a runtime ("python3.11"), on every architecture.  Errors: usage (unknown).
Result<SystemLibraries> system_libraries(const std::string& runtime);

/// Whether the root must hold the runtime client: functions do, proofs and builds do not.
enum class ClientNeed { kRequired, kAbsent };

struct RuntimeRequest {
  std::filesystem::path cache;
  std::string runtime;  ///< "python3.11"
  std::string architecture = "x86_64";
  ClientNeed client = ClientNeed::kRequired;
  std::vector<std::filesystem::path> interpreters{};  ///< folders looked at before the usual ones
};

struct RuntimeRoot {
  std::filesystem::path path;  ///< SandboxSpec::root
  std::string runtime;         ///< "python3.11"
  std::string identity;        ///< changes whenever what is in it may have: part of proof keys
  Interpreter interpreter;
  std::string program;               ///< inside: "/var/lang/bin/python3.11"
  std::vector<std::string> missing;  ///< sonames Lambda has and this machine does not
};

Result<RuntimeRoot> ensure_runtime_root(const RuntimeRequest& request);

/// Where the pinned runtime client of `runtime` lies below `cache`.  Errors: tool-missing.
Result<std::filesystem::path> find_runtime_client(const std::filesystem::path& cache,
                                                  const std::string& runtime,
                                                  const std::string& architecture);
/// Where it belongs: <cache>/runtime-client/<runtime>-<architecture>-<version>.
std::filesystem::path runtime_client_directory(const std::filesystem::path& cache, const std::string& runtime,
                                               const std::string& architecture);

/// PATH, LD_LIBRARY_PATH, LANG, TZ and the like: what every process of a runtime sees before the
/// function's own settings.
std::map<std::string, std::string> base_environment(const std::string& runtime);
/// The command that starts the runtime client.
std::vector<std::string> bootstrap_command(const RuntimeRoot& root);

}  // namespace lamella::sandbox
