// SPDX-License-Identifier: Apache-2.0
#include "wire/lambda_shapes.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>

#include "document/json.h"
#include "wire/invoke.h"
#include "wire/messages.h"
#include "wire/service_error.h"
#include "wire/sts.h"

namespace lamella::wire {
namespace {

FunctionConfiguration full_configuration() {
  FunctionConfiguration c;
  c.function_name = "predict";
  c.function_arn = "arn:aws:lambda:us-west-2:000000000000:function:predict:3";
  c.runtime = "python3.11";
  c.role = "arn:aws:iam::000000000000:role/local";
  c.handler = "app.handler";
  c.code_size = 512;
  c.last_modified = parse_timestamp("2026-11-21T01:07:34.305+0000").value();
  c.code_sha256 = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
  c.version = "3";
  c.environment = Environment{StringMap{}};
  c.tracing_config = TracingConfig{"PassThrough"};
  c.revision_id = "r";
  c.layers = std::vector<AttachedLayer>{{"arn:1", 10}, {"arn:0", 11}};
  c.state = "Active";
  c.last_update_status = "Successful";
  c.package_type = "Zip";
  c.architectures = Strings{"x86_64"};
  c.ephemeral_storage = EphemeralStorage{};
  c.snap_start = SnapStart{"None", "Off"};
  c.runtime_version_config = RuntimeVersionConfig{"arn:r"};
  c.logging_config = LoggingConfig{"Text", "/aws/lambda/predict"};
  return c;
}

template <class Shape>
void expect_round_trip(const Shape& shape) {
  const auto back = parse<Shape>(render(shape));
  ASSERT_TRUE(back) << back.error().to_string() << "\n" << render(shape);
  EXPECT_EQ(*back, shape) << render(shape);
}

TEST(LambdaShapes, ParseIsTheInverseOfRender) {
  expect_round_trip(full_configuration());
  expect_round_trip(
      Function{full_configuration(), {"S3", "http://x"}, StringMap{{"a", "b"}}, FunctionConcurrency{4}});
  PublishLayerVersionRequest publish;
  publish.content.zip_file = Blob{std::string("PK\x03\x04\0\xff", 6)};
  publish.compatible_runtimes = Strings{};
  expect_round_trip(publish);
  CreateFunctionRequest create;
  create.function_name = "f";
  create.settings.role = "r";
  create.settings.layers = Strings{};
  create.code.zip_file = Blob{"zip"};
  create.publish = false;
  create.tags = StringMap{{"k", "v"}};
  expect_round_trip(create);
  UpdateAliasRequest alias;
  alias.routing_config = RoutingConfig{std::map<std::string, double>{{"2", 0.25}}};
  expect_round_trip(alias);
  expect_round_trip(AccountSettings{});
  expect_round_trip(LayerPage{{Layer{"n", "a", LayerVersion{{}, {}, "a:1", "", {}, 1}}}, "next"});
}

TEST(LambdaShapes, OmitsWhatIsAbsentAndKeepsWhatIsEmpty) {
  LayerVersion version;
  version.layer_version_arn = "a:1";
  version.version = 1;
  version.compatible_runtimes = Strings{};
  EXPECT_EQ(
      render(version),
      R"({"LayerVersionArn":"a:1","Description":"","CreatedDate":"1970-01-01T00:00:00.000+0000","Version":1,)"
      R"("CompatibleRuntimes":[]})");
  UpdateFunctionConfigurationRequest clear;
  clear.settings.layers = Strings{};
  clear.settings.environment = Environment{StringMap{}};
  EXPECT_EQ(render(clear), R"({"Environment":{"Variables":{}},"Layers":[]})");
  EXPECT_EQ(render(PublishVersionRequest{}), "{}");
  EXPECT_TRUE(parse<PublishVersionRequest>(""));
  EXPECT_FALSE(parse<PublishVersionRequest>(R"({"Description":null})")->description);
}

TEST(LambdaShapes, NamesMissingMembersAsTheServiceDoes) {
  const auto missing = parse<CreateAliasRequest>("{}");
  ASSERT_FALSE(missing);
  EXPECT_TRUE(is_service_error(missing.error(), "ValidationException"));
  EXPECT_EQ(
      missing.error().what(),
      "2 validation errors detected: Value null at 'name' failed to satisfy constraint: Member must not be "
      "null; Value null at 'functionVersion' failed to satisfy constraint: Member must not be null");
  EXPECT_EQ(parse<LayerPage>("{}").error().fact("service-code"), "ValidationException");
}

TEST(LambdaShapes, RefusesWrongTypesAndText) {
  for (const char* bad : {"[]", "{", R"({"Timeout":"3"})", R"({"Layers":"x"})", R"({"Layers":[1]})",
                          R"({"Environment":{"Variables":{"A":1}}})"}) {
    const auto parsed = parse<UpdateFunctionConfigurationRequest>(bad);
    ASSERT_FALSE(parsed) << bad;
    EXPECT_TRUE(is_service_error(parsed.error(), "SerializationException")) << bad;
  }
  EXPECT_FALSE(parse<PublishLayerVersionRequest>(R"({"Content":{"ZipFile":"???"}})"));
}

TEST(ServiceError, RendersAsTheServiceAndParsesBack) {
  const Error error = refuse("ResourceNotFoundException", function_not_found("arn:f"));
  const HttpResponse response = render_error(error, "id-1");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.body, R"({"Type":"User","Message":"Function not found: arn:f"})");
  EXPECT_EQ(find_header(response.headers, "x-amzn-errortype"), "ResourceNotFoundException");
  const Error back = parse_error(response);
  EXPECT_TRUE(is_service_error(back, "ResourceNotFoundException"));
  EXPECT_EQ(back.what(), "Function not found: arn:f");
  EXPECT_EQ(back.fact("service-status"), "404");
  EXPECT_EQ(back.fact("request-id"), "id-1");
  EXPECT_EQ(render_error(invalid_parameter("m"), "").body, R"({"Type":"User","message":"m"})");
  EXPECT_EQ(render_error(validation_error("v", "m", "Member must exist"), "").body,
            R"({"message":"1 validation error detected: Value 'v' at 'm' failed to satisfy constraint: )"
            R"(Member must exist"})");
}

TEST(ServiceError, TellsNothingOfAnInternalError) {
  const HttpResponse response = render_error(Error(ErrorCode::kIo, "cannot open /secret/path"), "id");
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body.find("secret"), std::string::npos);
}

TEST(ServiceError, FindsTheCodeWhereverItStands) {
  const auto code = [](Headers headers, std::string body) {
    return parse_error({400, std::move(headers), std::move(body)}).fact("service-code");
  };
  EXPECT_EQ(code({{"X-Amzn-ErrorType", "Throttling:http://internal/"}}, "{}"), "Throttling");
  EXPECT_EQ(code({{"x-amzn-errortype", "ns#Code"}}, "{}"), "Code");
  EXPECT_EQ(code({}, R"({"__type":"ns#Other","Message":"m"})"), "Other");
  EXPECT_EQ(code({}, R"({"code":"Plain"})"), "Plain");
  EXPECT_EQ(code({}, "<ErrorResponse><Error><Code>InvalidClientTokenId</Code></Error></ErrorResponse>"),
            "InvalidClientTokenId");
  EXPECT_EQ(code({}, "<!doctype html><title>x</title>"), "HTTP 400");
  EXPECT_EQ(parse_error({429, {{"Retry-After", "2"}}, R"({"Reason":"CallerRateLimitExceeded"})"})
                .fact("retry-after-ms"),
            "2000");
}

TEST(Invoke, TravelsInHeaders) {
  InvokeRequest request{"predict", "live",       InvocationType::kRequestResponse,
                        true,      R"({"a":1})", R"({"x":2})"};
  const HttpRequest http = render_invoke(request);
  EXPECT_EQ(http.target(), "/2015-03-31/functions/predict/invocations?Qualifier=live");
  const auto back = parse_invoke(http, "predict", "live");
  ASSERT_TRUE(back);
  EXPECT_TRUE(back->log_tail);
  EXPECT_EQ(back->client_context, R"({"a":1})");
  EXPECT_EQ(back->payload, R"({"x":2})");
  HttpRequest wrong = http;
  set_header(wrong.headers, "X-Amz-Invocation-Type", "Later");
  EXPECT_FALSE(parse_invoke(wrong, "f", ""));

  const InvokeOutcome outcome{200, R"({"errorType":"E"})", "Unhandled", "3", "START\nEND\n"};
  const auto read = parse_outcome(render_outcome(outcome, "id"));
  ASSERT_TRUE(read);
  EXPECT_TRUE(read->failed());
  EXPECT_EQ(read->executed_version, "3");
  EXPECT_EQ(read->log_tail, outcome.log_tail);
  EXPECT_EQ(read->payload, outcome.payload);
}

TEST(Sts, CallerIdentityRoundTripsAndNeedsAnAccount) {
  EXPECT_EQ(query_action(caller_identity_request().body), "GetCallerIdentity");
  const CallerIdentity me{"AIDA&1", "000000000000", "arn:aws:sts::000000000000:assumed-role/<local>"};
  EXPECT_EQ(parse_caller_identity(render_caller_identity(me, "id")).value(), me);
  EXPECT_FALSE(parse_caller_identity({200, {}, "<html>hello</html>"}));
}

class Recordings : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = std::filesystem::path(LAMELLA_SOURCE_DIR) /
                      "../shared/oracles/lambda-recordings/test_lambda_api.snapshot.json";
    std::ifstream in(path, std::ios::binary);
    if (!in) GTEST_SKIP() << "no ../shared/oracles/lambda-recordings beside the repository";
    std::stringstream text;
    text << in.rdbuf();
    root_ = document::parse_json(text.str(), "recordings").value();
  }
  document::Value root_;
};

void collect_errors(const document::Value& value, std::vector<const document::Value*>& found) {
  if (const auto* object = value.as_object()) {
    if (value.find({"Error", "Code"}) && value.find({"ResponseMetadata", "HTTPStatusCode"}))
      found.push_back(&value);
    for (const auto& member : *object) collect_errors(member.value, found);
  }
  if (const auto* array = value.as_array()) {
    for (const auto& item : *array) collect_errors(item, found);
  }
}

// Status, message member and, where the service wrote one, Type of every recorded refusal.
TEST_F(Recordings, ErrorTableAgreesWithTheService) {
  std::vector<const document::Value*> errors;
  collect_errors(root_, errors);
  int compared = 0;
  for (const auto* error : errors) {
    const std::string code = error->find("Error")->text("Code");
    const ErrorRow row = error_row(code);
    if (code == "AccessDeniedException")
      continue;  // worded by the function URL front, not by the control plane
    const auto status = error->find("ResponseMetadata")->integer("HTTPStatusCode");
    SCOPED_TRACE(document::render_json(*error));
    EXPECT_EQ(row.status, status);
    if (error->find("Type")) {
      EXPECT_EQ(row.type, error->text("Type"));
    }
    if (error->find("message")) {
      EXPECT_EQ(row.member, "message");
    }
    if (error->find("Message")) {
      EXPECT_EQ(row.member, "Message");
    }
    ++compared;
  }
  EXPECT_GT(compared, 100);
}

// Whatever the service answered about functions can be read, and written again with the same members.
TEST_F(Recordings, FunctionConfigurationsSurviveReadingAndWriting) {
  std::vector<const document::Value*> found;
  const std::function<void(const document::Value&)> walk = [&](const document::Value& value) {
    if (const auto* object = value.as_object()) {
      if (value.find("CodeSha256") && value.find("FunctionArn") && value.find("Runtime"))
        found.push_back(&value);
      for (const auto& member : *object) walk(member.value);
    } else if (const auto* array = value.as_array()) {
      for (const auto& item : *array) walk(item);
    }
  };
  walk(root_);
  const std::set<std::string> not_built = {
      "ResponseMetadata",         "VpcConfig",     "KMSKeyArn",    "DeadLetterConfig",   "FileSystemConfigs",
      "SigningProfileVersionArn", "SigningJobArn", "ConfigSha256", "ImageConfigResponse"};
  int compared = 0;
  for (const auto* recorded : found) {
    document::Value value = *recorded;
    value.set("LastModified", "2026-11-21T01:07:34.305+0000");
    value.set("CodeSize", 1);
    for (const auto& name : not_built) value.erase(name);
    if (auto* logging = value.find("LoggingConfig")) {
      logging->erase("ApplicationLogLevel");
      logging->erase("SystemLogLevel");
    }
    if (auto* runtime = value.find("RuntimeVersionConfig")) runtime->erase("Error");
    if (auto* layers = value.find("Layers")) {
      for (auto& layer : *layers->as_array()) layer.set("CodeSize", 1);
    }
    const auto parsed = parse<FunctionConfiguration>(document::render_json(value));
    ASSERT_TRUE(parsed) << parsed.error().to_string() << document::render_json(value);
    EXPECT_EQ(document::parse_json(render(*parsed), "again").value(), value);
    ++compared;
  }
  EXPECT_GT(compared, 30);
}

}  // namespace
}  // namespace lamella::wire
