// SPDX-License-Identifier: Apache-2.0
#include "commands/past.h"

#include <fmt/format.h>

#include <algorithm>

#include "build/builder.h"
#include "build/weigh.h"
#include "change/write_out.h"
#include "commands/lock.h"
#include "os/temp_directory.h"
#include "package/command_output.h"
#include "package/source_build.h"

namespace lamella::commands {
namespace {

using model::ArtifactKind;

std::string end_of(const Error& error) {
  std::string text = error.where().empty() ? error.what() : error.where() + ": " + error.what();
  if (!error.why().empty()) text += ": " + error.why();
  return text;
}

Error cannot_be_weighed(const change::Revision& revision, ErrorCode code, std::string why) {
  return Error(code, fmt::format("what {} weighed cannot be told", base::escaped(revision.text)))
      .because(std::move(why))
      .remedy(fmt::format("check it out beside this one and build it there: git worktree add ../past {}",
                          revision.brief()));
}

Error cannot_be_weighed(const change::Revision& revision, const Error& error) {
  if (error.code() == ErrorCode::kInterrupted) return error;
  return cannot_be_weighed(revision, error.code(), end_of(error));
}

/// What only the revision's own build backends and commands could make.
Result<> refuse_running(const build::Tools& tools, const std::vector<build::ArtifactPlan>& plans,
                        const change::Revision& revision) {
  for (const build::ArtifactPlan& plan : plans) {
    if (plan.command) {
      LAMELLA_TRY_ASSIGN(const auto known,
                         package::find_output(tools.store, tools.actions, plan.command->command));
      if (!known) {
        return cannot_be_weighed(revision, ErrorCode::kUsage,
                                 fmt::format("no build here ran the command of layer {} on what it was made "
                                             "of then, and that is the revision's own code",
                                             plan.name));
      }
    }
    for (const package::Recipe& recipe : plan.wheels) {
      if (!recipe.source) continue;
      LAMELLA_TRY_ASSIGN(const auto known, package::find_built(tools.store, tools.actions, *recipe.source));
      if (known) continue;
      return cannot_be_weighed(revision, ErrorCode::kUsage,
                               fmt::format("no build here made the wheel of {} as it was, and making it "
                                           "would run its build backend",
                                           recipe.source->place));
    }
  }
  return {};
}

/// A build would run imports to find out where bytecode goes.
Result<> refuse_untraced(const model::Workspace& workspace, const build::RulesLock& rules,
                         const std::vector<build::ArtifactPlan>& plans, const change::Revision& revision) {
  for (const build::ArtifactPlan& plan : plans) {
    if (plan.kind != ArtifactKind::kLayer || plan.wheels.empty()) continue;
    const bool traced = workspace.find_layer(plan.name)->bytecode.traced.has_value();
    if (!traced || rules.has_layer(plan.name)) continue;
    return cannot_be_weighed(
        revision, ErrorCode::kUsage,
        fmt::format("its {} does not say where layer {}'s bytecode goes", build::kRulesLockPath, plan.name));
  }
  return {};
}

/// A budget decides what may be built, not what it weighs.
model::Workspace without_budgets(model::Workspace workspace) {
  workspace.project.budget = {};
  for (model::Layer& layer : workspace.layers) layer.budget = {};
  for (model::Function& function : workspace.functions) function.budget = {};
  return workspace;
}

class PastBuild {
 public:
  PastBuild(Session& now_session, Session& session, const change::Revision& revision,
            const build::Manifest& now)
      : now_session_(now_session), session_(session), revision_(revision), now_(now) {}

  Result<std::vector<model::Weighed>> run() {
    LAMELLA_TRY_ASSIGN(locks_, ready_locks(session_, LockPolicy::kFrozen));
    LAMELLA_TRY_ASSIGN(const build::Tools* tools, session_.tools());
    LAMELLA_TRY_ASSIGN(const auto plans, planned(*tools));
    build::Request request{.skip_checks = true, .frozen = true};
    for (const build::ArtifactPlan& plan : plans) {
      if (same_as_now(plan) == nullptr) request.names.insert(plan.name);
    }
    build::Report report;
    if (!request.names.empty()) {
      LAMELLA_TRY_ASSIGN(
          report, build::build(*tools, workspace_, locks_, request, session_.consulted(), session_.stop()));
      for (const build::Unmade& unmade : report.unmade) {
        if (unmade.error) return *unmade.error;
      }
    }
    return weighed(*tools, plans, {std::move(report.made)});
  }

 private:
  Result<std::vector<build::ArtifactPlan>> planned(const build::Tools& tools) {
    LAMELLA_TRY_ASSIGN(const auto rules, build::load_rules_lock(session_.tree()));
    auto index = change::StatIndex::load(tools.workspace, build::index_path(tools.workspace));
    LAMELLA_TRY_ASSIGN(auto plans, build::plan_artifacts(tools, workspace_, locks_, rules, {}, index));
    LAMELLA_TRY(refuse_running(tools, plans, revision_));
    LAMELLA_TRY(refuse_untraced(workspace_, rules, plans, revision_));
    return plans;
  }

  const build::Made* same_as_now(const build::ArtifactPlan& plan) const {
    const build::Made* made = now_.find(plan.kind, plan.name, plan.target);
    return made != nullptr && made->key == plan.key() ? made : nullptr;
  }

  Result<std::vector<model::Weighed>> weighed(const build::Tools& tools,
                                              const std::vector<build::ArtifactPlan>& plans,
                                              const build::Manifest& built) {
    LAMELLA_TRY_ASSIGN(const build::Tools* now_tools, now_session_.tools());
    std::vector<model::Weighed> all;
    for (const build::ArtifactPlan& plan : plans) {
      const build::Made* same = same_as_now(plan);
      const build::Made* made = same != nullptr ? same : built.find(plan.kind, plan.name, plan.target);
      if (made == nullptr)
        return Error(ErrorCode::kInternal, "an artifact was planned and not built").at(plan.name);
      LAMELLA_TRY_ASSIGN(auto one, build::weigh(same != nullptr ? *now_tools : tools, *made));
      all.push_back(std::move(one));
    }
    return all;
  }

  Session& now_session_;
  Session& session_;
  const change::Revision& revision_;
  const build::Manifest& now_;
  const model::Workspace workspace_ = without_budgets(session_.workspace());
  std::vector<build::GroupLock> locks_;
};

}  // namespace

std::map<std::string, std::uint64_t> merged_of(const model::Workspace& workspace,
                                               const std::vector<model::Weighed>& side) {
  std::map<std::string, std::uint64_t> merged;
  for (const model::Function& function : workspace.functions) {
    const model::Weighed* own = find_weighed(side, ArtifactKind::kFunction, function.name, function.target);
    std::uint64_t bytes = own == nullptr ? 0 : own->sizes.unzipped;
    bool whole = own != nullptr;
    for (const auto& layer : function.layers) {
      const model::Weighed* one = find_weighed(side, ArtifactKind::kLayer, layer.text, function.target);
      whole = whole && one != nullptr;
      if (one != nullptr) bytes += one->sizes.unzipped;
    }
    if (whole) merged.emplace(function.name, bytes);
  }
  return merged;
}

Result<Past> weigh_past(Session& session, const std::string& revision, const build::Manifest& now) {
  LAMELLA_TRY_ASSIGN(const auto repository, change::GitRepository::find(session.root()));
  Past past;
  LAMELLA_TRY_ASSIGN(past.revision, repository->revision(revision));
  LAMELLA_TRY_ASSIGN(const auto tree, repository->at(past.revision));
  LAMELLA_TRY_ASSIGN(const auto file, tree->stat(kWorkspaceFile));
  if (!file) return past;
  const auto scratch = session.cache() / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  LAMELLA_TRY_ASSIGN(const auto folder, os::TempDirectory::create_in(scratch, "past"));
  LAMELLA_TRY(change::write_out(*tree, folder.path()));
  Setting setting = session.setting();
  setting.project = folder.path();
  setting.events = &base::no_events();
  const auto opened = Session::open(setting);
  if (!opened) return cannot_be_weighed(past.revision, opened.error());
  auto weighed = PastBuild(session, **opened, past.revision, now).run();
  if (!weighed) {
    const bool told = weighed.error().remedy().starts_with("check it out beside");
    return told ? std::move(weighed).error() : cannot_be_weighed(past.revision, weighed.error());
  }
  past.artifacts = *std::move(weighed);
  past.merged = merged_of((*opened)->workspace(), past.artifacts);
  return past;
}

}  // namespace lamella::commands
