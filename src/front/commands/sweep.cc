// SPDX-License-Identifier: Apache-2.0
#include "commands/sweep.h"

#include <fmt/format.h>

#include <chrono>
#include <map>

#include "base/digest.h"
#include "base/units.h"
#include "build/artifact_files.h"
#include "commands/status.h"
#include "os/clock.h"

namespace lamella::commands {
namespace {

constexpr std::chrono::hours kGrace{24 * 7};
constexpr int kDeploymentsKept = 3;  // of each environment

/// The manifest and the journal are read only where a zip is old enough to go.
Result<build::Swept> sweep(Session& session) {
  const auto now =
      std::chrono::duration_cast<std::chrono::nanoseconds>(os::system_clock().wall().time_since_epoch());
  LAMELLA_TRY_ASSIGN(const auto old, build::old_zips(session.root(), now.count(), kGrace));
  if (old.empty()) return build::Swept();
  LAMELLA_TRY_ASSIGN(const auto deployments, deployments_of(session));
  std::set<std::string> keep;
  std::map<std::string, int> seen;
  for (auto one = deployments.rbegin(); one != deployments.rend(); ++one) {
    if (++seen[one->environment] > kDeploymentsKept) continue;
    for (const document::Value& intent : one->intents) add_digests(intent, keep);
  }
  return build::sweep_zips(old, build::load_manifest(session.root()), keep);
}

}  // namespace

void add_digests(const document::Value& value, std::set<std::string>& briefs) {
  if (const auto* text = value.as_string()) {
    if (const auto digest = Digest::from_hex(*text)) briefs.insert(digest->brief());
  }
  if (const auto* list = value.as_array()) {
    for (const document::Value& one : *list) add_digests(one, briefs);
  }
  if (const auto* members = value.as_object()) {
    for (const auto& member : *members) add_digests(member.value, briefs);
  }
}

void sweep_old_zips(Session& session) {
  const auto swept = sweep(session);
  if (!swept) {
    session.events().emit({.kind = "artifacts.not-swept",
                           .subject = "old zips",
                           .text = "cannot be removed: " + swept.error().what(),
                           .severity = base::Severity::kWarning});
  } else if (swept->files > 0) {
    session.events().emit(
        {.kind = "artifacts.swept",
         .subject = "old zips",
         .text = fmt::format("{} removed, {}: no build and none of the last deployments refers to them",
                             swept->files, base::format_size(swept->bytes))});
  }
}

}  // namespace lamella::commands
