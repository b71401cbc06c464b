// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "endpoint/alias_record.h"
#include "endpoint/bench_test.h"

namespace lamella::endpoint {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

const std::string kArn = "arn:aws:lambda:eu-central-1:000000000000:function:f";

class Aliases : public testing::Test {
 protected:
  Aliases() {
    bench_.create(Bench::creation("f", "def handler(event, context): return 1\n"));
    bench_.publish("f");
    bench_.update_code("f", "def handler(event, context): return 2\n");
    bench_.publish("f");
  }
  wire::HttpResponse create(const wire::CreateAliasRequest& request) {
    return bench_.call(Operation::kCreateAlias, {{"FunctionName", "f"}}, {}, wire::render(request));
  }
  wire::HttpResponse update(const std::string& name, const wire::UpdateAliasRequest& request) {
    return bench_.call(Operation::kUpdateAlias, {{"FunctionName", "f"}, {"Name", name}}, {},
                       wire::render(request));
  }
  static wire::RoutingConfig weight(const std::string& version, double part) {
    return wire::RoutingConfig{std::map<std::string, double>{{version, part}}};
  }

  Bench bench_;
};

TEST_F(Aliases, AreMovedByCompareAndSet) {
  const auto made = must(wire::parse<wire::Alias>(create({"live", "1", {}, {}}).body));
  EXPECT_EQ(made.alias_arn, kArn + ":live");
  EXPECT_FALSE(made.routing_config);
  wire::UpdateAliasRequest move{.function_version = "2", .revision_id = made.revision_id};
  const auto moved = must(wire::parse<wire::Alias>(update("live", move).body));
  EXPECT_EQ(moved.function_version, "2");
  EXPECT_NE(moved.revision_id, made.revision_id);
  EXPECT_THAT(said(update("live", move)), StartsWith("412 PreconditionFailedException"));
  EXPECT_EQ(bench_.get<wire::Alias>(Operation::kGetAlias, {{"FunctionName", "f"}, {"Name", "live"}}), moved);
  const auto through = bench_.get<wire::FunctionConfiguration>(Operation::kGetFunctionConfiguration,
                                                               {{"FunctionName", "f:live"}});
  EXPECT_EQ(through.version, "2");
  EXPECT_EQ(through.function_arn, kArn + ":live");
}

TEST_F(Aliases, CarryWeights) {
  const auto made = must(wire::parse<wire::Alias>(create({"live", "1", {}, weight("2", 0.25)}).body));
  EXPECT_EQ(made.routing_config, weight("2", 0.25));
  const auto taken = must(wire::parse<wire::Alias>(
      update("live", {.routing_config = wire::RoutingConfig{std::map<std::string, double>{}}}).body));
  EXPECT_FALSE(taken.routing_config);
  EXPECT_EQ(said(create({"a", "1", {}, weight("1", 0.5)})),
            "400 InvalidParameterValueException: Invalid function version 1. Function version 1 is already "
            "included "
            "in routing configuration.");
  EXPECT_THAT(said(create({"a", "1", {}, weight("2", 1.5)})),
              HasSubstr("'routingConfig.additionalVersionWeights'"));
  EXPECT_EQ(said(create({"a", "$LATEST", {}, weight("2", 0.5)})),
            "400 InvalidParameterValueException: $LATEST is not supported for an alias pointing to more than "
            "1 version");
  wire::CreateAliasRequest two{
      "a", "1", {}, wire::RoutingConfig{std::map<std::string, double>{{"2", 0.1}, {"3", 0.1}}}};
  EXPECT_EQ(said(create(two)),
            "400 InvalidParameterValueException: Number of items in AdditionalVersionWeights cannot be "
            "greater than 1");
}

TEST_F(Aliases, AreRefusedAsTheServiceDoes) {
  EXPECT_EQ(said(create({"live", "10", {}, {}})),
            "404 ResourceNotFoundException: Function not found: " + kArn + ":10");
  EXPECT_THAT(said(create({"12", "1", {}, {}})), HasSubstr("at 'name'"));
  EXPECT_EQ(create({"live", "1", {}, {}}).status, 201);
  EXPECT_EQ(said(create({"live", "1", {}, {}})),
            "409 ResourceConflictException: Alias already exists: " + kArn + ":live");
  EXPECT_EQ(said(bench_.call(Operation::kGetAlias, {{"FunctionName", "f"}, {"Name", "no"}})),
            "404 ResourceNotFoundException: Cannot find alias arn: " + kArn + ":no");
  EXPECT_EQ(said(update("no", {})), "404 ResourceNotFoundException: Alias not found: " + kArn + ":no");
  EXPECT_THAT(said(bench_.call(Operation::kDeleteFunction, {{"FunctionName", "f:1"}})), StartsWith("409 "));
}

TEST_F(Aliases, AreListedAndDeleted) {
  create({"b", "1", {}, {}});
  create({"a", "2", {}, {}});
  const wire::Labels f{{"FunctionName", "f"}};
  EXPECT_EQ(bench_.get<wire::AliasPage>(Operation::kListAliases, f).aliases.size(), 2U);
  const auto page = bench_.get<wire::AliasPage>(Operation::kListAliases, f, {{"FunctionVersion", "2"}});
  ASSERT_EQ(page.aliases.size(), 1U);
  EXPECT_EQ(page.aliases[0].name, "a");
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(bench_.call(Operation::kDeleteAlias, {{"FunctionName", "f"}, {"Name", "a"}}).status, 204);
  }
  EXPECT_EQ(bench_.get<wire::AliasPage>(Operation::kListAliases, f).aliases.size(), 1U);
}

TEST(VersionFor, GivesTheOtherVersionItsShareExactly) {
  AliasRecord alias{.version = 1, .other = 2, .weight = 0.1};
  int other = 0;
  for (int i = 0; i < 1000; ++i) other += version_for(alias, i / 1000.0) == 2 ? 1 : 0;
  EXPECT_EQ(other, 100);
  alias.weight = 1;
  EXPECT_EQ(version_for(alias, 0.999'999), 2);
  alias.weight = 0;
  EXPECT_EQ(version_for(alias, 0), 1);
}

}  // namespace
}  // namespace lamella::endpoint
