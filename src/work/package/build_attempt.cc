// SPDX-License-Identifier: Apache-2.0
#include "package/build_attempt.h"

#include <fmt/format.h>

#include <algorithm>

#include "document/json.h"
#include "package/scripts.h"
#include "sandbox/run_once.h"
#include "sandbox/supervisor.h"

namespace lamella::package {
namespace {

using document::Value;

constexpr std::uint64_t kMemoryMb = 2048;
constexpr std::uint64_t kCompilingMemoryMb = 4096;  // as commands have
constexpr std::uint64_t kTmpMb = 1024;
constexpr std::chrono::minutes kPatience{10};
constexpr std::size_t kLastWords = 1200;

Result<sandbox::SandboxSpec> surroundings(const BuildPlace& place, const sandbox::RuntimeRoot& runtime,
                                          const sandbox::Compiler* compiler) {
  if (compiler != nullptr) {
    LAMELLA_TRY_ASSIGN(auto spec, sandbox::compiler_root(place.root, runtime, *compiler));
    spec.memory_mb = kCompilingMemoryMb;
    return spec;
  }
  sandbox::SandboxSpec spec{.root = runtime.path};
  spec.memory_mb = kMemoryMb;
  spec.environment = sandbox::base_environment(runtime.runtime);
  return spec;
}

Value request_of(const SourceBuild& source) {
  return Value::object({{"backend", source.backend},
                        {"backend_path", Value::array_of(source.backend_path)},
                        {"out", fmt::format("/var/task/{}", kWheelFolder)}});
}

Attempt outcome_of(const sandbox::RunResult& run, std::uint64_t memory_mb) {
  if (run.timed_out) return {{}, fmt::format("it did not end within {} minutes", kPatience.count()), false};
  if (run.killed_by_memory) return {{}, fmt::format("it needs more than {} MiB", memory_mb), false};
  if (!run.ok()) return {{}, last_words(run.standard_error, kLastWords)};
  std::string_view said = run.standard_output;
  while (said.ends_with('\n')) said.remove_suffix(1);
  said.remove_prefix(std::min(said.rfind('\n') + 1, said.size()));
  auto answer = document::parse_json(said, "the backend's answer");
  return answer ? Attempt{std::move(*answer), ""} : Attempt{{}, "its backend gave no answer"};
}

}  // namespace

Result<Attempt> attempt_build(const SourceBuild& source, const BuildPlace& place,
                              const sandbox::RuntimeRoot& runtime, const sandbox::Compiler* compiler,
                              std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(auto spec, surroundings(place, runtime, compiler));
  LAMELLA_TRY_ASSIGN(auto supervisor, sandbox::Supervisor::start(place.cache));
  spec.layers = place.layers;
  spec.writable = {{place.bench.path(), "/var/task"}};
  spec.tmp_mb = kTmpMb;
  spec.environment["PYTHONHASHSEED"] = "0";
  spec.environment["PYTHONDONTWRITEBYTECODE"] = "1";
  spec.environment["PYTHONPATH"] = "/opt/python";
  spec.environment["SOURCE_DATE_EPOCH"] = std::to_string(kEpochSeconds);
  spec.environment["HOME"] = "/tmp";
  spec.command = {runtime.program, "-S", "-c", script_text("build_wheel.py")};
  spec.working_directory = fmt::format("/var/task/{}", kProjectFolder);
  LAMELLA_TRY_ASSIGN(const auto run,
                     sandbox::run_once(*supervisor, spec,
                                       {.timeout = kPatience,
                                        .standard_input = document::render_json(request_of(source)),
                                        .stop = std::move(stop)}));
  Attempt attempt = outcome_of(run, spec.memory_mb);
  attempt.printed = run.standard_error;
  return attempt;
}

}  // namespace lamella::package
