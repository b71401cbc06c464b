// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "base/units.h"
#include "config/read_workspace.h"
#include "config/workspace_path.h"

namespace lamella::config {
namespace {

using document::Value;

/// "src/native/**/*.c" begins in "src/native".  Nothing stands before the first '/' that a pattern character
/// follows in "*.c", so that the whole workspace would have to be looked through.
Result<model::CommandInput> read_pattern(const Value& value, std::size_t wild) {
  const std::string& text = *value.as_string();
  const auto slash = text.rfind('/', wild);
  if (slash == std::string::npos || slash == 0) {
    return Error(ErrorCode::kUsage, fmt::format("the pattern '{}' does not begin with a folder", text))
        .because("all of the workspace would have to be looked through")
        .remedy("name the folder in front: \"native/**\"");
  }
  LAMELLA_TRY_ASSIGN(model::Glob glob, model::Glob::parse(text));
  LAMELLA_TRY_ASSIGN(std::string folder, normalised_path(std::string_view(text).substr(0, slash)));
  if (folder != std::string_view(text).substr(0, slash)) {
    return Error(ErrorCode::kUsage, fmt::format("the pattern '{}' can match nothing", text))
        .remedy(fmt::format("write its folder as '{}'", folder));
  }
  return model::CommandInput{{std::move(folder), value.position()}, std::move(glob)};
}

Result<model::CommandInput> read_input(const Value& value, const SourceFile& source) {
  const auto wild = value.as_string()->find_first_of("*?[");
  if (wild != std::string::npos) {
    auto input = read_pattern(value, wild);
    if (!input) return source.at(std::move(input).error(), value.position());
    return input;
  }
  auto path = normalised_path(*value.as_string());
  if (!path) return source.at(std::move(path).error(), value.position());
  return model::CommandInput{{*std::move(path), value.position()}, std::nullopt};
}

Result<> check_tool(const model::PlacedText& tool, const SourceFile& source) {
  if (!tool.text.empty() && tool.text.find_first_of("/ \t\n") == std::string::npos) return {};
  return source.usage(fmt::format("'{}' is no program's name", tool.text), tool.position)
      .remedy("name it as the shell finds it: \"go\"");
}

}  // namespace

Result<std::optional<model::Command>> read_command(const Value& table, const SourceFile& source) {
  const Value* value = table.find("command");
  if (value == nullptr) return std::optional<model::Command>();
  model::Command command{.run = std::string(value->text("run")), .position = value->find("run")->position()};
  if (command.run.find_first_not_of(" \t\n") == std::string::npos)
    return source.usage("the command is empty", command.position);
  for (const Value& one : value->items("inputs")) {
    LAMELLA_TRY_ASSIGN(auto input, read_input(one, source));
    command.inputs.push_back(std::move(input));
  }
  const Value& output = *value->find("output");
  LAMELLA_TRY_ASSIGN(std::string folder, normalised_path(*output.as_string()));
  command.output = {std::move(folder), output.position()};
  for (const model::CommandInput& input : command.inputs) {
    const std::string& place = input.place.text;
    if (place != command.output.text && !place.starts_with(command.output.text + "/")) continue;
    return source.usage(fmt::format("'{}' is an input and lies in the output", place), input.place.position)
        .because("what the command leaves in its output is the layer, and nothing else is")
        .remedy("let it write into a folder of its own");
  }
  command.tools = placed_texts(*value, "tools");
  for (const model::PlacedText& tool : command.tools) LAMELLA_TRY(check_tool(tool, source));
  command.network = value->boolean("network");
  if (const Value* timeout = value->find("timeout")) {
    LAMELLA_TRY_ASSIGN(command.timeout, base::parse_duration(*timeout->as_string()));
    if (command.timeout.count() <= 0) return source.usage("no command ends in no time", timeout->position());
  }
  return std::optional(std::move(command));
}

}  // namespace lamella::config
