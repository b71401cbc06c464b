// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "endpoint/bench_test.h"

namespace lamella::endpoint {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::StartsWith;

constexpr const char* kCode = "def handler(event, context): return event\n";
const std::string kArn = "arn:aws:lambda:eu-central-1:000000000000:function:f";

std::string create_as(Bench& bench, const wire::CreateFunctionRequest& request) {
  return said(bench.call(Operation::kCreateFunction, {}, {}, wire::render(request)));
}

wire::HttpResponse configure(Bench& bench, const wire::UpdateFunctionConfigurationRequest& request) {
  return bench.call(Operation::kUpdateFunctionConfiguration, {{"FunctionName", "f"}}, {},
                    wire::render(request));
}

TEST(Functions, GoFromPendingToActive) {
  os::ManualClock clock(os::system_clock().wall());
  Bench bench({.create_time = milliseconds(400), .clock = &clock});
  auto request = Bench::creation("f", kCode);
  request.tags = wire::StringMap{{"team", "data"}};
  const auto made =
      bench.get<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {}, wire::render(request));
  EXPECT_EQ(made.state, "Pending");
  EXPECT_EQ(made.state_reason_code, "Creating");
  EXPECT_FALSE(made.last_update_status);
  EXPECT_EQ(made.function_arn, kArn);
  EXPECT_EQ(made.version, "$LATEST");
  EXPECT_EQ(made.timeout, 3);
  EXPECT_EQ(made.memory_size, 128);
  EXPECT_FALSE(made.layers);
  EXPECT_FALSE(made.environment);
  const auto active = bench.settled("f");
  EXPECT_FALSE(active.state_reason);
  EXPECT_NE(active.revision_id, made.revision_id);
  EXPECT_EQ(bench.configuration("f").revision_id, active.revision_id);
  const auto whole = bench.get<wire::Function>(Operation::kGetFunction, {{"FunctionName", kArn}});
  EXPECT_EQ(whole.configuration, active);
  EXPECT_EQ(whole.tags, request.tags);
  EXPECT_EQ(bench.get<wire::TagList>(Operation::kListTags, {{"Resource", kArn}}).tags, *request.tags);
  http::Client client;
  EXPECT_EQ(crypto::sha256(must(client.send({.url = whole.code.location})).body).base64(),
            active.code_sha256);
  EXPECT_EQ(create_as(bench, request), "409 ResourceConflictException: Function already exist: f");
}

TEST(Functions, TakeOneUpdateAtATime) {
  os::ManualClock clock(os::system_clock().wall());
  Bench bench({.update_time = milliseconds(500), .clock = &clock});
  const auto before = bench.create(Bench::creation("f", kCode));
  wire::UpdateFunctionConfigurationRequest request;
  request.settings.timeout = 7;
  request.revision_id = "00000000-0000-4000-8000-000000000000";
  EXPECT_THAT(said(configure(bench, request)),
              StartsWith("412 PreconditionFailedException: The Revision Id"));
  request.revision_id = before.revision_id;
  const auto during = must(wire::parse<wire::FunctionConfiguration>(configure(bench, request).body));
  EXPECT_EQ(during.last_update_status, "InProgress");
  EXPECT_EQ(during.state, "Active");
  EXPECT_EQ(during.timeout, 7);
  request.revision_id.reset();
  EXPECT_EQ(said(configure(bench, request)),
            "409 ResourceConflictException: The operation cannot be performed at this time. An update is in "
            "progress "
            "for resource: " +
                kArn);
  EXPECT_THAT(said(bench.call(Operation::kPublishVersion, {{"FunctionName", "f"}})), StartsWith("409 "));
  const auto after = bench.settled("f");
  EXPECT_NE(after.revision_id, during.revision_id);
  EXPECT_NE(during.revision_id, before.revision_id);
}

TEST(Functions, AreSettledByWhatIsGivenOnly) {
  Bench bench;
  auto request = Bench::creation("f", kCode);
  const auto layer = bench.publish_layer("words", {{"python/a.py", ""}});
  request.settings.layers = wire::Strings{layer.layer_version_arn};
  request.settings.environment = wire::Environment{wire::StringMap{{"NAME", "value"}}};
  request.settings.description = "first";
  auto wanted = bench.create(request);
  ASSERT_EQ(wanted.layers->size(), 1U);
  EXPECT_EQ(wanted.layers->front().code_size, layer.content->code_size);
  wire::UpdateFunctionConfigurationRequest update;
  update.settings.memory_size = 512;
  ASSERT_EQ(configure(bench, update).status, 200);
  const auto got = bench.settled("f");
  wanted.memory_size = 512;
  wanted.revision_id = got.revision_id;
  wanted.last_modified = got.last_modified;
  EXPECT_EQ(got, wanted);
  update.settings.layers = wire::Strings{};
  update.settings.environment = wire::Environment{wire::StringMap{}};
  ASSERT_EQ(configure(bench, update).status, 200);
  const auto cleared = bench.settled("f");
  EXPECT_FALSE(cleared.layers);
  EXPECT_EQ(cleared.environment, wire::Environment{wire::StringMap{}});
}

TEST(Functions, PublishAVersionOnlyWhenSomethingChanged) {
  Bench bench;
  bench.create(Bench::creation("f", kCode));
  const auto latest = bench.configuration("f");
  const auto one = bench.publish("f");
  EXPECT_EQ(one.version, "1");
  EXPECT_EQ(one.function_arn, kArn + ":1");
  EXPECT_EQ(one.state, "Active");
  EXPECT_NE(bench.configuration("f").revision_id, latest.revision_id) << "publishing changes $LATEST's id";
  const auto same = bench.publish("f");
  EXPECT_EQ(same, one);
  bench.update_code("f", "def handler(event, context): return 2\n");
  wire::PublishVersionRequest request{.code_sha256 = latest.code_sha256};
  EXPECT_THAT(
      said(bench.call(Operation::kPublishVersion, {{"FunctionName", "f"}}, {}, wire::render(request))),
      StartsWith("400 InvalidParameterValueException: CodeSHA256 ("));
  request = {.description = "second"};
  const auto two = bench.get<wire::FunctionConfiguration>(Operation::kPublishVersion, {{"FunctionName", "f"}},
                                                          {}, wire::render(request));
  EXPECT_EQ(two.version, "2");
  EXPECT_EQ(two.description, "second");
  const auto all =
      bench.get<wire::FunctionVersionPage>(Operation::kListVersionsByFunction, {{"FunctionName", "f"}});
  ASSERT_EQ(all.versions.size(), 3U);
  EXPECT_EQ(all.versions[0].version, "$LATEST");
  EXPECT_EQ(all.versions[2].version, "2");
  EXPECT_FALSE(all.versions[0].state);
}

TEST(Functions, PublishWithinCreateAndUpdate) {
  Bench bench;
  auto request = Bench::creation("f", kCode);
  request.publish = true;
  const auto one =
      bench.get<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {}, wire::render(request));
  EXPECT_EQ(one.version, "1");
  EXPECT_EQ(one.state, "Pending");
  bench.settled("f");
  wire::UpdateFunctionCodeRequest update;
  update.code.zip_file = wire::Blob{zip_of({{"app.py", "def handler(e, c): return 2\n"}})};
  update.publish = true;
  const auto two = bench.get<wire::FunctionConfiguration>(Operation::kUpdateFunctionCode,
                                                          {{"FunctionName", "f"}}, {}, wire::render(update));
  EXPECT_EQ(two.version, "2");
  EXPECT_EQ(bench.settled("f").code_sha256, two.code_sha256);
}

TEST(Functions, KeepTheirNumbersWhenTheyAreMadeAgain) {
  Bench bench;
  bench.create(Bench::creation("f", kCode));
  bench.publish("f");
  EXPECT_EQ(bench.call(Operation::kDeleteFunction, {{"FunctionName", "f"}}).status, 204);
  EXPECT_EQ(said(bench.call(Operation::kGetFunction, {{"FunctionName", "f"}})),
            "404 ResourceNotFoundException: Function not found: " + kArn);
  bench.create(Bench::creation("f", kCode));
  EXPECT_EQ(bench.publish("f").version, "2");
}

TEST(Functions, AreRefusedLayersAsTheServiceDoes) {
  Bench bench({}, Bench::Cache::kOwn);
  const auto attach = [&](const wire::Strings& arns) {
    auto request = Bench::creation("f", kCode);
    request.settings.layers = arns;
    return create_as(bench, request);
  };
  const auto one = bench.publish_layer("words", {{"python/a.py", "1"}}).layer_version_arn;
  const auto two = bench.publish_layer("words", {{"python/a.py", "2"}}).layer_version_arn;
  EXPECT_EQ(attach(wire::Strings(6, one)),
            "400 InvalidParameterValueException: Cannot reference more than 5 layers.");
  EXPECT_EQ(
      attach({one, two}),
      "400 InvalidParameterValueException: Two different versions of the same layer are not allowed to be "
      "referenced in the same function. " +
          one + " and " + two + " are versions of the same layer.");
  EXPECT_EQ(attach({one.substr(0, one.size() - 1) + "9"}),
            "400 InvalidParameterValueException: Layer version "
            "arn:aws:lambda:eu-central-1:000000000000:layer:words:9 "
            "does not exist.");
  EXPECT_EQ(
      attach({"arn:aws:lambda:us-west-2:000000000000:layer:words:1"}),
      "400 InvalidParameterValueException: Layers are not in the same region as the function. Layers are "
      "expected to be in region eu-central-1.");
  EXPECT_THAT(attach({"arn:aws:lambda:eu-central-1:000000000000:layer:words"}),
              StartsWith("400 ValidationException: "));
  const auto big = bench.publish_zip("big", large_zip(20)).layer_version_arn;
  auto request = Bench::creation("f", kCode);
  request.settings.layers = wire::Strings{big};
  request.code.zip_file = wire::Blob{large_zip(7)};
  EXPECT_EQ(create_as(bench, request),
            "400 InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes");
}

TEST(Functions, KeepADeletedLayerButGetNoneAnew) {
  Bench bench;
  auto request = Bench::creation("f", "import words\ndef handler(event, context): return words.WORD\n");
  const auto layer = bench.publish_layer("words", {{"python/words.py", "WORD = 5\n"}});
  request.settings.layers = wire::Strings{layer.layer_version_arn};
  bench.create(request);
  bench.call(Operation::kDeleteLayerVersion, {{"LayerName", "words"}, {"VersionNumber", "1"}});
  EXPECT_EQ(bench.invoke("f").payload, "5");
  EXPECT_EQ(bench.configuration("f").layers->size(), 1U);
  request.function_name = "g";
  EXPECT_THAT(create_as(bench, request), HasSubstr("does not exist."));
}

TEST(Functions, AreRefusedSettingsAsTheServiceDoes) {
  Bench bench;
  const auto with = [&](auto change) {
    auto request = Bench::creation("f", kCode);
    change(request);
    return create_as(bench, request);
  };
  using Request = wire::CreateFunctionRequest;
  EXPECT_EQ(
      with([](Request& r) { r.settings.timeout = 901; }),
      "400 ValidationException: 1 validation error detected: Value '901' at 'timeout' failed to satisfy "
      "constraint: Member must have value less than or equal to 900");
  EXPECT_THAT(with([](Request& r) { r.settings.timeout = 0, r.settings.memory_size = 64; }),
              StartsWith("400 ValidationException: 2 validation errors detected: Value '0' at 'timeout'"));
  EXPECT_THAT(with([](Request& r) { r.settings.handler = "has space"; }), HasSubstr("at 'handler'"));
  EXPECT_THAT(with([](Request& r) { r.settings.role = "admin"; }), HasSubstr("at 'role'"));
  EXPECT_THAT(with([](Request& r) { r.settings.role.reset(); }), HasSubstr("at 'role'"));
  EXPECT_THAT(with([](Request& r) { r.settings.runtime = "cobol1"; }),
              StartsWith("400 InvalidParameterValueException: Value cobol1 at 'runtime' failed to satisfy"));
  EXPECT_THAT(with([](Request& r) { r.function_name = std::string(65, 'f'); }), StartsWith("400 "));
  EXPECT_THAT(with([](Request& r) { r.function_name = "a%00b"; }), StartsWith("400 ValidationException"));
  EXPECT_THAT(with([](Request& r) {
                r.architectures = wire::Strings{"x86_64", "arm64"};
              }),
              HasSubstr("'architectures'"));
  EXPECT_THAT(with([](Request& r) {
                r.settings.environment = wire::Environment{wire::StringMap{{"AWS_REGION", "x"}}};
              }),
              HasSubstr("Reserved keys used in this request: AWS_REGION"));
  EXPECT_THAT(with([](Request& r) {
                r.settings.environment = wire::Environment{wire::StringMap{{"BIG", std::string(4'096, 'x')}}};
              }),
              HasSubstr("exceeded the 4KB limit. String measured: {\"BIG\":\"xxx"));
  EXPECT_THAT(said(bench.send({"POST", "/2015-03-31/functions", "", {}, "{"})),
              StartsWith("400 SerializationException"));
}

TEST(Functions, AnswerWhatClientsAskBesides) {
  Bench bench;
  bench.create(Bench::creation("f", kCode));
  const wire::Labels f{{"FunctionName", "f"}};
  EXPECT_EQ(bench.call(Operation::kGetFunctionCodeSigningConfig, f).body, "{}");
  EXPECT_EQ(bench.call(Operation::kGetFunctionRecursionConfig, f).body, R"({"RecursiveLoop":"Terminate"})");
  EXPECT_EQ(bench.call(Operation::kGetRuntimeManagementConfig, f).status, 200);
  EXPECT_EQ(bench.call(Operation::kGetFunctionUrlConfig, f).status, 404);
  EXPECT_EQ(bench.call(Operation::kGetFunctionEventInvokeConfig, f).status, 404);
  EXPECT_EQ(bench.call(Operation::kGetFunctionConcurrency, f).body, "{}");
  EXPECT_EQ(bench.call(Operation::kListProvisionedConcurrencyConfigs, f).status, 200);
  const auto settings = bench.get<wire::AccountSettings>(Operation::kGetAccountSettings, {});
  EXPECT_EQ(settings.account_usage.function_count, 1);
  EXPECT_GT(settings.account_usage.total_code_size, 100);
  const auto listed = bench.get<wire::FunctionPage>(Operation::kListFunctions, {});
  ASSERT_EQ(listed.functions.size(), 1U);
  EXPECT_FALSE(listed.functions[0].state);
  const auto all = bench.get<wire::FunctionPage>(Operation::kListFunctions, {}, {{"FunctionVersion", "ALL"}});
  EXPECT_EQ(all.functions.at(0).function_arn, kArn + ":$LATEST");
  EXPECT_EQ(said(bench.call(Operation::kGetFunction,
                            {{"FunctionName", "arn:aws:lambda:us-west-2:000000000000:function:f"}})),
            "404 ResourceNotFoundException: Functions from 'us-west-2' are not reachable in this region "
            "('eu-central-1')");
  EXPECT_THAT(said(bench.call(Operation::kGetFunction, {{"FunctionName", "111122223333:function:f"}})),
              StartsWith("404 "));
  EXPECT_THAT(said(bench.call(Operation::kGetFunction, {{"FunctionName", "f:1"}}, {{"Qualifier", "2"}})),
              HasSubstr("The derived qualifier from the function name does not match"));
}

}  // namespace
}  // namespace lamella::endpoint
