// SPDX-License-Identifier: Apache-2.0
//
// The part of a round that makes one artifact's zip.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "build/attest.h"
#include "build/clash.h"
#include "build/job.h"
#include "build/made.h"
#include "build/round.h"
#include "build/stale.h"
#include "os/directory.h"

namespace lamella::build {

namespace fs = std::filesystem;
using model::ArtifactAction;

namespace {

/// One line each.
std::string reasons_of(const model::Artifact& artifact) {
  std::vector<std::string_view> texts;
  for (const Reason& reason : artifact.reasons) texts.emplace_back(reason.text);
  return fmt::format("{}", fmt::join(texts, "\n"));
}

}  // namespace

Result<> Round::assemble_one(std::size_t i) {
  const ArtifactPlan& plan = plans_[i];
  const Job timer(in_.tools.events, "assemble", plan.name);
  Made made = made_of(plan, segments_);
  made.artifact.reasons = manifest_.made[i].artifact.reasons;
  made.bought = bought_of(plan, rules_);
  std::vector<Digest> blobs;
  for (const Part& part : made.parts) blobs.push_back(part.segment.blob);
  auto shared = zip_of_twin(i, made.artifact);
  if (!shared) {
    auto own = zip_of(plan, blobs, made.artifact);
    if (!own) {
      return with_origins(std::move(own).error(), in_.tools.store, plan, made.parts, in_.tools.workspace);
    }
    shared = *std::move(own);
  }
  const package::Assembled& zip = *shared;
  made.artifact.path = zip.path.lexically_relative(in_.tools.workspace).string();
  made.artifact.sha256 = zip.facts.sha256;
  made.artifact.zipped_bytes = zip.facts.zipped_bytes;
  made.artifact.unzipped_bytes = zip.facts.unzipped_bytes;
  LAMELLA_TRY(attest(in_.tools, in_.workspace, in_.locks, plan, made.artifact));
  in_.tools.events.emit({.kind = "artifact.built",
                         .subject = plan.name,
                         .text = fmt::format("{} {}", to_string(made.artifact.action), to_string(plan.kind)),
                         .fields = {{"reasons", reasons_of(made.artifact)}}});
  manifest_.made[i] = std::move(made);
  return {};
}

/// The zip of an artifact of the same content, under this one's name; nullopt if there is none, or no link.
std::optional<package::Assembled> Round::zip_of_twin(std::size_t i, model::Artifact& artifact) {
  const auto twin = twin_of_.find(i);
  if (twin == twin_of_.end() || fates_->lost(twin->second)) return std::nullopt;
  const model::Artifact& other = manifest_.made[twin->second].artifact;
  const fs::path path =
      package::zip_path(artifact_folder(in_.tools.workspace), plans_[i].stem(), other.sha256);
  if (!zip_is_intact(in_.tools.workspace, path, other.zipped_bytes, other.sha256)) {
    if (!os::remove_path(path) || !os::make_hard_link(in_.tools.workspace / other.path, path))
      return std::nullopt;
  }
  artifact.action = ArtifactAction::kReused;
  artifact.reasons.push_back(
      {"same-content", other.name, "", "",
       fmt::format("{} {} has the same content: made once", to_string(other.kind), other.name)});
  return package::Assembled{{other.sha256, other.zipped_bytes, other.unzipped_bytes, 0}, path};
}

/// The zip: one from an earlier build if these segments gave it and it is still there, else a new one.
Result<package::Assembled> Round::zip_of(const ArtifactPlan& plan, const std::vector<Digest>& blobs,
                                         model::Artifact& artifact) {
  const fs::path folder = artifact_folder(in_.tools.workspace);
  if (blobs.empty()) {
    return Error(ErrorCode::kRejected, fmt::format("{} {} would be empty", to_string(plan.kind), plan.name))
        .because("it has no requirements, packages or files, or all of them come from what it depends on")
        .remedy("give it content, or remove it from lamella.toml");
  }
  if (plan.as_it_is) return archive_of(plan, artifact);
  if (again() == Again::kNothing) {
    LAMELLA_TRY_ASSIGN(const auto known, package::known_zip(in_.tools.actions, blobs));
    const fs::path path = known ? package::zip_path(folder, plan.stem(), known->sha256) : fs::path();
    if (known && zip_is_intact(in_.tools.workspace, path, known->zipped_bytes, known->sha256)) {
      artifact.action = ArtifactAction::kReused;
      return package::Assembled{*known, path};
    }
  }
  artifact.action = ArtifactAction::kBuilt;
  return package::assemble(in_.tools.store, in_.tools.actions, blobs, folder, plan.stem());
}

/// The archive's own bytes; its segment only shows that they are fit to be a layer.
Result<package::Assembled> Round::archive_of(const ArtifactPlan& plan, model::Artifact& artifact) {
  const Digest& sha256 = plan.archive->sha256;
  const package::SegmentRecord& read = segments_.at(plan.archive->key());
  const package::ZipFacts facts{sha256, read.wheel_zipped_bytes, read.unzipped_bytes, read.entries};
  const fs::path folder = artifact_folder(in_.tools.workspace);
  const fs::path path = package::zip_path(folder, plan.stem(), sha256);
  const bool there = zip_is_intact(in_.tools.workspace, path, facts.zipped_bytes, sha256);
  artifact.action = there ? ArtifactAction::kReused : ArtifactAction::kBuilt;
  if (there && again() == Again::kNothing) return package::Assembled{facts, path};
  LAMELLA_TRY(bring_archive(in_.tools, *plan.archive, in_.stop));
  return package::place_as_it_is(in_.tools.store, sha256, facts, folder, plan.stem());
}

}  // namespace lamella::build
