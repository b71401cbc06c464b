// SPDX-License-Identifier: Apache-2.0
#include "commands/idle_sources.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <string>

#include "base/suggest.h"
#include "resolve/closure.h"

namespace lamella::commands {
namespace {

/// Of every target.
std::set<std::string> packages_of(const model::Layer& layer, const std::vector<build::GroupLock>& locks) {
  std::set<std::string> names;
  for (const build::GroupLock& one : locks) {
    if (!one.group.has_layer(layer.name)) continue;
    const auto closure = resolve::closure_of(one.lock, resolve::RootKind::kLayer, layer.name);
    if (!closure) continue;
    for (const resolve::LockedPackage* package : *closure) names.insert(package->name);
  }
  return names;
}

}  // namespace

void tell_idle_sources(const Session& session, const std::vector<build::GroupLock>& locks) {
  for (const model::Layer& layer : session.workspace().layers) {
    if (layer.allow_source.empty()) continue;
    const std::set<std::string> packages = packages_of(layer, locks);
    for (const model::PlacedText& name : layer.allow_source) {
      if (packages.contains(name.text)) continue;
      const auto near = base::nearest(name.text, std::vector<std::string>(packages.begin(), packages.end()));
      session.events().emit({.kind = "rule.idle",
                             .subject = layer.name,
                             .text = fmt::format("allow_source '{}' matches nothing{}", name.text,
                                                 near ? fmt::format("; did you mean '{}'?", *near) : ""),
                             .severity = base::Severity::kWarning});
    }
  }
}

}  // namespace lamella::commands
