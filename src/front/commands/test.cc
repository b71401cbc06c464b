// SPDX-License-Identifier: Apache-2.0
#include "commands/test.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "build/testing.h"
#include "commands/affected.h"
#include "commands/build.h"
#include "commands/lock.h"
#include "os/clock.h"

namespace lamella::commands {
namespace {

using document::Value;
using model::ArtifactKind;

/// What is tested, in the workspace's order, and what cannot be because it declares nothing.
struct Selection {
  std::set<std::string> names;
  Value without = Value::array();
};

Selection select(const model::Workspace& workspace,
                 const std::set<std::pair<ArtifactKind, std::string>>* of) {
  Selection selection;
  const auto look = [&](ArtifactKind kind, const std::string& name, const model::Tests& tests) {
    if (of != nullptr && !of->contains({kind, name})) return;
    if (tests.declared())
      selection.names.insert(name);
    else
      selection.without.push_back(Value::object({{"kind", to_string(kind)}, {"name", name}}));
  };
  for (const model::Layer* layer : workspace.build_order())
    look(ArtifactKind::kLayer, layer->name, layer->tests);
  for (const model::Function& function : workspace.functions)
    look(ArtifactKind::kFunction, function.name, function.tests);
  return selection;
}

Result<Selection> selection_of(const Session& session, const TestOptions& options) {
  std::set<std::pair<ArtifactKind, std::string>> wanted;
  if (!options.affected.empty()) {
    if (!options.names.empty()) {
      return Error(ErrorCode::kUsage, "names and --affected exclude each other")
          .remedy("name what to test, or a revision to compare with");
    }
    LAMELLA_TRY_ASSIGN(const auto compared,
                       compare(session.setting(), {.since = options.affected, .merge_base = {}, .to = {}}));
    for (const auto* set : {&compared.impact.rebuild, &compared.impact.recheck}) {
      for (const build::Impacted& item : *set) wanted.emplace(item.kind, item.name);
    }
    return select(session.workspace(), &wanted);
  }
  LAMELLA_TRY(session.require_names(options.names));
  if (options.names.empty()) return select(session.workspace(), nullptr);
  for (const std::string& name : options.names) {
    wanted.emplace(ArtifactKind::kLayer, name);
    wanted.emplace(ArtifactKind::kFunction, name);
  }
  return select(session.workspace(), &wanted);
}

Value record_of(const build::Tested& tested) {
  const bool ran =
      tested.outcome == build::TestOutcome::kPassed || tested.outcome == build::TestOutcome::kFailed;
  Value reasons = Value::array();
  if (!tested.reason.kind.empty()) reasons.push_back(model::to_value(tested.reason));
  const bool failed = tested.outcome == build::TestOutcome::kFailed;
  return Value::object({{"kind", to_string(tested.kind)},
                        {"name", tested.name},
                        {"target", model::short_name(tested.target)},
                        {"sha256", tested.sha256.hex()},
                        {"command", Value::array_of(tested.command)},
                        {"outcome", to_string(tested.outcome)},
                        {"reasons", std::move(reasons)},
                        {"exit_code", ran ? Value(tested.run.exit_code) : Value()},
                        {"duration_ms", ran ? Value(tested.run.duration.count()) : Value()},
                        {"output", failed ? Value(tested.run.output) : Value()}});
}

Error refusal(const build::Tested& tested) {
  const std::string why = tested.run.trouble.empty()
                              ? fmt::format("`{}` ended with exit status {}", fmt::join(tested.command, " "),
                                            tested.run.exit_code)
                              : tested.run.trouble;
  return Error(ErrorCode::kRefused,
               fmt::format("the tests of {} {} did not pass", to_string(tested.kind), tested.name))
      .because(why)
      .remedy(fmt::format("run `lamella test {}` after mending it", tested.name));
}

std::vector<Error> errors_of(const std::vector<build::Tested>& tests) {
  std::vector<Error> errors;
  for (const build::Tested& tested : tests) {
    if (tested.outcome == build::TestOutcome::kFailed) errors.push_back(refusal(tested));
  }
  const bool none_ran = std::all_of(tests.begin(), tests.end(), [](const build::Tested& tested) {
    return tested.outcome == build::TestOutcome::kSkipped;
  });
  if (none_ran && !tests.empty()) {
    errors.push_back(Error(ErrorCode::kToolMissing, "none of the tests can run on this machine")
                         .because(tests.front().reason.text)
                         .remedy("run them on a machine of that architecture"));
  }
  return errors;
}

Result<std::vector<build::Tested>> run_tests(Session& session, const TestOptions& options,
                                             const std::set<std::string>& names) {
  if (names.empty()) return std::vector<build::Tested>();
  BuildOptions wanted;
  wanted.names.assign(names.begin(), names.end());
  LAMELLA_TRY(build_workspace(session, wanted, LockPolicy::kMakeMissing));
  LAMELLA_TRY_ASSIGN(const auto locks, ready_locks(session, LockPolicy::kFrozen));
  LAMELLA_TRY_ASSIGN(const auto test_locks, ready_test_locks(session, locks, LockPolicy::kMakeMissing));
  LAMELLA_TRY_ASSIGN(const build::Tools* tools, session.tools());
  return build::test_built(*tools, session.workspace(), locks, test_locks, names, options.force,
                           session.stop());
}

}  // namespace

Result<Outcome> test(const Setting& setting, const TestOptions& options) {
  const auto start = os::system_clock().monotonic();
  LAMELLA_TRY_ASSIGN(const auto session, Session::open(setting));
  LAMELLA_TRY_ASSIGN(Selection selection, selection_of(*session, options));
  LAMELLA_TRY_ASSIGN(const auto tests, run_tests(*session, options, selection.names));
  Outcome outcome{new_record(), {}};
  Value& list = outcome.record.set("tests", Value::array());
  for (const build::Tested& tested : tests) list.push_back(record_of(tested));
  outcome.record.set("without", std::move(selection.without));
  const auto elapsed = os::system_clock().monotonic() - start;
  outcome.record.set("elapsed_ms", std::chrono::duration_cast<std::chrono::milliseconds>(elapsed).count());
  outcome.fail(errors_of(tests));
  return outcome;
}

}  // namespace lamella::commands
