// SPDX-License-Identifier: Apache-2.0
#include "commands/prune.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "archive/zip_fixture.h"
#include "commands/local.h"
#include "crypto/sha256.h"
#include "engine/wanted.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::commands {
namespace {

constexpr const char* kWorkspace = R"(schema = 1

[project]
name = "shop"

[layers.tools]
path = "tools"
retain = 2

[layers.other]
path = "tools"

[environments.dev]
regions = ["us-west-2"]
)";

/// A workspace whose endpoint, a real one in this process, is filled through the client.
class PruneTest : public testing::Test {
 protected:
  PruneTest() { EXPECT_TRUE(os::write_file_atomic(folder_.path() / "lamella.toml", kWorkspace).has_value()); }

  void host() {
    session_ = Session::open(setting_).value();
    host_ = LocalHost::join_or_host(*session_).value();
  }
  aws::LambdaControl& lambda() { return host_->access().lambda(); }

  static std::string zip_with(const std::string& text) {
    archive::fixture::Zip zip;
    zip.members = {{.name = "python/words.py", .content = text}};
    return archive::fixture::build(zip);
  }
  /// As a deployment publishes it.
  std::string publish(const std::string& name, int number) {
    wire::PublishLayerVersionRequest request;
    request.content.zip_file = wire::Blob{zip_with(fmt::format("NUMBER = {}\n", number))};
    request.description =
        engine::layer_description({.layer = name, .sha256 = crypto::sha256(request.content.zip_file->bytes)});
    return lambda().publish_layer_version(name, request, {}).value().layer_version_arn;
  }
  void create(const std::string& name, const std::string& layer) {
    wire::CreateFunctionRequest request;
    request.function_name = name;
    request.settings.runtime = "python3.11";
    request.settings.role = "arn:aws:iam::000000000000:role/x";
    request.settings.handler = "app.handler";
    request.settings.layers = wire::Strings();
    if (!layer.empty()) request.settings.layers->push_back(layer);
    request.code.zip_file = wire::Blob{zip_with("")};
    const auto created = lambda().create_function(request, {});
    ASSERT_TRUE(created) << created.error().to_string();
  }
  document::Value pruned(Deletion deletion, std::vector<std::string> layers = {}) {
    const auto outcome = prune(setting_, {"local", std::move(layers), deletion});
    EXPECT_TRUE(outcome) << outcome.error().to_string();
    return outcome ? outcome->record : document::Value();
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  Setting setting_{.project = folder_.path()};
  std::unique_ptr<Session> session_;
  std::unique_ptr<LocalHost> host_;
};

// Both lists have two pages here: the service gives 50 at a time.
TEST_F(PruneTest, ReadsEveryPageAndDeletesWhatNothingUses) {
  host();
  std::string first;
  for (int i = 1; i <= 55; ++i) {
    const std::string arn = publish("tools", i);
    if (i == 1) first = arn;
  }
  for (int i = 10; i < 60; ++i) create(fmt::format("function-{}", i), "");
  create("the-last", first);

  const document::Value told = pruned(Deletion::kToldOnly);
  EXPECT_EQ(told.integer("removable"), 52);
  EXPECT_GT(told.integer("removable_bytes"), 52 * 100);
  EXPECT_EQ(told.items("layers")[0].items("versions").back().items("reasons")[0].text("text"),
            "$LATEST of function the-last uses it");
  EXPECT_EQ(lambda().list_layer_versions("tools", {})->size(), 55U);
  EXPECT_FALSE(os::exists(folder_.path() / ".lamella" / "journal.db")) << "looking writes nothing";

  const document::Value done = pruned(Deletion::kDone);
  EXPECT_EQ(done.integer("deleted"), 52);
  EXPECT_EQ(done.integer("freed_bytes"), told.integer("removable_bytes"));
  std::vector<std::int64_t> left;
  const auto versions = lambda().list_layer_versions("tools", {}).value();
  for (const auto& one : versions) left.push_back(one.version);
  EXPECT_EQ(left, (std::vector<std::int64_t>{55, 54, 1}));
  EXPECT_TRUE(lambda().get_layer_version_by_arn(first, {}).value());
  EXPECT_EQ(pruned(Deletion::kDone).integer("deleted"), 0);
}

TEST_F(PruneTest, APublishedVersionOfAFunctionAndItsAliasCount) {
  host();
  std::vector<std::string> arns;
  for (int i = 1; i <= 4; ++i) arns.push_back(publish("tools", i));
  create("orders", arns[0]);
  ASSERT_TRUE(wait_until_updated(lambda(), os::system_clock(), "orders", "", {}));
  ASSERT_TRUE(lambda().publish_version("orders", {}, {}));
  ASSERT_TRUE(lambda().create_alias("orders", {.name = "live", .function_version = "1"}, {}));
  wire::UpdateFunctionConfigurationRequest away;
  away.settings.layers = wire::Strings();
  ASSERT_TRUE(lambda().update_function_configuration("orders", away, {}));
  const document::Value done = pruned(Deletion::kDone, {"tools"});
  EXPECT_EQ(done.items("layers").size(), 1U);
  const auto& versions = done.items("layers")[0].items("versions");
  ASSERT_EQ(versions.size(), 4U);
  EXPECT_EQ(versions[2].text("action"), "deleted");
  EXPECT_EQ(versions[3].text("action"), "kept");
  EXPECT_EQ(versions[3].items("reasons")[0].text("text"),
            "version 1 of function orders uses it (alias live)");
}

TEST_F(PruneTest, WhereNothingWasDeployedNothingIsWritten) {
  EXPECT_EQ(pruned(Deletion::kToldOnly).integer("removable"), 0);
  EXPECT_EQ(pruned(Deletion::kDone).integer("deleted"), 0);
  EXPECT_FALSE(os::exists(folder_.path() / ".lamella"));
}

TEST_F(PruneTest, OnlyTheLocalEnvironmentCanBePruned) {
  const auto refused = prune(setting_, {"dev", {}, Deletion::kToldOnly});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(refused.error().what(), "pruning dev is not built yet");
}

}  // namespace
}  // namespace lamella::commands
