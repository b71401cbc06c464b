// SPDX-License-Identifier: Apache-2.0
#include "engine/retention.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>
#include <set>

namespace lamella::engine {
namespace {

using testing::ElementsAre;

Digest content_of(int number) { return *Digest::from_hex(fmt::format("{:064x}", number)); }
std::string arn_of(const std::string& layer, std::int64_t version) {
  return fmt::format("arn:aws:lambda:us-west-2:111122223333:layer:{}:{}", layer, version);
}

/// Versions 1 to `count`, all ours, each with content of its own.
ListedLayer layer_of(const std::string& name, int count, std::int64_t retain) {
  ListedLayer layer{.layer = name, .name = name, .retain = retain};
  for (int i = 1; i <= count; ++i)
    layer.versions.push_back({i, arn_of(name, i), "python3.11", content_of(i)});
  return layer;
}

std::vector<std::int64_t> going(const std::vector<ListedLayer>& layers, const Usage& usage) {
  std::vector<std::int64_t> versions;
  for (const Fate& fate : decide(layers, usage)) {
    if (fate.goes) versions.push_back(layers[fate.layer].versions[fate.version].version);
  }
  return versions;
}

std::string reasons_of(const std::vector<ListedLayer>& layers, const Usage& usage, std::int64_t version) {
  for (const Fate& fate : decide(layers, usage)) {
    if (layers[fate.layer].versions[fate.version].version != version) continue;
    std::string text;
    for (const Reason& reason : fate.reasons)
      text += fmt::format("{}{}: {}", text.empty() ? "" : "\n", reason.kind, reason.text);
    return text;
  }
  return "";
}

TEST(Retention, TheNewestStayAndTheRestGoes) {
  EXPECT_THAT(going({layer_of("core", 5, 2)}, {}), ElementsAre(3, 2, 1));
  EXPECT_THAT(going({layer_of("core", 2, 5)}, {}), ElementsAre());
  const std::vector<ListedLayer> layers{layer_of("core", 3, 1)};
  EXPECT_EQ(reasons_of(layers, {}, 3), "newest: it is the newest");
  EXPECT_EQ(reasons_of(layers, {}, 1), "unused: nothing uses it, and 2 newer versions are there");
}

TEST(Retention, EveryUserIsNamed) {
  const std::vector<ListedLayer> layers{layer_of("core", 4, 1)};
  const Usage usage{
      .functions = {{"orders", "$LATEST", {arn_of("core", 2)}},
                    {"orders", "7", {arn_of("other", 1), arn_of("core", 1)}},
                    {"orders", "6", {arn_of("core", 1)}}},
      .aliases = {{"orders", "live", {"7", "5"}}, {"orders", "beta", {"7"}}, {"rows", "live", {"6"}}},
      .references = {}};
  EXPECT_THAT(going(layers, usage), ElementsAre(3));
  EXPECT_EQ(reasons_of(layers, usage, 2), "used-by-latest: $LATEST of function orders uses it");
  EXPECT_EQ(reasons_of(layers, usage, 1),
            "used-by-alias: version 7 of function orders uses it (alias live, beta)\n"
            "used-by-version: version 6 of function orders uses it");
}

TEST(Retention, ReferencesNameByArnByNumberAndByContent) {
  std::vector<ListedLayer> layers{layer_of("core", 5, 1), layer_of("ml", 5, 5)};
  const Reason reason{"rollback-target", "orders", "", "", "a rollback needs it"};
  EXPECT_THAT(going(layers, {{}, {}, {{.reason = reason, .arn = arn_of("core", 2)}}}), ElementsAre(4, 3, 1));
  EXPECT_THAT(going(layers, {{}, {}, {{.reason = reason, .layer = "core", .version = 3}}}),
              ElementsAre(4, 2, 1));
  EXPECT_THAT(going(layers, {{}, {}, {{.reason = reason, .layer = "core", .content = content_of(4)}}}),
              ElementsAre(3, 2, 1));
  EXPECT_THAT(going(layers, {{}, {}, {{.reason = reason, .layer = "ml", .version = 3}}}),
              ElementsAre(4, 3, 2, 1));
}

TEST(Retention, WhatLamellaDidNotPublishStaysAndDoesNotCount) {
  std::vector<ListedLayer> layers{layer_of("core", 4, 1)};
  layers[0].versions[3].content.reset();
  layers[0].versions[0].content.reset();
  EXPECT_THAT(going(layers, {}), ElementsAre(2));
  EXPECT_EQ(reasons_of(layers, {}, 1), "foreign: Lamella did not publish it");
}

TEST(Retention, VersionsForOtherTargetsDoNotReplaceAVersion) {
  std::vector<ListedLayer> layers{layer_of("core", 4, 1)};
  layers[0].versions[1].targets = "python3.12";
  EXPECT_THAT(going(layers, {}), ElementsAre(3, 1));
}

TEST(Retention, OfALayerThatTheWorkspaceNoLongerHasOnlyUsedVersionsStay) {
  std::vector<ListedLayer> layers{layer_of("old", 3, 0)};
  layers[0].managed = false;
  const Usage usage{{{"orders", "1", {arn_of("old", 2)}}}, {}, {}};
  EXPECT_THAT(going(layers, usage), ElementsAre(3, 1));
  EXPECT_EQ(reasons_of(layers, usage, 3), "unused: nothing uses it, and the workspace has no such layer");
}

// Random accounts, and an oracle that knows nothing of decide(): nodes and edges as texts, closed transitively.

struct World {
  std::vector<ListedLayer> layers;
  Usage usage;
};

int roll(int from, int to) { return *rc::gen::inRange(from, to); }

std::vector<std::string> some_arns(const World& world) {
  std::vector<std::string> arns;
  for (const ListedLayer& layer : world.layers) {
    for (const ListedVersion& version : layer.versions) {
      if (roll(0, 6) == 0) arns.push_back(version.arn);
    }
  }
  return arns;
}

Reference some_reference(const World& world, int number) {
  Reference reference{.reason = {"reference", std::to_string(number), "", "", ""}};
  const ListedLayer& layer =
      world.layers[static_cast<std::size_t>(roll(0, static_cast<int>(world.layers.size())))];
  const int version = roll(1, 9);
  switch (roll(0, 3)) {
    case 0: reference.arn = arn_of(layer.name, version); break;
    case 1: reference.layer = layer.layer, reference.version = version; break;
    default: reference.layer = layer.layer, reference.content = content_of(roll(1, 5)); break;
  }
  return reference;
}

World some_world() {
  World world;
  for (int i = roll(1, 4); i > 0; --i) {
    ListedLayer layer{.layer = fmt::format("layer{}", i), .name = fmt::format("layer{}-dev", i)};
    layer.managed = roll(0, 3) != 0;
    layer.retain = layer.managed ? roll(1, 4) : 0;
    for (int version = 1; version < 9; ++version) {
      if (roll(0, 3) == 0) continue;  // deleted before
      ListedVersion listed{version, arn_of(layer.name, version), roll(0, 3) == 0 ? "b" : "a", {}};
      if (roll(0, 6) != 0) listed.content = content_of(roll(1, 5));
      layer.versions.push_back(listed);
    }
    world.layers.push_back(layer);
  }
  for (int i = roll(0, 5); i > 0; --i) {
    const std::string name = fmt::format("function{}", i);
    world.usage.functions.push_back({name, "$LATEST", some_arns(world)});
    const int count = roll(0, 4);
    for (int version = 1; version <= count; ++version) {
      world.usage.functions.push_back({name, std::to_string(version), some_arns(world)});
      if (roll(0, 2) == 0)
        world.usage.aliases.push_back({name, fmt::format("alias{}", version), {std::to_string(version)}});
    }
  }
  for (int i = roll(0, 4); i > 0; --i) world.usage.references.push_back(some_reference(world, i));
  return world;
}

std::set<std::string> reachable(const World& world) {
  std::map<std::string, std::set<std::string>> edges;
  for (const auto& alias : world.usage.aliases)
    for (const auto& version : alias.versions) edges["root"].insert(alias.function + ":" + version);
  for (const auto& function : world.usage.functions) {
    edges["root"].insert(function.function + ":" + function.version);
    for (const auto& arn : function.layer_arns) edges[function.function + ":" + function.version].insert(arn);
  }
  for (const auto& reference : world.usage.references) {
    if (!reference.arn.empty()) edges["root"].insert(reference.arn);
    for (const auto& layer : world.layers) {
      if (layer.layer != reference.layer) continue;
      for (const auto& version : layer.versions) {
        if (version.version == reference.version) edges["root"].insert(version.arn);
        if (reference.content && version.content == reference.content) edges["root"].insert(version.arn);
      }
    }
  }
  std::set<std::string> reached{"root"};
  for (std::size_t before = 0; before != reached.size();) {
    before = reached.size();
    for (const auto& node : std::set<std::string>(reached))
      reached.insert(edges[node].begin(), edges[node].end());
  }
  return reached;
}

std::set<std::string> gone(const World& world) {
  std::set<std::string> arns;
  for (const Fate& fate : decide(world.layers, world.usage)) {
    RC_ASSERT(!fate.reasons.empty());
    if (fate.goes) arns.insert(world.layers[fate.layer].versions[fate.version].arn);
  }
  return arns;
}

RC_GTEST_PROP(RetentionProperty, WhatGoesIsExactlyWhatBruteForceFindsUnreached, ()) {
  const World world = some_world();
  const auto reached = reachable(world);
  std::set<std::string> expected;
  for (const auto& layer : world.layers) {
    for (const auto& version : layer.versions) {
      const auto newer = std::count_if(layer.versions.begin(), layer.versions.end(), [&](const auto& other) {
        return other.content && other.targets == version.targets && other.version > version.version;
      });
      if (version.content && !reached.contains(version.arn) && newer >= layer.retain)
        expected.insert(version.arn);
    }
  }
  RC_TAG(expected.empty() ? "nothing goes" : "something goes");
  RC_ASSERT(gone(world) == expected);
}

RC_GTEST_PROP(RetentionProperty, OrderSaysNothingAndASecondLookLetsNothingGo, ()) {
  World world = some_world();
  const auto first = gone(world);
  for (ListedLayer& layer : world.layers) std::reverse(layer.versions.begin(), layer.versions.end());
  std::reverse(world.layers.begin(), world.layers.end());
  std::reverse(world.usage.functions.begin(), world.usage.functions.end());
  std::reverse(world.usage.references.begin(), world.usage.references.end());
  RC_ASSERT(gone(world) == first);
  for (ListedLayer& layer : world.layers)
    std::erase_if(layer.versions, [&](const auto& version) { return first.contains(version.arn); });
  RC_ASSERT(gone(world).empty());
}

}  // namespace
}  // namespace lamella::engine
