// SPDX-License-Identifier: Apache-2.0
#include "config/workspace_file.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "config/key_table.h"
#include "config/workspace_keys.h"
#include "document/json.h"

namespace lamella::config {
namespace {

namespace fs = std::filesystem;

const fs::path kSource = LAMELLA_SOURCE_DIR;

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

bool accepting() {
  const char* value = std::getenv("LAMELLA_ACCEPT");
  return value != nullptr && std::string_view(value) == "1";
}

void write(const fs::path& path, const std::string& text) { std::ofstream(path, std::ios::binary) << text; }

/// A workspace with one layer and one function, and `extra` at its end.
std::string small(const std::string& extra = "") {
  return "schema = 1\n[project]\nname = \"p\"\n[layers.a]\nrequirements = [\"six==1.16.0\"]\n"
         "[functions.f]\nsource = \"f\"\nhandler = \"app.handler\"\nlayers = [\"a\"]\n" +
         extra;
}

model::Workspace parsed(const std::string& text) {
  auto workspace = parse_workspace(text, "lamella.toml");
  EXPECT_TRUE(workspace.has_value()) << workspace.error().to_string();
  return workspace ? std::move(workspace).value() : model::Workspace();
}

TEST(WorkspaceFile, EveryErrorReadsAsItsGoldenFile) {
  std::size_t cases = 0;
  bool rewritten = false;
  for (const auto& folder : fs::directory_iterator(kSource / "src/domain/config/testdata")) {
    SCOPED_TRACE(folder.path().filename().string());
    ++cases;
    const auto workspace = parse_workspace(content(folder.path() / "lamella.toml"), "lamella.toml");
    ASSERT_FALSE(workspace.has_value()) << "this case is accepted";
    const std::string got = "exit " + std::to_string(static_cast<int>(workspace.error().code())) + "\n" +
                            workspace.error().to_string() + "\n";
    const fs::path golden = folder.path() / "error.txt";
    if (accepting() && content(golden) != got) {
      write(golden, got);
      rewritten = true;
      continue;
    }
    EXPECT_EQ(got, content(golden));
  }
  EXPECT_GE(cases, 50U);
  if (rewritten) GTEST_SKIP() << "golden files rewritten";
}

TEST(WorkspaceFile, EveryExampleParses) {
  std::size_t examples = 0;
  for (const auto& folder : fs::directory_iterator(kSource / "examples")) {
    const fs::path file = folder.path() / "lamella.toml";
    if (!fs::exists(file)) continue;
    ++examples;
    const auto workspace = parse_workspace(content(file), file.string());
    EXPECT_TRUE(workspace.has_value()) << workspace.error().to_string();
  }
  EXPECT_GE(examples, 1U);
}

TEST(WorkspaceFile, TheCommittedSchemaIsTheTable) {
  const fs::path file = kSource / "docs/formats/lamella.schema.json";
  if (accepting() && content(file) != json_schema()) {
    write(file, json_schema());
    GTEST_SKIP() << "schema rewritten";
  }
  EXPECT_EQ(content(file), json_schema()) << "run with LAMELLA_ACCEPT=1";
}

TEST(WorkspaceFile, TheDocumentedKeysAreTheTable) {
  const fs::path file = kSource / "docs/formats/workspace.md";
  const std::string text = content(file);
  const std::string mark = "<!-- The rest is generated from the table that parses the file. -->\n";
  const auto start = text.find(mark);
  ASSERT_NE(start, std::string::npos);
  const std::string wanted = text.substr(0, start) + mark + key_reference();
  if (accepting() && text != wanted) {
    write(file, wanted);
    GTEST_SKIP() << "key reference rewritten";
  }
  EXPECT_EQ(text, wanted) << "run with LAMELLA_ACCEPT=1";
}

RC_GTEST_PROP(WorkspaceFile, DamagedTextIsRefusedWithAPlaceOrAccepted, ()) {
  std::string text = small(
      "bytecode = { default = \"none\", \"numpy/**\" = \"only\" }\n"
      "environment = { STAGE = \"{environment}\" }\n"
      "checks = [{ name = \"x\", event = { a = [1] }, expect = { path = \"$.a\" } }]\n");
  const auto edits = *rc::gen::inRange(1, 6);
  for (int i = 0; i < edits; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
    const auto other = *rc::gen::inRange<std::size_t>(0, text.size());
    text[at] = text[other];
  }
  const auto workspace = parse_workspace(text, "lamella.toml");
  if (workspace) return;
  RC_ASSERT(workspace.error().code() == ErrorCode::kUsage || workspace.error().code() == ErrorCode::kLimit);
  RC_ASSERT(workspace.error().where().starts_with("lamella.toml"));
}

TEST(WorkspaceFile, EveryShapeInTheTableIsReachedAndDefined) {
  const auto keys = workspace_keys();
  const auto has_rows = [&](std::string_view shape) {
    return std::any_of(keys.begin(), keys.end(), [&](const Key& key) { return key.shape == shape; });
  };
  const auto is_reached = [&](std::string_view shape) {
    return shape == "workspace" || std::any_of(keys.begin(), keys.end(), [&](const Key& key) {
             return key.of == shape || key.entry == shape;
           });
  };
  for (const Key& key : keys) {
    EXPECT_TRUE(key.of.empty() || has_rows(key.of)) << key.of;
    EXPECT_TRUE(key.entry.empty() || has_rows(key.entry)) << key.entry;
    EXPECT_TRUE(is_reached(key.shape)) << key.shape;
    EXPECT_FALSE(key.doc.empty()) << key.shape << "." << key.name;
    EXPECT_EQ(find_key(keys, key.shape, key.name), &key) << key.shape << "." << key.name << " stands twice";
  }
}

TEST(WorkspaceFile, FillsInDefaults) {
  const auto workspace = parsed(small());
  const model::Layer& layer = workspace.layers.at(0);
  EXPECT_EQ(layer.targets, std::vector<model::Target>{model::Target{}});
  EXPECT_EQ(layer.prune.profile, model::PruneProfile::kSafe);
  EXPECT_EQ(layer.bytecode.fallback, model::BytecodeMode::kUncheckedHash);
  EXPECT_FALSE(layer.bytecode.asked);
  EXPECT_TRUE(layer.strip);
  const model::Function& function = workspace.functions.at(0);
  EXPECT_EQ(function.alias, "live");
  EXPECT_EQ(function.memory, 128);
  EXPECT_EQ(function.timeout, 3);
  EXPECT_EQ(function.default_requirements_file(), "f/requirements.txt");
  ASSERT_EQ(workspace.environments.size(), 1U);
  EXPECT_TRUE(workspace.environments[0].is_local());
}

TEST(WorkspaceFile, ALayerRetainsWhatItSaysElseWhatTheDefaultsSay) {
  const std::string layers =
      "[layers.a]\nrequirements = [\"six\"]\n[layers.b]\nrequirements = [\"six\"]\nretain = 2\n";
  const std::string start = "schema = 1\n[project]\nname = \"shop\"\n";
  const model::Workspace plain = parsed(start + layers);
  EXPECT_EQ(plain.layers[0].retain, 5);
  EXPECT_EQ(plain.layers[1].retain, 2);
  const model::Workspace told = parsed(start + "[defaults]\nretain = 7\n" + layers);
  EXPECT_EQ(told.layers[0].retain, 7);
  EXPECT_EQ(told.layers[1].retain, 2);
}

TEST(WorkspaceFile, ReadsABytecodeTableLongestPatternFirst) {
  const auto workspace =
      parsed(small("[layers.b]\nrequirements = \"./b//r.txt\"\n"
                   "bytecode = { default = \"none\", traced = \"only\", \"numpy/**\" = \"unchecked-hash\", "
                   "\"numpy/core/**\" = \"none\" }\n"));
  const model::Layer& layer = *workspace.find_layer("b");
  EXPECT_EQ(layer.requirements.file->text, "b/r.txt");
  EXPECT_EQ(layer.bytecode.mode_for("scipy/a.py", false), model::BytecodeMode::kNone);
  EXPECT_EQ(layer.bytecode.mode_for("scipy/a.py", true), model::BytecodeMode::kOnly);
  EXPECT_EQ(layer.bytecode.mode_for("numpy/a.py", true), model::BytecodeMode::kUncheckedHash);
  EXPECT_EQ(layer.bytecode.mode_for("numpy/core/a.py", true), model::BytecodeMode::kNone);
  EXPECT_TRUE(layer.bytecode.asked);
}

TEST(WorkspaceFile, ReadsBudgetsTargetsAndEnvironments) {
  const auto workspace =
      parsed(small("budget = { unzipped = \"50 MB\", aim = \"45 MB\", zipped = \"20 MiB\" }\n"
                   "[layers.b]\npackages = [\"b\"]\nruntimes = [\"python3.11\", "
                   "\"python3.12\"]\narchitectures = [\"x86_64\", \"arm64\"]\n"
                   "[environments.dev]\nrequires = [\"checks\"]\nregions = [\"us-west-2\"]\naccount = "
                   "\"111122223333\"\nnames = "
                   "\"{name}-{environment}\"\n"
                   "[environments.dev.functions.f]\nmemory = 256\nenvironment = { STAGE = \"dev\" }\n"));
  const model::Function& function = workspace.functions.at(0);
  EXPECT_EQ(function.budget.unzipped, 50'000'000U);
  EXPECT_EQ(function.budget.aim, 45'000'000U);
  EXPECT_EQ(function.budget.zipped, 20U << 20);
  EXPECT_EQ(workspace.find_layer("b")->targets.size(), 4U);
  const auto* dev = workspace.find_environment("dev");
  ASSERT_NE(dev, nullptr);
  EXPECT_EQ(dev->name_of("f"), "f-dev");
  EXPECT_TRUE(dev->requires_checks);
  const model::Function changed = workspace.in_environment(function, *dev);
  EXPECT_EQ(changed.memory, 256);
  ASSERT_EQ(changed.environment.size(), 1U);
  EXPECT_NE(workspace.find_environment("local"), nullptr);
}

TEST(WorkspaceFile, ReadsWhatALayerMayBeMadeOf) {
  const std::string digest(64, 'a');
  const auto workspace =
      parsed(small("[layers.laid-out]\npath = \"vendor/layer\"\nlayout = \"site-packages\"\n"
                   "[layers.ready]\narchive = \"vendor/ready.zip\"\n"
                   "[layers.fetched]\npackages = [\"b\"]\narchive = { url = "
                   "\"https://downloads.example/x.zip\", sha256 = \"" +
                   digest + "\", merged = true }\n"));
  const model::Layer& tree = *workspace.find_layer("laid-out");
  EXPECT_EQ(tree.tree->text, "vendor/layer");
  EXPECT_EQ(tree.module_root({model::Language::kPython, 3, 12}), "python/lib/python3.12/site-packages/");
  const model::Archive& ready = *workspace.find_layer("ready")->archive;
  EXPECT_EQ(ready.place.text, "vendor/ready.zip");
  EXPECT_FALSE(ready.merged || ready.remote || ready.sha256);
  EXPECT_EQ(workspace.find_layer("ready")->module_root({}), "python/");
  const model::Archive& fetched = *workspace.find_layer("fetched")->archive;
  EXPECT_TRUE(fetched.merged && fetched.remote);
  EXPECT_EQ(fetched.sha256->hex(), digest);
}

TEST(WorkspaceFile, KeepsTheOrderOfTheFile) {
  const auto workspace =
      parsed(small("[layers.z]\npackages = [\"z\"]\ndepends_on = [\"y\"]\n[layers.y]\npackages = "
                   "[\"y\"]\n[layers.b]\npackages = [\"b\"]\n"));
  EXPECT_EQ(workspace.layer_names(), (std::vector<std::string>{"a", "z", "y", "b"}));
  std::vector<std::string> order;
  for (const model::Layer* layer : workspace.build_order()) order.push_back(layer->name);
  EXPECT_EQ(order, (std::vector<std::string>{"a", "y", "z", "b"}));
}

TEST(WorkspaceFile, ReadsChecksOfEachKind) {
  const auto workspace = parsed(small(
      "checks = [{ name = \"file\", event = \"e.json\", expect = { path = \"$.a[0]\", equals = 200 } },\n"
      "  { name = \"inline\", event = { a = [1, 2] }, timeout = \"5s\", expect = { error = \"ValueError\" } "
      "},\n"
      "  { name = \"script\", script = \"check.py\" }]\n"));
  const auto& checks = workspace.functions.at(0).checks;
  ASSERT_EQ(checks.size(), 3U);
  EXPECT_EQ(std::get<model::PlacedText>(std::get<model::EventCheck>(checks[0].what).event).text, "e.json");
  EXPECT_EQ(model::to_string(*std::get<model::EventCheck>(checks[0].what).expect.path), "$.a[0]");
  EXPECT_EQ(
      document::render_json(std::get<document::Value>(std::get<model::EventCheck>(checks[1].what).event)),
      "{\"a\":[1,2]}");
  EXPECT_EQ(checks[1].timeout, std::chrono::seconds(5));
  EXPECT_EQ(std::get<model::ScriptCheck>(checks[2].what).path.text, "check.py");
}

TEST(WorkspaceFile, AcceptsAByteOrderMark) { parsed("\xEF\xBB\xBF" + small()); }

TEST(WorkspaceFile, EnvironmentVariablesFillFourKilobytesAndNoMore) {
  const std::string room(4096 - std::string("{\"NAME\":\"\"}").size(), 'x');
  parsed(small("environment = { NAME = \"" + room + "\" }\n"));
  const auto over = parse_workspace(small("environment = { NAME = \"" + room + "y\" }\n"), "lamella.toml");
  ASSERT_FALSE(over.has_value());
  EXPECT_EQ(over.error().code(), ErrorCode::kLimit);
  EXPECT_EQ(over.error().to_string().find("xxxx"), std::string::npos);
}

}  // namespace
}  // namespace lamella::config
