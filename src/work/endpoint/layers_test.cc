// SPDX-License-Identifier: Apache-2.0
#include <gmock/gmock.h>

#include "crypto/sha256.h"
#include "endpoint/bench_test.h"

namespace lamella::endpoint {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::StartsWith;

std::string publish_as(Bench& bench, const std::string& name,
                       const wire::PublishLayerVersionRequest& request) {
  return said(bench.call(Operation::kPublishLayerVersion, {{"LayerName", name}}, {}, wire::render(request)));
}

wire::PublishLayerVersionRequest small() {
  wire::PublishLayerVersionRequest request;
  request.content.zip_file = wire::Blob{zip_of({{"python/a.py", "A = 1\n"}})};
  return request;
}

wire::HttpResponse fetch(const std::string& url) {
  http::Client client;
  const auto reply = must(client.send({.url = url}));
  return {reply.status, {reply.headers.begin(), reply.headers.end()}, reply.body};
}

TEST(Layers, AnswerAsPublished) {
  Bench bench;
  auto request = small();
  request.description = "words";
  request.compatible_architectures = wire::Strings{};
  request.license_info = "MIT";
  const auto made = bench.get<wire::LayerVersion>(Operation::kPublishLayerVersion, {{"LayerName", "words"}},
                                                  {}, wire::render(request));
  EXPECT_EQ(made.layer_version_arn, "arn:aws:lambda:eu-central-1:000000000000:layer:words:1");
  EXPECT_EQ(made.description, "words");
  EXPECT_FALSE(made.compatible_runtimes);
  EXPECT_EQ(made.compatible_architectures, wire::Strings{});
  EXPECT_EQ(made.content->code_size, static_cast<std::int64_t>(request.content.zip_file->bytes.size()));
  EXPECT_EQ(made.content->code_sha256, crypto::sha256(request.content.zip_file->bytes).base64());
  auto read = bench.get<wire::LayerVersion>(Operation::kGetLayerVersion,
                                            {{"LayerName", *made.layer_arn}, {"VersionNumber", "1"}});
  auto by_arn =
      bench.get<wire::LayerVersion>(Operation::kGetLayerVersionByArn, {}, {{"Arn", made.layer_version_arn}});
  read.content->location = by_arn.content->location = made.content->location;
  EXPECT_EQ(read, made);
  EXPECT_EQ(by_arn, made);
}

TEST(Layers, CanBeDownloadedThroughAPresignedUrlOnly) {
  Bench bench;
  const auto made = bench.publish_layer("words", {{"python/a.py", std::string(100'000, '#')}});
  const std::string url = made.content->location;
  const auto zip = fetch(url);
  EXPECT_EQ(zip.status, 200);
  EXPECT_EQ(crypto::sha256(zip.body).base64(), made.content->code_sha256);
  EXPECT_EQ(fetch(url.substr(0, url.find('?'))).status, 403);
  std::string other = url;
  other.replace(other.find("blobs/") + 6, 4, "0000");
  EXPECT_EQ(fetch(other).status, 403);
  wire::HttpRequest old{"GET",
                        url.substr(url.find("/_lamella"), url.find('?') - url.find("/_lamella")),
                        "",
                        {{"Host", bench.host()}},
                        ""};
  wire::presign(old, {"AKTEST", Secret("secret"), Secret()}, {"eu-central-1", "lambda"},
                Bench::now() - std::chrono::seconds(601), std::chrono::seconds(600));
  EXPECT_EQ(bench.send_as_is(old).status, 403);
}

TEST(Layers, AreListedNewestFirstAndPerRegion) {
  Bench bench;
  for (int i = 0; i < 3; ++i) bench.publish_layer("words", {{"python/a.py", std::to_string(i)}});
  bench.publish_layer("more", {{"python/b.py", ""}});
  const auto versions =
      bench.get<wire::LayerVersionPage>(Operation::kListLayerVersions, {{"LayerName", "words"}});
  ASSERT_EQ(versions.layer_versions.size(), 3U);
  EXPECT_EQ(versions.layer_versions[0].version, 3);
  EXPECT_EQ(versions.layer_versions[2].version, 1);
  EXPECT_FALSE(versions.next_marker);
  const auto page = bench.get<wire::LayerVersionPage>(Operation::kListLayerVersions, {{"LayerName", "words"}},
                                                      {{"MaxItems", "2"}});
  ASSERT_TRUE(page.next_marker);
  const auto rest = bench.get<wire::LayerVersionPage>(Operation::kListLayerVersions, {{"LayerName", "words"}},
                                                      {{"MaxItems", "2"}, {"Marker", *page.next_marker}});
  ASSERT_EQ(rest.layer_versions.size(), 1U);
  EXPECT_EQ(rest.layer_versions[0].version, 1);
  EXPECT_TRUE(bench.get<wire::LayerVersionPage>(Operation::kListLayerVersions, {{"LayerName", "absent"}})
                  .layer_versions.empty());
  const auto layers = bench.get<wire::LayerPage>(Operation::kListLayers, {});
  ASSERT_EQ(layers.layers.size(), 2U);
  EXPECT_EQ(layers.layers[1].layer_name, "words");
  EXPECT_EQ(layers.layers[1].latest_matching_version.version, 3);
  EXPECT_TRUE(bench.get<wire::LayerPage>(Operation::kListLayers, {}, {{"CompatibleRuntime", "python3.9"}})
                  .layers.empty());
  const auto elsewhere = bench.send(wire::make_request(Operation::kListLayers, {}), "lambda", "us-west-2");
  EXPECT_EQ(elsewhere.body, R"({"Layers":[]})");
}

TEST(Layers, NeverGetANumberTwice) {
  Bench bench;
  bench.publish_layer("words", {{"python/a.py", "1"}});
  const wire::Labels first{{"LayerName", "words"}, {"VersionNumber", "1"}};
  EXPECT_EQ(bench.call(Operation::kDeleteLayerVersion, first).status, 204);
  EXPECT_EQ(bench.call(Operation::kDeleteLayerVersion, first).status, 204);
  EXPECT_EQ(said(bench.call(Operation::kGetLayerVersion, first)),
            "404 ResourceNotFoundException: The resource you requested does not exist.");
  EXPECT_EQ(bench.publish_layer("words", {{"python/a.py", "1"}}).version, 2);
}

TEST(Layers, AreRefusedAsTheServiceDoes) {
  Bench bench({}, Bench::Cache::kOwn);
  auto request = small();
  request.content.zip_file = wire::Blob{"no zip at all"};
  EXPECT_EQ(publish_as(bench, "a", request),
            "400 InvalidParameterValueException: Could not unzip uploaded file. Please check your file, then "
            "try to "
            "upload again.");
  request.content.zip_file = wire::Blob{zip_of({{"../evil", "x"}})};
  EXPECT_THAT(publish_as(bench, "a", request),
              StartsWith("400 InvalidParameterValueException: Could not unzip"));
  request.content.zip_file = wire::Blob{large_zip(27)};
  EXPECT_EQ(publish_as(bench, "a", request),
            "400 InvalidParameterValueException: Unzipped size must be smaller than 262144000 bytes");
  request.content.zip_file = wire::Blob{std::string(52'428'801, 'x')};
  EXPECT_EQ(publish_as(bench, "a", request),
            "413 RequestEntityTooLargeException: Zipped size must be smaller than 52428800 bytes");
  request = small();
  request.compatible_runtimes = wire::Strings(16, "python3.11");
  EXPECT_THAT(publish_as(bench, "a", request),
              HasSubstr("at 'compatibleRuntimes' failed to satisfy constraint"));
  request = small();
  request.description = std::string(257, 'x');
  request.compatible_runtimes = wire::Strings{"cobol1"};
  EXPECT_THAT(publish_as(bench, "a", request),
              StartsWith("400 ValidationException: 2 validation errors detected: "));
  EXPECT_THAT(
      publish_as(bench, "no spaces", small()),
      StartsWith("400 ValidationException: 1 validation error detected: Value 'no spaces' at 'layerName'"));
  EXPECT_EQ(said(bench.call(Operation::kGetLayerVersion, {{"LayerName", "a"}, {"VersionNumber", "0"}})),
            "400 InvalidParameterValueException: Layer Version Cannot be less than 1");
}

}  // namespace
}  // namespace lamella::endpoint
