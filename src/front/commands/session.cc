// SPDX-License-Identifier: Apache-2.0
#include "commands/session.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/suggest.h"
#include "build/manifest.h"
#include "config/rule_packs.h"
#include "config/workspace_file.h"
#include "os/environment.h"
#include "os/file.h"
#include "resolve/indexes.h"
#include "store/action_cache.h"
#include "store/local_store.h"

namespace lamella::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestWorkspaceFile = 16'000'000;

constexpr std::string_view kFirstWorkspace =
    "write one, for example:\n"
    "    schema = 1\n"
    "    [project]\n"
    "    name = \"hello\"\n"
    "    [defaults]\n"
    "    runtime = \"python3.11\"\n"
    "    architecture = \"x86_64\"\n"
    "    [layers.core]\n"
    "    requirements = [\"numpy==1.24.3\"]\n"
    "    [functions.hello]\n"
    "    source = \"functions/hello\"\n"
    "    handler = \"app.handler\"\n"
    "    layers = [\"core\"]";

Error unknown_name(std::string_view kind, const std::string& name, const std::vector<std::string>& known) {
  Error error(ErrorCode::kUsage, fmt::format("there is no {} `{}`", kind, base::escaped(name)));
  if (const auto near = base::nearest(name, known))
    return std::move(error).remedy(fmt::format("did you mean `{}`?", *near));
  if (known.empty()) return std::move(error).because("the workspace has none");
  return std::move(error).remedy(fmt::format("choose one of: {}", fmt::join(known, ", ")));
}

}  // namespace

struct Session::Stores {
  explicit Stores(unsigned jobs) : pool(jobs) {}
  std::unique_ptr<store::ContentStore> content;
  std::unique_ptr<store::ActionCache> actions;
  os::ThreadPool pool;
  std::optional<build::Tools> tools;
};

Result<fs::path> find_workspace(const fs::path& start) {
  fs::path folder = start;
  if (folder.empty() || folder.is_relative()) {
    LAMELLA_TRY_ASSIGN(const fs::path here, os::working_directory());
    folder = here / folder;
  }
  folder = folder.lexically_normal();
  if (!folder.has_filename() && folder.has_relative_path()) folder = folder.parent_path();
  if (!start.empty() && !os::exists(folder)) {
    return Error(ErrorCode::kUsage, "the project folder does not exist").at(start.string());
  }
  for (fs::path at = folder;; at = at.parent_path()) {
    if (os::exists(at / kWorkspaceFile)) return at;
    if (!at.has_relative_path()) break;
  }
  return Error(ErrorCode::kUsage, "there is no lamella.toml here or in any folder above")
      .at(folder.string())
      .remedy(std::string(kFirstWorkspace))
      .with("absent", std::string(kWorkspaceFile));
}

model::EnvironmentLookup variables_of(std::string environment, const Setting& setting) {
  using Kind = model::EnvironmentPart::Kind;
  return [environment = std::move(environment), params = setting.params,
          hide = setting.hide](const model::EnvironmentPart& part) -> Result<std::optional<std::string>> {
    switch (part.kind) {
      case Kind::kLiteral: return std::optional(part.text);
      case Kind::kEnvironment: return std::optional(environment);
      case Kind::kParam: {
        const auto found = params.find(part.text);
        return found == params.end() ? std::optional<std::string>() : std::optional(found->second);
      }
      case Kind::kEnv: {
        auto value = os::get_environment(part.text);
        if (value && hide) hide(*value);
        return value;
      }
      case Kind::kSsm: break;
    }
    return Error(ErrorCode::kUsage, "values from the Parameter Store cannot be read yet")
        .at("{ssm:" + part.text + "}")
        .remedy("use {param:NAME} or {env:NAME}");
  };
}

namespace {

/// Secrets in the text of lamella.toml: told, or with --strict refused.
Result<> judge_clear_secrets(const model::Workspace& workspace, const Setting& setting) {
  for (const model::ClearSecret& secret : workspace.clear_secrets) {
    const std::string what = fmt::format("{} is typed in clear in {}", secret.what, secret.key);
    const std::string_view remedy =
        "write {env:NAME} in its place and give the value in the environment, and revoke what was committed";
    if (setting.strict) {
      return Error(ErrorCode::kUsage, what)
          .at(secret.position)
          .showing(secret.excerpt)
          .because("--strict makes of it an error")
          .remedy(std::string(remedy));
    }
    setting.events->emit({.kind = "workspace.clear-secret",
                          .subject = base::to_string(secret.position),
                          .text = fmt::format("{}; {}", what, remedy),
                          .severity = base::Severity::kWarning,
                          .fields = {{"key", secret.key}, {"excerpt", secret.excerpt}}});
  }
  return {};
}

}  // namespace

Session::Session(Setting setting, fs::path root, fs::path cache)
    : setting_(std::move(setting)),
      root_(std::move(root)),
      cache_(std::move(cache)),
      files_(root_),
      consulted_(files_, root_) {}

Session::~Session() = default;

Result<std::unique_ptr<Session>> Session::open(const Setting& setting) {
  LAMELLA_TRY_ASSIGN(fs::path root, find_workspace(setting.project));
  LAMELLA_TRY_ASSIGN(fs::path cache, os::cache_directory());
  LAMELLA_TRY(build::refuse_newer_manifest(root));
  std::unique_ptr<Session> session(new Session(setting, std::move(root), std::move(cache)));
  LAMELLA_TRY(session->consulted_.stat(kWorkspaceFile));  // before it is read
  LAMELLA_TRY_ASSIGN(const std::string text,
                     os::read_file(session->root_ / kWorkspaceFile, kLargestWorkspaceFile));
  LAMELLA_TRY_ASSIGN(session->workspace_, config::parse_workspace(text, kWorkspaceFile));
  LAMELLA_TRY(judge_clear_secrets(session->workspace_, setting));
  return session;
}

Result<const build::Tools*> Session::tools() {
  if (!stores_) {
    auto stores = std::make_unique<Stores>(setting_.jobs);
    LAMELLA_TRY_ASSIGN(stores->content, store::open_local_store({.root = cache_}));
    LAMELLA_TRY_ASSIGN(stores->actions, store::open_local_actions(cache_));
    LAMELLA_TRY_ASSIGN(auto packs, config::built_in_rule_packs());
    stores->tools.emplace(build::Tools{root_, cache_, *stores->content, *stores->actions, stores->pool,
                                       events(), std::move(packs), variables_of("local", setting_),
                                       resolve::logins_of(workspace_.lock)});
    stores_ = std::move(stores);
    for (const store::HostLogin& login : stores_->tools->logins) {
      if (setting_.hide) setting_.hide(login.password.reveal());
    }
  }
  return &*stores_->tools;
}

Result<> Session::require_names(const std::vector<std::string>& names) const {
  std::vector<std::string> known = workspace_.layer_names();
  const auto functions = workspace_.function_names();
  known.insert(known.end(), functions.begin(), functions.end());
  for (const std::string& name : names) {
    if (std::find(known.begin(), known.end(), name) == known.end())
      return unknown_name("layer or function", name, known);
  }
  return {};
}

Result<const model::Function*> Session::require_function(const std::string& name) const {
  if (const model::Function* found = workspace_.find_function(name)) return found;
  return unknown_name("function", name, workspace_.function_names());
}

Result<const model::EnvironmentSettings*> Session::require_environment(const std::string& name) const {
  if (const model::EnvironmentSettings* found = workspace_.find_environment(name)) return found;
  return unknown_name("environment", name, workspace_.environment_names());
}

}  // namespace lamella::commands
