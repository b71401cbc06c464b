// SPDX-License-Identifier: Apache-2.0
#include "build/attest.h"

#include "os/file.h"
#include "package/command_output.h"
#include "proof/bill.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using model::ArtifactKind;

const resolve::LockFile* lock_of(const std::vector<GroupLock>& locks, const ArtifactPlan& plan) {
  const bool layer = plan.kind == ArtifactKind::kLayer;
  for (const GroupLock& one : locks) {
    const bool member = layer ? one.group.has_layer(plan.name) : one.group.has_function(plan.name);
    if (one.group.target == plan.target && member) return &one.lock;
  }
  return nullptr;
}

/// "urllib3[socks]" needs urllib3.
std::vector<std::string> names_of(const resolve::LockedPackage* package) {
  std::vector<std::string> names;
  if (package == nullptr) return names;
  for (const auto& [extra, needs] : package->needs) {
    for (const std::string& need : needs) names.push_back(need.substr(0, need.find('[')));
  }
  return names;
}

/// What a wheel that is built here is made from and with; a project's own files are told by its folder.
void add_origin(const package::SourceBuild& source, proof::BilledPackage& billed) {
  const auto file = [](const package::Wheel& wheel) {
    return proof::BilledFile{wheel.filename, wheel.sha256, wheel.url};
  };
  if (source.archive) billed.source = file(*source.archive);
  for (const package::Wheel& wheel : source.requirements) billed.built_with.push_back(file(wheel));
  billed.built_on = source.interpreter;
  if (source.compiled_by) billed.compiled_by = source.compiled_by->name;
}

/// What a command of the workspace made, and of what.
Result<> add_command(const Tools& tools, const package::CommandRun& command, proof::Bill& bill) {
  LAMELLA_TRY_ASSIGN(const auto output, package::find_output(tools.store, tools.actions, command));
  for (const auto& file : output.value_or(package::CommandOutput{}).files)
    bill.files.push_back({file.name, file.sha256});
  for (const package::LocalFile& file : command.files) bill.inputs.push_back({file.name, file.sha256});
  bill.command = command.run;
  bill.network = command.network;
  return {};
}

Result<proof::Bill> bill_of(const Tools& tools, const model::Workspace& workspace,
                            const resolve::LockFile* lock, const ArtifactPlan& plan,
                            const model::Artifact& artifact) {
  proof::Bill bill;
  bill.kind = plan.kind;
  bill.name = plan.name;
  bill.target = plan.target;
  bill.zip = fs::path(artifact.path).filename().string();
  bill.sha256 = artifact.sha256;
  if (plan.kind == ArtifactKind::kLayer) bill.licence = workspace.find_layer(plan.name)->licence;
  for (const package::Recipe& recipe : plan.wheels) {
    const package::Wheel& wheel = recipe.wheel;
    proof::BilledPackage billed{
        wheel.distribution, wheel.version,
        wheel.filename,     wheel.url,
        wheel.sha256,       names_of(lock == nullptr ? nullptr : lock->find(wheel.distribution))};
    if (recipe.source) add_origin(*recipe.source, billed);
    bill.packages.push_back(std::move(billed));
  }
  if (plan.archive) bill.files.push_back({plan.archive->name, plan.archive->sha256, plan.archive->url});
  if (plan.command) LAMELLA_TRY(add_command(tools, plan.command->command, bill));
  if (plan.local) {
    for (const package::LocalFile& file : plan.local->files) bill.files.push_back({file.name, file.sha256});
  }
  bill.parts = artifact.packages;
  bill.key = plan.key();
  if (plan.interpreter) bill.interpreter = plan.interpreter->version;
  return bill;
}

}  // namespace

std::array<fs::path, 2> attestations_of(const fs::path& zip) {
  return {zip.string() + ".cdx.json", zip.string() + ".intoto.json"};
}

Result<> attest(const Tools& tools, const model::Workspace& workspace, const std::vector<GroupLock>& locks,
                const ArtifactPlan& plan, const model::Artifact& artifact) {
  const auto files = attestations_of(tools.workspace / artifact.path);
  LAMELLA_TRY_ASSIGN(const proof::Bill bill, bill_of(tools, workspace, lock_of(locks, plan), plan, artifact));
  LAMELLA_TRY(os::write_file_atomic(files[0], render_bill_of_materials(bill)));
  return os::write_file_atomic(files[1], render_provenance(bill));
}

}  // namespace lamella::build
