// SPDX-License-Identifier: Apache-2.0
#include "build/made.h"

#include <algorithm>
#include <set>

#include "os/clock.h"
#include "package/source_build.h"

namespace lamella::build {

using model::ArtifactKind;

namespace {

constexpr std::string_view kPutBack = "put back ";

/// The words of the workspace and the rules of packs for one distribution that name no file of any segment.
std::vector<std::string> idle_of(const ArtifactPlan& plan, const Made& made) {
  std::set<std::string> wanted;
  for (const package::Recipe& recipe : plan.wheels) {
    for (const model::Glob& glob : recipe.drop) wanted.insert(package::own_rule(glob));
    for (const model::Glob& glob : recipe.keep) wanted.insert("keep " + glob.text());
    for (const std::string& service : recipe.services) wanted.insert("service " + service);
    for (const package::NamedRule& named : recipe.rules) {
      if (!named.general) wanted.insert(named.name);
    }
    for (const auto& [rule, globs] : recipe.put_back) wanted.insert(std::string(kPutBack) + rule);
  }
  wanted.insert(plan.extra.begin(), plan.extra.end());
  for (const Part& part : made.parts) {
    for (const auto& [name, count] : part.segment.dropped) wanted.erase(name);
    for (const auto& [name, count] : part.segment.kept) {
      wanted.erase(name);
      // A rule that was put back whole names files all the same.
      if (name.starts_with(kPutBack)) wanted.erase(name.substr(kPutBack.size()));
    }
  }
  std::vector<std::string> idle;
  for (const std::string& name : wanted) {
    const bool asked = std::find(plan.extra.begin(), plan.extra.end(), name) != plan.extra.end();
    idle.push_back(asked ? "extra " + name : name);
  }
  return idle;
}

}  // namespace

std::vector<Bought> bought_of(const ArtifactPlan& plan, const RulesLock& rules) {
  std::vector<Bought> out;
  for (const BytecodeLimit& one : rules.limits) {
    const bool here = std::any_of(plan.wheels.begin(), plan.wheels.end(), [&](const package::Recipe& recipe) {
      return plan.kind == ArtifactKind::kLayer && one.layer == plan.name && recipe.bytecode.only_for &&
             recipe.wheel.distribution == one.distribution;
    });
    if (here) {
      out.push_back(
          {one.distribution, one.modules.size(), one.bytes, one.saved_us, one.without, one.without_us});
    }
  }
  return out;
}

Made made_of(const ArtifactPlan& plan, const Segments& segments) {
  Made made;
  made.key = plan.key();
  made.built_at = os::system_clock().timestamp();
  made.artifact.kind = plan.kind;
  made.artifact.name = plan.name;
  made.artifact.target = plan.target;
  made.as_it_is = plan.as_it_is;
  for (const Digest& key : plan.segment_keys()) {
    const package::SegmentRecord& segment = segments.at(key);
    made.parts.push_back({key, segment});
    made.artifact.packages.push_back({segment.distribution, segment.version, segment.unzipped_bytes});
  }
  if (plan.local) {
    for (const auto& file : plan.local->files) made.files[file.name] = file.sha256;
  }
  for (const package::Recipe& recipe : plan.wheels) {
    if (!recipe.source) continue;
    for (const auto& file : recipe.source->files)
      made.files[project_file(*recipe.source, file)] = file.sha256;
  }
  if (plan.command) {
    for (const auto& file : plan.command->command.files) made.files[command_file(file)] = file.sha256;
  }
  made.idle = idle_of(plan, made);
  return made;
}

}  // namespace lamella::build
