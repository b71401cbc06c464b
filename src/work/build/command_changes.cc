// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <set>

#include "build/content_changes.h"
#include "build/setting_changes.h"

namespace lamella::build {
namespace {

Settings settings_of(const model::Layer* layer) {
  if (layer == nullptr || !layer->command) return {};
  const model::Command& command = *layer->command;
  std::set<std::string> tools;
  for (const model::PlacedText& tool : command.tools) tools.insert(tool.text);
  return {{"command.run", command.run},
          {"command.output", command.output.text},
          {"command.tools", fmt::format("{}", fmt::join(tools, ", "))},
          {"command.network", command.network ? "true" : "false"}};
}

}  // namespace

std::vector<Cause> command_changes(const Pair& pair) {
  std::vector<Cause> causes;
  for (Reason& reason : setting_changes(settings_of(pair.layer_before), settings_of(pair.layer))) {
    std::vector<std::string> path{fmt::format("setting layers.{}.{}", pair.name.name, reason.subject),
                                  pair.name.node()};
    causes.push_back({std::move(reason), std::move(path)});
  }
  return causes;
}

}  // namespace lamella::build
