// SPDX-License-Identifier: Apache-2.0
#include "commands/affected.h"

#include <fmt/format.h>

#include <future>

#include "base/tree_text.h"
#include "config/rule_packs.h"
#include "config/workspace_file.h"
#include "model/artifact.h"
#include "os/directory_tree.h"

namespace lamella::commands {
namespace {

using document::Value;

struct Ends {
  change::Revision from;
  std::optional<change::Revision> to;  ///< nullopt: the working tree
};

Result<Ends> ends_of(const change::GitRepository& repository, const AffectedOptions& options) {
  Ends ends;
  if (!options.to.empty()) {
    LAMELLA_TRY_ASSIGN(ends.to, repository.revision(options.to));
  }
  if (options.merge_base.empty()) {
    LAMELLA_TRY_ASSIGN(ends.from, repository.revision(options.since));
    return ends;
  }
  LAMELLA_TRY_ASSIGN(const auto other, repository.revision(options.merge_base));
  change::Revision here = ends.to.value_or(change::Revision{});
  if (!ends.to) {
    LAMELLA_TRY_ASSIGN(here, repository.revision("HEAD"));
  }
  LAMELLA_TRY_ASSIGN(ends.from, repository.merge_base(other, here));
  return ends;
}

/// The workspace of a tree that has one.
struct Read {
  std::string text;
  Result<model::Workspace> workspace;
};
Result<std::optional<Read>> read_workspace(const base::FileTree& tree) {
  LAMELLA_TRY_ASSIGN(auto text, base::read_text(tree, kWorkspaceFile));
  if (!text) return std::optional<Read>();
  auto workspace = config::parse_workspace(*text, kWorkspaceFile);
  return std::optional(Read{*std::move(text), std::move(workspace)});
}

/// The later side: it must be whole.
Result<build::Side> later_side(const change::Snapshot& tree, const std::optional<Read>& read,
                               os::ThreadPool& pool) {
  if (!read) {
    return Error(ErrorCode::kUsage, fmt::format("{} has no {}", tree.name(), kWorkspaceFile))
        .remedy("compare with a revision that has the workspace");
  }
  if (!read->workspace)
    return Error(read->workspace.error())
        .while_doing(fmt::format("reading {} of {}", kWorkspaceFile, tree.name()));
  return build::read_side(tree, *read->workspace, build::Broken::kRefused, pool);
}

/// The earlier side: what it lacks, or what nobody can read any more, makes the later one new.
Result<build::Side> earlier_side(const change::Snapshot& tree, const build::Side& later,
                                 const std::string& later_text, os::ThreadPool& pool) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, kWorkspaceFile));
  build::Side none{.tree = &tree};
  if (!text) return none;
  if (*text == later_text) return build::read_side(tree, *later.workspace, build::Broken::kTolerated, pool);
  auto workspace = config::parse_workspace(*text, kWorkspaceFile);
  if (workspace) return build::read_side(tree, *std::move(workspace), build::Broken::kTolerated, pool);
  none.troubles.push_back(
      {"unreadable", std::string(kWorkspaceFile), "", "",
       fmt::format("{} of {} cannot be read: {}", kWorkspaceFile, tree.name(), workspace.error().what())});
  return none;
}

Value to_value(const build::Impacted& item) {
  Value targets = Value::array();
  for (const model::Target& target : item.targets) targets.push_back(model::short_name(target));
  Value reasons = Value::array();
  for (const build::Cause& cause : item.causes) {
    Value& reason = reasons.push_back(model::to_value(cause.reason));
    reason.set("path", Value::array_of(cause.path));
  }
  return Value::object({{"kind", to_string(item.kind)},
                        {"name", item.name},
                        {"targets", std::move(targets)},
                        {"reasons", std::move(reasons)}});
}

Value to_value(const std::vector<build::Impacted>& items) {
  Value list = Value::array();
  for (const build::Impacted& item : items) list.push_back(to_value(item));
  return list;
}

Value to_value(const std::optional<change::Revision>& revision) {
  if (!revision) return Value::object({{"revision", nullptr}, {"commit", nullptr}});
  return Value::object({{"revision", revision->text}, {"commit", revision->commit}});
}

}  // namespace

Result<Compared> compare(const Setting& setting, const AffectedOptions& options) {
  if (options.since.empty() == options.merge_base.empty()) {
    return Error(ErrorCode::kUsage,
                 "say what to compare with: --since REF or --merge-base REF, one of the two")
        .remedy("for example: lamella affected --since HEAD~1");
  }
  LAMELLA_TRY_ASSIGN(const auto root, find_workspace(setting.project));
  // The working tree's workspace is read while libgit2 starts, which takes as long.
  const os::DirectoryTree disk(root);
  auto reading = std::async(options.to.empty() ? std::launch::async : std::launch::deferred,
                            [&] { return read_workspace(disk); });
  LAMELLA_TRY_ASSIGN(const auto repository, change::GitRepository::find(root));
  LAMELLA_TRY_ASSIGN(const Ends ends, ends_of(*repository, options));
  LAMELLA_TRY_ASSIGN(const auto before, repository->at(ends.from));
  LAMELLA_TRY_ASSIGN(const auto after, ends.to ? repository->at(*ends.to) : repository->working_tree());

  os::ThreadPool pool;
  LAMELLA_TRY_ASSIGN(const auto read, ends.to ? read_workspace(*after) : reading.get());
  LAMELLA_TRY_ASSIGN(build::Side later, later_side(*after, read, pool));
  LAMELLA_TRY(build::note_plain_ids(later, pool, setting.stop));
  LAMELLA_TRY_ASSIGN(const auto shared, change::SharedSnapshot::make(*before, *after, later.plain_ids, pool));
  LAMELLA_TRY_ASSIGN(const build::Side earlier, earlier_side(shared, later, read->text, pool));
  LAMELLA_TRY_ASSIGN(const auto packs, config::built_in_rule_packs());
  LAMELLA_TRY_ASSIGN(auto impact, build::impact_of(packs, earlier, later, pool, setting.stop));
  return Compared{ends.from, ends.to, std::move(impact)};
}

Result<Outcome> affected(const Setting& setting, const AffectedOptions& options) {
  LAMELLA_TRY_ASSIGN(const auto compared, compare(setting, options));
  const build::Impact& impact = compared.impact;
  Outcome outcome{new_record(), {}};
  outcome.record.set("from", to_value(std::optional(compared.from)));
  outcome.record.set("to", to_value(compared.to));
  outcome.record.set("rebuild", to_value(impact.rebuild));
  outcome.record.set("recheck", to_value(impact.recheck));
  outcome.record.set("redeploy", to_value(impact.redeploy));
  outcome.record.set("removed", to_value(impact.removed));
  Value& warnings = outcome.record.set("warnings", Value::array());
  for (const Reason& reason : impact.warnings) warnings.push_back(model::to_value(reason));
  return outcome;
}

}  // namespace lamella::commands
