// SPDX-License-Identifier: Apache-2.0
#include "commands/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

#include "base/units.h"
#include "commands/caller.h"
#include "os/disk.h"
#include "os/environment.h"
#include "os/process.h"
#include "resolve/resolver.h"
#include "sandbox/interpreter.h"
#include "sandbox/isolation.h"
#include "sandbox/runtime_root.h"
#include "store/local_store.h"

namespace lamella::commands {
namespace {

using document::Value;

constexpr std::uint64_t kComfortableDisk =
    5'000'000'000;  // wheels, segments, trees and zips of a data-science workspace
constexpr std::uint64_t kLeastDisk = 500'000'000;
constexpr std::chrono::seconds kPatience{10};

class Findings {
 public:
  void ok(std::string name, std::string detail) { add(std::move(name), "ok", std::move(detail), {}); }
  void warn(std::string name, std::string detail, std::string remedy) {
    add(std::move(name), "warning", std::move(detail), std::move(remedy));
  }
  void fail(std::string name, Error error) {
    add(std::move(name), "failed", error.why().empty() ? error.what() : error.what() + ": " + error.why(),
        error.remedy());
    if (!first_) first_ = std::move(error);
  }

  Outcome outcome() && {
    Outcome outcome{new_record(), std::move(first_)};
    outcome.record.set("findings", std::move(list_));
    return outcome;
  }

 private:
  void add(std::string name, std::string_view state, std::string detail, std::string remedy) {
    list_.push_back(Value::object({{"name", std::move(name)},
                                   {"state", state},
                                   {"detail", std::move(detail)},
                                   {"remedy", remedy.empty() ? Value() : Value(std::move(remedy))}}));
  }

  Value list_ = Value::array();
  std::optional<Error> first_;
};

/// The first line a program prints about its version.
Result<std::string> version_of(const std::filesystem::path& program, std::stop_token stop) {
  os::Command command;
  command.argv = {program.string(), "--version"};
  command.timeout = kPatience;
  LAMELLA_TRY_ASSIGN(const auto result, os::run(command, stop));
  if (!result.succeeded())
    return Error(ErrorCode::kToolMissing, program.string() + " does not run").because(result.describe());
  return result.out.substr(0, result.out.find('\n'));
}

std::set<model::Target> targets_of(const model::Workspace& workspace) {
  std::set<model::Target> targets;
  for (const model::Layer& layer : workspace.layers)
    targets.insert(layer.targets.begin(), layer.targets.end());
  for (const model::Function& function : workspace.functions) targets.insert(function.target);
  if (targets.empty()) targets.insert(model::Target{});
  return targets;
}

void look_at_targets(const std::set<model::Target>& targets, const std::filesystem::path& cache,
                     Findings& findings) {
  std::set<std::string> runtimes;
  for (const model::Target& target : targets) {
    const std::string runtime = model::to_string(target.runtime);
    if (runtimes.insert(runtime).second) {
      const auto found = sandbox::find_interpreter(runtime, {.first = {}, .memo = cache / "interpreters"});
      if (found)
        findings.ok("interpreter " + runtime, fmt::format("{} {}", found->program.string(), found->version));
      else
        findings.fail("interpreter " + runtime, found.error());
    }
    const std::string name = "runtime client " + model::short_name(target);
    const auto client =
        sandbox::find_runtime_client(cache, runtime, std::string(to_string(target.architecture)));
    if (client)
      findings.ok(name, client->string());
    else
      findings.fail(name, client.error());
  }
}

void look_at_uv(const std::filesystem::path& cache, std::stop_token stop, Findings& findings) {
  const auto uv = resolve::find_uv(cache);
  if (!uv && uv.error().where().empty()) {
    return findings.warn("uv",
                         "not installed; the targets' own pip is asked in its place, as far as it can answer",
                         uv.error().remedy());
  }
  if (!uv) return findings.fail("uv", uv.error());
  const auto version = version_of(*uv, stop);
  if (!version) return findings.fail("uv", version.error());
  findings.ok("uv", fmt::format("{} ({})", *version, uv->string()));
}

void look_at_isolation(Findings& findings) {
  const auto report = sandbox::probe_isolation();
  if (report.possible()) {
    return findings.ok("isolation", fmt::format("bubblewrap {}, all namespaces", report.bubblewrap_version));
  }
  for (const auto& obstacle : report.obstacles) {
    findings.fail("isolation", Error(ErrorCode::kIsolation, obstacle.what).remedy(obstacle.remedy));
  }
}

void look_at_disk(const std::filesystem::path& cache, Findings& findings) {
  const auto space = os::disk_space(cache);
  if (!space) return findings.fail("disk", space.error());
  const std::string detail = fmt::format("{} free for {}", base::format_size(space->free), cache.string());
  const std::string remedy = "make room, or set LAMELLA_CACHE_DIR to a folder on a larger disk";
  if (space->free < kLeastDisk) return findings.fail("disk", Error(ErrorCode::kIo, detail).remedy(remedy));
  if (space->free < kComfortableDisk) return findings.warn("disk", detail, remedy);
  findings.ok("disk", detail);
}

void look_at_store(const std::filesystem::path& cache, Findings& findings) {
  const auto store = store::open_local_store({.root = cache});
  if (!store) return findings.fail("store", store.error());
  const auto stats = (*store)->stats();
  if (!stats) return findings.fail("store", stats.error());
  findings.ok("store", fmt::format("{} blobs, {}", stats->blobs, base::format_size(stats->bytes)));
}

void look_at_git(std::stop_token stop, Findings& findings) {
  const auto git = os::find_program("git");
  const auto version = git ? version_of(*git, stop) : Result<std::string>(git.error());
  if (version)
    findings.ok("git", *version);
  else
    findings.warn("git", "git was not found",
                  "install git: what changed since a revision cannot be told without it");
}

void look_at_environments(const Session& session, Findings& findings) {
  for (const model::EnvironmentSettings& environment : session.workspace().environments) {
    const std::string name = "environment " + environment.name;
    const auto caller = caller_of(session, environment);
    if (!caller) {
      findings.warn(name, caller.error().what(), caller.error().remedy());
      continue;
    }
    const std::string detail =
        fmt::format("account {}, region {}, {}", caller->account, caller->region, caller->detail);
    if (!environment.account.empty() && environment.account != caller->account) {
      findings.fail(
          name, Error(ErrorCode::kUsage, detail + fmt::format("; the workspace says {}", environment.account))
                    .remedy("use credentials of that account, or correct `account`"));
    } else {
      findings.ok(name, detail);
    }
  }
}

bool is_absent(const Error& error) { return error.fact("absent") == kWorkspaceFile; }

}  // namespace

Result<Outcome> doctor(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(const auto cache, os::cache_directory());
  Findings findings;
  const auto session = Session::open(setting);
  if (session) {
    const auto& workspace = (*session)->workspace();
    findings.ok("workspace",
                fmt::format("{}: {} layers, {} functions", ((*session)->root() / kWorkspaceFile).string(),
                            workspace.layers.size(), workspace.functions.size()));
  } else if (is_absent(session.error())) {
    findings.warn("workspace", session.error().what(), "write one, or name its folder with --project");
  } else {
    findings.fail("workspace", session.error());
  }
  look_at_targets(session ? targets_of((*session)->workspace()) : targets_of({}), cache, findings);
  look_at_uv(cache, setting.stop, findings);
  look_at_isolation(findings);
  look_at_disk(cache, findings);
  look_at_store(cache, findings);
  look_at_git(setting.stop, findings);
  if (session) look_at_environments(**session, findings);
  return std::move(findings).outcome();
}

}  // namespace lamella::commands
