// SPDX-License-Identifier: Apache-2.0
//
// Rules that rely on another package, held against what real wheels bring: rules/wheels (tools/wheel_files.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>

#include "build/recipes.h"
#include "config/rule_packs.h"

namespace lamella::commands {
namespace {

using Files = std::vector<std::string>;

/// By version, the listed paths of "SIZE PATH" lines.
std::map<std::string, Files> listed(const std::string& distribution) {
  std::map<std::string, Files> found;
  for (const auto& entry : std::filesystem::directory_iterator(LAMELLA_SOURCE_DIR "/rules/wheels")) {
    const std::string stem = entry.path().stem().string();
    if (!stem.starts_with(distribution + "-")) continue;
    Files& files = found[stem.substr(distribution.size() + 1)];
    std::ifstream text(entry.path());
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with('#')) files.push_back(line.substr(line.find(' ') + 1));
    }
  }
  return found;
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// True if every file that the rule names in `own` has one of its name in `other`.
bool provides(const Files& other, const model::PruneRule& rule, const Files& own) {
  std::set<std::string> names;
  for (const std::string& path : other) names.insert(name_of(path));
  return std::all_of(own.begin(), own.end(), [&](const std::string& path) {
    return !model::any_matches(rule.drop, path) || names.contains(name_of(path));
  });
}

std::set<std::string> rules_beside(const std::vector<model::RulePack>& packs, const std::string& name,
                                   const std::string& version, const resolve::LockedPackage& other) {
  const resolve::LockedPackage own{.name = name, .version = version};
  const build::RulesLock nothing_known;
  const model::Layer layer;
  const auto recipes = build::recipes_of(
      {packs, nothing_known, "ml", layer, package::Layout::layer(), model::Target{}}, {&own}, {&own, &other});
  std::set<std::string> rules;
  for (const package::NamedRule& rule : recipes.front().rules) rules.insert(rule.name);
  return rules;
}

TEST(BuiltInRules, ARuleAppliesWhereWhatItReliesOnIsThere) {
  const auto packs = config::built_in_rule_packs().value();
  std::map<bool, int> seen;
  for (const model::RulePack& pack : packs) {
    for (const model::PruneRule& rule : pack.rules) {
      for (const model::RuleNeed& need : rule.needs) {
        for (const auto& [version, files] : listed(pack.distribution)) {
          for (const auto& [other, brought] : listed(need.name)) {
            const auto rules =
                rules_beside(packs, pack.distribution, version, {.name = need.name, .version = other});
            const bool there = provides(brought, rule, files);
            EXPECT_EQ(rules.contains(pack.pack + "/" + rule.id), there)
                << rule.id << ": " << pack.pack << " " << version << " beside " << need.name << " " << other;
            ++seen[there];
          }
        }
      }
    }
  }
  EXPECT_GT(seen[true], 0);
  EXPECT_GT(seen[false], 0);
}

}  // namespace
}  // namespace lamella::commands
