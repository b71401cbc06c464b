// SPDX-License-Identifier: Apache-2.0
#include "commands/deploy.h"

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "commands/deprecated.h"
#include "commands/wanted.h"
#include "deploy/lambda_world.h"
#include "os/clock.h"
#include "os/random.h"

namespace lamella::commands {
namespace {

/// A deployer and all it stands on.
class Deploying {
 public:
  static Result<std::unique_ptr<Deploying>> start(Session& session, LocalHost& host,
                                                  const model::EnvironmentSettings& environment) {
    std::unique_ptr<Deploying> one(new Deploying(session, host));
    const Destination to{&environment, std::string(endpoint::kAccount), host.access().region()};
    LAMELLA_TRY_ASSIGN(one->wanted_, wanted_of(session, build::load_manifest(session.root()), to));
    LAMELLA_TRY_ASSIGN(one->state_,
                       ledger::open_directory_store(build::state_folder(session.root()), os::system_clock()));
    one->deployer_.emplace(one->world_, *one->state_, os::system_clock(), os::system_random(),
                           session.events());
    return one;
  }

  Result<engine::Plan> plan() { return deployer_->plan(wanted_, session_.stop()); }
  Result<deploy::DeployReport> apply(const engine::Plan& plan) {
    return deployer_->apply(plan, wanted_, session_.stop());
  }

 private:
  Deploying(Session& session, LocalHost& host)
      : session_(session),
        world_(host.access().lambda(), host.access().invoker(), os::system_clock(), session.root(),
               session.events()) {}

  Session& session_;
  deploy::LambdaWorld world_;
  engine::Wanted wanted_;
  std::unique_ptr<ledger::StateStore> state_;
  std::optional<deploy::Deployer> deployer_;
};

/// Those that are called before their alias moves.
std::vector<const model::Function*> called_functions(const model::Workspace& workspace) {
  std::vector<const model::Function*> called;
  for (const model::Function& function : workspace.functions) {
    const bool checked =
        std::any_of(function.checks.begin(), function.checks.end(), [](const model::Check& check) {
          return check.stage == model::CheckStage::kPromotion &&
                 std::holds_alternative<model::EventCheck>(check.what);
        });
    if (checked) called.push_back(&function);
  }
  return called;
}

}  // namespace

Result<const model::EnvironmentSettings*> deployable(const Session& session, const std::string& name) {
  LAMELLA_TRY_ASSIGN(const auto* environment, session.require_environment(name));
  if (environment->is_local()) return environment;
  return Error(ErrorCode::kUsage, fmt::format("deploying to {} is not built yet", name))
      .at(environment->position)
      .remedy("deploy to `local`, where the same client code runs against the embedded endpoint");
}

Error failure_of(const deploy::DeployReport& report) {
  const std::string why = report.reasons.empty() ? "" : report.reasons.front().text;
  const bool untouched =
      report.outcome == engine::Outcome::kRolledBack || report.outcome == engine::Outcome::kAborted;
  return Error(report.code, fmt::format("the deployment to {} {}", report.environment,
                                        untouched ? "was taken back" : "did not succeed"))
      .because(why)
      .remedy(untouched ? "every alias is where it was; mend the cause and deploy again"
                        : "run `lamella deploy local` again: it goes on from what is there");
}

Result<Outcome> plan(const Setting& setting, const std::string& environment) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto* to, deployable(*session, environment));
  LAMELLA_TRY_ASSIGN(const auto host, LocalHost::join_or_host(*session));
  LAMELLA_TRY_ASSIGN(const auto deploying, Deploying::start(*session, *host, *to));
  LAMELLA_TRY_ASSIGN(const auto made, deploying->plan());
  Outcome outcome{engine::to_value(made), {}};
  warn_of_deprecated_runtimes(*session, outcome.record);
  return outcome;
}

Result<deploy::DeployReport> deploy_to(Session& session, LocalHost& host,
                                       const model::EnvironmentSettings& environment) {
  LAMELLA_TRY_ASSIGN(const auto deploying, Deploying::start(session, host, environment));
  LAMELLA_TRY_ASSIGN(const auto made, deploying->plan());
  return deploying->apply(made);
}

Result<Outcome> deploy(const Setting& setting, const std::string& environment) {
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(const auto* to, deployable(*session, environment));
  LAMELLA_TRY(require_runtime_clients(*session, called_functions(session->workspace())));
  LAMELLA_TRY(build_workspace(*session, {}, LockPolicy::kMakeMissing));
  LAMELLA_TRY_ASSIGN(const auto host, LocalHost::join_or_host(*session));
  LAMELLA_TRY_ASSIGN(const auto report, deploy_to(*session, *host, *to));
  Outcome outcome{deploy::to_value(report), {}};
  if (!report.succeeded()) outcome.error = failure_of(report);
  return outcome;
}

}  // namespace lamella::commands
