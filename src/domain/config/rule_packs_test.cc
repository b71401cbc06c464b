// SPDX-License-Identifier: Apache-2.0
#include "config/rule_packs.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <set>
#include <string>
#include <vector>

namespace lamella::config {
namespace {

TEST(RulePacks, EveryBuiltInPackParsesAndStatesItsReasons) {
  const auto packs = built_in_rule_packs();
  ASSERT_TRUE(packs.has_value()) << packs.error().to_string();
  ASSERT_FALSE(packs->empty());
  for (const model::RulePack& pack : *packs) {
    EXPECT_FALSE(pack.rules.empty()) << pack.pack;
    for (const model::PruneRule& rule : pack.rules) {
      EXPECT_FALSE(rule.drop.empty()) << pack.pack << " " << rule.id;
      EXPECT_FALSE(rule.why.empty()) << pack.pack << " " << rule.id;
    }
  }
}

TEST(RulePacks, ReadsARule) {
  const auto pack = parse_rule_pack(
      "schema = 1\npack = \"scipy\"\ndistribution = \"Sci_Py\"\n[[rule]]\nid = \"x\"\nprofile = "
      "\"aggressive\"\n"
      "drop = [\"scipy/**\"]\nkeep = [\"**/*.py\"]\nneeds = \"NumPy >=1.22, <2\"\nwhy = \"because\"\n",
      "scipy.toml");
  ASSERT_TRUE(pack.has_value()) << pack.error().to_string();
  EXPECT_EQ(pack->distribution, "sci-py");
  ASSERT_EQ(pack->rules.size(), 1U);
  EXPECT_EQ(pack->rules[0].needs, (std::vector<model::RuleNeed>{{"numpy", ">=1.22,<2"}}));
  EXPECT_TRUE(pack->rules[0].drop[0].matches("scipy/a/b.so"));
  EXPECT_FALSE(model::applies(pack->rules[0], model::PruneProfile::kSafe));
  EXPECT_TRUE(model::applies(pack->rules[0], model::PruneProfile::kAggressive));
}

TEST(RulePacks, ANeedIsANameWithVersions) {
  for (const char* need : {"numpy<<2", "numpy[extra]", "numpy; python_version > '3'"}) {
    const auto pack = parse_rule_pack(
        std::string(
            "schema = 1\npack = \"p\"\n[[rule]]\nid = \"x\"\nprofile = \"safe\"\ndrop = [\"a\"]\nneeds = "
            "\"") +
            need + "\"\nwhy = \"w\"\n",
        "p.toml");
    ASSERT_FALSE(pack.has_value()) << need;
    EXPECT_EQ(pack.error().where(), "p.toml:7:9") << need;
  }
}

TEST(RulePacks, AnExtraRuleIsInNoProfile) {
  const auto pack = parse_rule_pack(
      "schema = 1\npack = \"p\"\n[[rule]]\nid = \"x\"\nprofile = \"extra\"\ndrop = [\"a\"]\nwhy = \"w\"\n",
      "p.toml");
  ASSERT_TRUE(pack.has_value()) << pack.error().to_string();
  EXPECT_TRUE(pack->rules[0].by_name);
  EXPECT_FALSE(model::applies(pack->rules[0], model::PruneProfile::kAggressive));
}

/// Paths that rules/wheels (tools/wheel_files.py) lists for a pack: "SIZE PATH" lines of one or more
/// versions.
std::vector<std::string> listed_files(const std::string& pack) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(LAMELLA_SOURCE_DIR "/rules/wheels")) {
    if (!entry.path().filename().string().starts_with(pack + "-")) continue;
    std::ifstream text(entry.path());
    for (std::string line; std::getline(text, line);) {
      if (!line.starts_with('#')) files.push_back(line.substr(line.find(' ') + 1));
    }
  }
  return files;
}

TEST(RulePacks, EveryPatternNamesAFileOfARealWheel) {
  const auto packs = built_in_rule_packs().value();
  for (const model::RulePack& pack : packs) {
    if (pack.distribution == "*") continue;
    const auto files = listed_files(pack.pack);
    for (const model::PruneRule& rule : pack.rules) {
      for (const auto* globs : {&rule.drop, &rule.keep}) {
        for (const model::Glob& glob : *globs) {
          const bool names = std::any_of(files.begin(), files.end(),
                                         [&](const std::string& file) { return glob.matches(file); });
          EXPECT_TRUE(names) << pack.pack << "/" << rule.id << ": " << glob.text();
        }
      }
    }
  }
}

TEST(RulePacks, TheGuideListsEveryRuleForAPackage) {
  const auto packs = built_in_rule_packs().value();
  std::set<std::string> wanted;
  for (const model::RulePack& pack : packs) {
    if (pack.distribution == "*") continue;
    for (const model::PruneRule& rule : pack.rules) {
      const auto profile = rule.by_name ? "extra" : model::to_string(rule.profile);
      wanted.insert(fmt::format("| `{}/{}` | {} |", pack.pack, rule.id, profile));
    }
  }
  std::set<std::string> listed;
  std::ifstream guide(LAMELLA_SOURCE_DIR "/docs/guide/slimming.md");
  for (std::string line; std::getline(guide, line);) {
    const auto rule = line.find("` | ");
    const bool row = line.starts_with("| `") && line.find('/') < rule && rule != std::string::npos;
    if (row) listed.insert(line.substr(0, line.find(" |", rule + 4) + 2));
  }
  EXPECT_EQ(listed, wanted);
}

TEST(RulePacks, PointsAtAMisspeltKey) {
  const auto pack = parse_rule_pack(
      "schema = 1\npack = \"p\"\n[[rule]]\nid = \"x\"\nprofile = \"safe\"\ndrops = [\"a\"]\nwhy = \"w\"\n",
      "p.toml");
  ASSERT_FALSE(pack.has_value());
  EXPECT_EQ(pack.error().where(), "p.toml:6:1");
  EXPECT_EQ(pack.error().remedy(), "did you mean 'drop'?");
}

TEST(RulePacks, RefusesTheSameRuleTwice) {
  const std::string rule = "[[rule]]\nid = \"x\"\nprofile = \"safe\"\ndrop = [\"a\"]\nwhy = \"w\"\n";
  EXPECT_FALSE(parse_rule_pack("schema = 1\npack = \"p\"\n" + rule + rule, "p.toml").has_value());
}

}  // namespace
}  // namespace lamella::config
