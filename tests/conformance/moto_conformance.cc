// SPDX-License-Identifier: Apache-2.0
//
// Our client against a service somebody else wrote.  moto proves what we write and read of layers, functions
// and aliases, and checks signatures of requests with a body; it does not validate, wait or page, and some of
// its status codes differ, so only 2xx and contents are asserted.  Run by with_moto.py.
#include <gtest/gtest.h>

#include "aws/identity.h"
#include "aws/invoker.h"
#include "aws/lambda_control.h"
#include "base/digest.h"
#include "crypto/sha256.h"
#include "http/client.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/random.h"
#include "wire/xml_text.h"

namespace lamella::aws {
namespace {

// The smallest zip there is: an empty one.
const std::string kZip = std::string("PK\x05\x06", 4) + std::string(18, '\0');
const std::string kRole = "arn:aws:iam::123456789012:role/lambda-dev";

class Moto : public testing::Test {
 protected:
  void SetUp() override {
    const auto url = os::get_environment("LAMELLA_MOTO_URL");
    if (!url) GTEST_SKIP() << "LAMELLA_MOTO_URL is not set; run through tests/conformance/with_moto.py";
    url_ = *url;
    post("/moto-api/reset", "", "application/json");
    post("/moto-api/config", R"({"lambda":{"use_docker":true}})", "application/json");
    iam({{"Action", "CreateRole"},
         {"RoleName", "lambda-dev"},
         {"AssumeRolePolicyDocument", R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow",)"
                                      R"("Principal":{"Service":"lambda.amazonaws.com"},)"
                                      R"("Action":"sts:AssumeRole"}]})"}});
    lambda_ = lambda_control(client_, {url_, {"us-west-2", "lambda"}});
  }

  void post(std::string path, std::string body, std::string type) {
    Exchange exchange;
    exchange.origin = url_;
    exchange.request = {"POST", std::move(path), "", {{"Content-Type", std::move(type)}}, std::move(body)};
    const auto answer = transport_->exchange(exchange);
    ASSERT_TRUE(answer && answer->ok());
  }

  std::string iam(wire::QueryPairs form) {
    form.emplace_back("Version", "2010-05-08");
    wire::HttpRequest request{
        "POST", "/", "", {{"Content-Type", "application/x-www-form-urlencoded"}}, wire::render_query(form)};
    const auto answer = client_.call({url_, {"us-east-1", "iam"}}, request, wire::CallClass::kRead);
    EXPECT_TRUE(answer) << answer.error().to_string();
    return answer ? answer->body : "";
  }

  wire::LayerVersion publish(LambdaControl& lambda, std::string_view name = "core") {
    wire::PublishLayerVersionRequest request;
    request.content.zip_file = wire::Blob{kZip};
    request.description = "numbers [lamella:1 abc]";
    request.compatible_runtimes = wire::Strings{"python3.11"};
    request.compatible_architectures = wire::Strings{"x86_64"};
    auto layer = lambda.publish_layer_version(name, request, {});
    EXPECT_TRUE(layer) << layer.error().to_string();
    return layer.value_or(wire::LayerVersion{});
  }

  wire::CreateFunctionRequest function_request() {
    wire::CreateFunctionRequest request;
    request.function_name = "predict";
    request.settings.runtime = "python3.11";
    request.settings.role = kRole;
    request.settings.handler = "app.handler";
    request.settings.timeout = 30;
    request.settings.memory_size = 512;
    request.settings.environment = wire::Environment{wire::StringMap{{"STAGE", "dev é"}}};
    request.code.zip_file = wire::Blob{kZip};
    request.architectures = wire::Strings{"x86_64"};
    return request;
  }

  std::string url_;
  http::Client http_;
  std::unique_ptr<Transport> transport_ = http_transport(http_);
  std::unique_ptr<CredentialProvider> credentials_ = fixed_credentials({"AKIDTEST", Secret("secret"), {}});
  Client client_{*transport_, *credentials_, os::system_clock(), os::system_random()};
  std::unique_ptr<LambdaControl> lambda_;
};

TEST_F(Moto, LayersArePublishedListedAndRead) {
  const auto first = publish(*lambda_);
  const auto second = publish(*lambda_);
  EXPECT_EQ(first.version, 1);
  EXPECT_EQ(second.version, 2);
  ASSERT_TRUE(first.content);
  EXPECT_EQ(Digest::from_base64(first.content->code_sha256), crypto::sha256(kZip));
  EXPECT_EQ(first.content->code_size, static_cast<std::int64_t>(kZip.size()));

  const auto versions = lambda_->list_layer_versions("core", {});
  ASSERT_TRUE(versions) << versions.error().to_string();
  EXPECT_EQ(versions->size(), 2U);
  const auto layers = lambda_->list_layers({});
  ASSERT_TRUE(layers) << layers.error().to_string();
  EXPECT_EQ(layers->at(0).layer_name, "core");
  const auto one = lambda_->get_layer_version("core", 1, {});
  ASSERT_TRUE(one && *one);
  EXPECT_EQ((*one)->description, "numbers [lamella:1 abc]");
  const auto none = lambda_->get_layer_version("core", 9, {});
  ASSERT_TRUE(none) << none.error().to_string();
  EXPECT_FALSE(*none);
}

TEST_F(Moto, ALayerVersionIsDeletedOnceAndItsUsersAreListed) {
  publish(*lambda_);
  auto request = function_request();
  request.settings.layers = wire::Strings{publish(*lambda_).layer_version_arn};
  ASSERT_TRUE(lambda_->create_function(request, {}));
  ASSERT_TRUE(lambda_->publish_version("predict", {}, {}));
  const auto every = lambda_->list_every_version({});
  ASSERT_TRUE(every) << every.error().to_string();
  EXPECT_EQ(every->size(), 2U);
  for (const auto& one : *every) {
    ASSERT_TRUE(one.layers && one.layers->size() == 1U) << one.version;
    EXPECT_EQ(one.layers->front().arn, *request.settings.layers->begin());
  }
  for (int i = 0; i < 2; ++i) {
    const auto deleted = lambda_->delete_layer_version("core", 1, {});
    EXPECT_TRUE(deleted) << deleted.error().to_string();
  }
  const auto left = lambda_->list_layer_versions("core", {});
  ASSERT_TRUE(left && left->size() == 1U);
  EXPECT_EQ(left->front().version, 2);
  EXPECT_EQ(publish(*lambda_).version, 3) << "a number is never given twice";
}

// moto answers this route as ListLayers; an answer without the members asked for must not pass for a layer.
TEST_F(Moto, AnAnswerOfAnotherShapeIsAnError) {
  const auto wrong = lambda_->get_layer_version_by_arn(publish(*lambda_).layer_version_arn, {});
  EXPECT_TRUE(!wrong || !*wrong || (*wrong)->version == 1);
}

TEST_F(Moto, AFunctionGoesFromCreateToWeightedAlias) {
  auto request = function_request();
  request.settings.layers = wire::Strings{publish(*lambda_).layer_version_arn};
  const auto created = lambda_->create_function(request, {});
  ASSERT_TRUE(created) << created.error().to_string();
  EXPECT_EQ(created->version, "$LATEST");
  const auto ready = wait_until_updated(*lambda_, os::system_clock(), "predict", "", {});
  ASSERT_TRUE(ready) << ready.error().to_string();
  EXPECT_EQ(ready->configuration.environment->variables->at("STAGE"), "dev é");
  EXPECT_EQ(ready->configuration.layers->size(), 1U);
  EXPECT_EQ(Digest::from_base64(ready->configuration.code_sha256), crypto::sha256(kZip));

  wire::UpdateFunctionConfigurationRequest settings;
  settings.settings.memory_size = 1024;
  ASSERT_TRUE(lambda_->update_function_configuration("predict", settings, {}));
  ASSERT_TRUE(lambda_->publish_version("predict", {}, {}));
  wire::UpdateFunctionCodeRequest code;
  code.code.zip_file =
      wire::Blob{std::string("PK\x05\x06", 4) + std::string(16, '\0') + std::string("\x01\0x", 3)};
  const auto updated = lambda_->update_function_code("predict", code, {});
  ASSERT_TRUE(updated) << updated.error().to_string();
  EXPECT_NE(updated->code_sha256, created->code_sha256);
  const auto second = lambda_->publish_version("predict", {.description = "second"}, {});
  ASSERT_TRUE(second) << second.error().to_string();
  EXPECT_EQ(second->version, "2");
  EXPECT_EQ(second->memory_size, 1024);
  EXPECT_EQ(lambda_->list_versions("predict", {})->size(), 3U);
  EXPECT_EQ(lambda_->list_functions({})->size(), 1U);

  ASSERT_TRUE(lambda_->create_alias("predict", {.name = "live", .function_version = "1"}, {}));
  wire::UpdateAliasRequest shift;
  shift.routing_config = wire::RoutingConfig{std::map<std::string, double>{{"2", 0.25}}};
  ASSERT_TRUE(lambda_->update_alias("predict", "live", shift, {}));
  const auto alias = lambda_->get_alias("predict", "live", {});
  ASSERT_TRUE(alias && *alias);
  EXPECT_EQ((*alias)->function_version, "1");
  EXPECT_EQ((*alias)->routing_config->additional_version_weights->at("2"), 0.25);
  EXPECT_EQ(lambda_->list_aliases("predict", {})->size(), 1U);
}

TEST_F(Moto, AbsenceAndRefusalAreToldApart) {
  const auto none = lambda_->get_function("ghost", "", {});
  ASSERT_TRUE(none) << none.error().to_string();
  EXPECT_FALSE(*none);
  auto request = function_request();
  request.settings.role = "arn:aws:iam::123456789012:role/absent";
  const auto refused = lambda_->create_function(request, {});
  ASSERT_FALSE(refused);
  EXPECT_EQ(certainty(refused.error()), Certainty::kNotApplied);
  EXPECT_EQ(refused.error().fact("service-code"), "InvalidParameterValueException");
}

TEST_F(Moto, InvokesAndAsksWhoItIs) {
  // This back end of moto's echoes payloads; it has no layers.
  post("/moto-api/config", R"({"lambda":{"use_docker":false}})", "application/json");
  ASSERT_TRUE(lambda_->create_function(function_request(), {}));
  const auto outcome = invoker(client_, {url_, {"us-west-2", "lambda"}})
                           ->invoke({.function = "predict", .payload = R"({"rows":3})"}, {});
  ASSERT_TRUE(outcome) << outcome.error().to_string();
  EXPECT_EQ(outcome->payload, R"({"rows":3})");
  const auto me = sts_identity(client_, {url_, {"us-west-2", "sts"}})->caller({});
  ASSERT_TRUE(me) << me.error().to_string();
  EXPECT_EQ(me->account, "123456789012");
}

TEST_F(Moto, ItsOwnSignatureCheckAgreesWithOurs) {
  iam({{"Action", "CreateUser"}, {"UserName", "u"}});
  iam({{"Action", "PutUserPolicy"},
       {"UserName", "u"},
       {"PolicyName", "all"},
       {"PolicyDocument",
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})"}});
  const std::string key = iam({{"Action", "CreateAccessKey"}, {"UserName", "u"}});
  const std::string id = wire::xml_element(key, "AccessKeyId").value_or("");
  const auto with_secret = [&](std::string secret) {
    const auto credentials = fixed_credentials({id, Secret(std::move(secret)), {}});
    Client client(*transport_, *credentials, os::system_clock(), os::system_random());
    return sts_identity(client, {url_, {"us-west-2", "sts"}})->caller({}).has_value() &&
           lambda_control(client, {url_, {"us-west-2", "lambda"}})
               ->publish_layer_version("core", {.content = {.zip_file = wire::Blob{kZip}}}, {})
               .has_value();
  };
  post("/moto-api/reset-auth", "0", "text/plain");
  const bool right = with_secret(wire::xml_element(key, "SecretAccessKey").value_or(""));
  const bool wrong = with_secret("not the secret");
  post("/moto-api/reset-auth", "inf", "text/plain");
  EXPECT_TRUE(right);
  EXPECT_FALSE(wrong);
}

}  // namespace
}  // namespace lamella::aws
