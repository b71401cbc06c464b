// SPDX-License-Identifier: Apache-2.0
#include "build/setting_changes.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

#include "build/rules_lock.h"
#include "document/json.h"

namespace lamella::build {
namespace {

using document::Value;

std::string joined(const std::vector<std::string>& texts) {
  return fmt::format("{}", fmt::join(texts, ", "));
}

std::string joined(const std::vector<model::Glob>& globs) {
  std::vector<std::string> texts;
  for (const model::Glob& glob : globs) texts.push_back(glob.text());
  return joined(texts);
}

std::string joined(const std::vector<model::PlacedText>& places) {
  std::vector<std::string> texts;
  for (const model::PlacedText& place : places) texts.push_back(place.text);
  return joined(texts);
}

std::string json(const std::optional<Value>& value) {
  return value ? document::canonical_json(*value) : std::string();
}

std::string text_of(const model::Expectation& expect) {
  return fmt::format("path={} equals={} exists={} matches={} below={} error={} status={}",
                     expect.path ? model::to_string(*expect.path) : "", json(expect.equals),
                     expect.exists ? (*expect.exists ? "yes" : "no") : "", expect.matches.value_or(""),
                     expect.below ? fmt::format("{}", *expect.below) : "", expect.error.value_or(""),
                     expect.status ? fmt::format("{}", *expect.status) : "");
}

struct TextOfCheck {
  std::string operator()(const model::EventCheck& check) const {
    const auto* inline_event = std::get_if<Value>(&check.event);
    const std::string event = inline_event != nullptr ? document::canonical_json(*inline_event)
                                                      : std::get<model::PlacedText>(check.event).text;
    return fmt::format("event {} {}", event, text_of(check.expect));
  }
  std::string operator()(const model::HttpCheck& check) const {
    std::string query;
    for (const auto& [name, value] : check.query) query += fmt::format(" {}={}", name, value);
    return fmt::format("http {} {}{} {} {}", check.method, check.path, query, json(check.body),
                       text_of(check.expect));
  }
  std::string operator()(const model::ScriptCheck& check) const { return "script " + check.path.text; }
  std::string operator()(const model::CommandCheck& check) const { return "command " + check.command; }
};

void add_checks(const std::vector<model::Check>& checks, Settings& settings) {
  for (const model::Check& check : checks) {
    const std::string timeout = check.timeout ? fmt::format("{} ms", check.timeout->count()) : "";
    settings["check " + check.name] =
        fmt::format("{} {} {}", to_string(check.stage), timeout, std::visit(TextOfCheck(), check.what));
  }
}

void add_budget(const model::Budget& budget, Settings& settings, const std::string& before = {}) {
  if (budget.unzipped) settings[before + "budget.unzipped"] = std::to_string(*budget.unzipped);
  if (budget.zipped) settings[before + "budget.zipped"] = std::to_string(*budget.zipped);
}

void add_variables(const model::Function& function, Settings& settings) {
  for (const auto& [name, value] : function.environment) settings["environment." + name] = to_string(value);
}

void add_tests(const model::Tests& tests, Settings& settings) {
  if (!tests.declared()) return;
  settings["tests"] = fmt::format("{}", fmt::join(tests.command, " "));
  settings["test_files"] = joined(tests.files);
  settings["test_requirements"] =
      tests.requirements.file ? tests.requirements.file->text : joined(tests.requirements.listed);
}

/// Checks and variables: what is in them is not for a report.
bool is_shown(const std::string& name) {
  return !name.starts_with("environment.") && !name.starts_with("check ");
}

std::vector<std::string> rule_names(const package::Recipe& recipe) {
  std::vector<std::string> names;
  for (const package::NamedRule& rule : recipe.rules) names.push_back(rule.name);
  return names;
}

}  // namespace

Settings proof_settings(const model::Layer& layer) {
  Settings settings{{"imports", joined(layer.imports)}};
  add_checks(layer.checks, settings);
  add_tests(layer.tests, settings);
  add_budget(layer.budget, settings);
  return settings;
}

Settings proof_settings(const model::Function& function) {
  Settings settings{{"handler", function.handler.text},
                    {"memory", std::to_string(function.memory)},
                    {"timeout", std::to_string(function.timeout)},
                    {"reach", joined(function.reach)}};
  add_variables(function, settings);
  add_checks(function.checks, settings);
  add_tests(function.tests, settings);
  add_budget(function.budget, settings);
  return settings;
}

Settings project_settings(const model::Workspace& workspace) {
  Settings settings;
  add_budget(workspace.project.budget, settings, "project.");
  return settings;
}

Settings deploy_settings(const model::Function& function) {
  Settings settings{{"handler", function.handler.text},
                    {"memory", std::to_string(function.memory)},
                    {"timeout", std::to_string(function.timeout)},
                    {"role", function.role},
                    {"alias", function.alias},
                    {"layers", joined(function.layers)},
                    {"runtime", model::to_string(function.target.runtime)},
                    {"architecture", std::string(to_string(function.target.architecture))}};
  add_variables(function, settings);
  return settings;
}

Settings place_settings(const model::EnvironmentSettings& environment) {
  return {{"account", environment.account},
          {"regions", joined(environment.regions)},
          {"names", environment.names},
          {"role", environment.role}};
}

Settings bytecode_settings(const model::Bytecode& bytecode) {
  std::vector<std::string> words{fmt::format("default {}", to_string(bytecode.fallback))};
  if (bytecode.traced) words.push_back(fmt::format("traced {}", to_string(*bytecode.traced)));
  for (const auto& pattern : bytecode.patterns)
    words.push_back(fmt::format("{} {}", pattern.glob.text(), to_string(pattern.mode)));
  return {{"bytecode", joined(words)}};
}

std::vector<Reason> setting_changes(const Settings& before, const Settings& after,
                                    const std::string& suffix) {
  std::set<std::string> names;
  for (const auto& [name, text] : before) names.insert(name);
  for (const auto& [name, text] : after) names.insert(name);
  std::vector<Reason> reasons;
  for (const std::string& name : names) {
    const auto old = before.find(name);
    const auto now = after.find(name);
    const std::string from = old == before.end() ? "" : old->second;
    const std::string to = now == after.end() ? "" : now->second;
    if (from == to && (old == before.end()) == (now == after.end())) continue;
    if (!is_shown(name)) {
      const auto* what = old == before.end() ? "is new" : now == after.end() ? "is gone" : "changed";
      reasons.push_back({"setting-changed", name, "", "", fmt::format("{} {}{}", name, what, suffix)});
    } else {
      const auto word = [](const std::string& text) { return text.empty() ? std::string("nothing") : text; };
      reasons.push_back({"setting-changed", name, from, to,
                         fmt::format("{}: {} → {}{}", name, word(from), word(to), suffix)});
    }
  }
  return reasons;
}

std::vector<Reason> recipe_changes(const package::Recipe& before, const package::Recipe& after) {
  const auto settings = [](const package::Recipe& recipe) {
    Settings all = bytecode_settings(recipe.bytecode.settings);
    all["prune.drop"] = joined(recipe.drop);
    all["prune.keep"] = joined(recipe.keep);
    all["strip"] = recipe.strip ? "yes" : "no";
    all["layout"] = recipe.layout.prefix;
    if (recipe.source) {
      std::vector<std::string> wheels;
      for (const package::Wheel& wheel : recipe.source->requirements) wheels.push_back(wheel.filename);
      all["backend of " + recipe.wheel.distribution] = recipe.source->backend;
      all["build requirements of " + recipe.wheel.distribution] = joined(wheels);
    }
    if (!recipe.services.empty()) all["services"] = joined(recipe.services);
    all["prune rules of " + recipe.wheel.distribution] = joined(rule_names(recipe));
    return all;
  };
  std::vector<Reason> reasons = setting_changes(settings(before), settings(after));
  const std::string& name = after.wheel.distribution;
  if (before.bytecode.traced != after.bytecode.traced) {
    reasons.push_back({"placement-changed", name, "", "",
                       fmt::format("{} places the bytecode of {} elsewhere", kRulesLockPath, name)});
  }
  if (reasons.empty())
    reasons.push_back({"setting-changed", name, "", "", fmt::format("what is kept of {} changed", name)});
  return reasons;
}

std::vector<std::string> check_paths(const std::vector<model::Check>& checks) {
  std::vector<std::string> paths;
  for (const model::Check& check : checks) {
    const model::PlacedText* place = nullptr;
    if (const auto* event = std::get_if<model::EventCheck>(&check.what))
      place = std::get_if<model::PlacedText>(&event->event);
    if (const auto* script = std::get_if<model::ScriptCheck>(&check.what)) place = &script->path;
    if (place != nullptr) paths.push_back(place->text);
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  return paths;
}

}  // namespace lamella::build
