// SPDX-License-Identifier: Apache-2.0
#include "model/arn.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lamella::model {
namespace {

constexpr const char* kLayer = "arn:aws:lambda:us-west-2:111122223333:layer:core";
constexpr const char* kFunction = "arn:aws-us-gov:lambda:us-gov-west-1:000000000000:function:predict";

TEST(Arn, RendersWhatItParses) {
  EXPECT_EQ(to_string(*parse_layer_arn(kLayer)), kLayer);
  const auto version = parse_layer_version_arn(std::string(kLayer) + ":7");
  ASSERT_TRUE(version.has_value());
  EXPECT_EQ(version->version, 7);
  EXPECT_EQ(version->layer.name, "core");
  EXPECT_EQ(to_string(*version), std::string(kLayer) + ":7");
  for (const char* qualifier : {"", ":3", ":live", ":$LATEST"}) {
    const auto text = std::string(kFunction) + qualifier;
    const auto function = parse_function_arn(text);
    ASSERT_TRUE(function.has_value()) << text;
    EXPECT_EQ(to_string(*function), text);
  }
}

TEST(Arn, RefusesWhatItWouldNotRender) {
  const std::string layer = kLayer;
  for (const std::string& bad : {layer + ":0", layer + ":01", layer + ":-1", layer + ":x", layer,
                                 layer + ":1:2", layer + ":99999999999999999999"}) {
    EXPECT_FALSE(parse_layer_version_arn(bad).has_value()) << bad;
  }
  for (const char* bad :
       {"", "core", "arn:aws:s3:us-west-2:111122223333:layer:core", "arn:gcp:lambda:r:111122223333:layer:c",
        "arn:aws:lambda:US:111122223333:layer:core", "arn:aws:lambda:us-west-2:1111:layer:core",
        "arn:aws:lambda:us-west-2:111122223333:function:core",
        "arn:aws:lambda:us-west-2:111122223333:layer:"}) {
    EXPECT_FALSE(parse_layer_arn(bad).has_value()) << bad;
  }
  for (const char* bad : {":$NEWEST", ":a b", ":", ":1:2"}) {
    EXPECT_FALSE(parse_function_arn(std::string(kFunction) + bad).has_value()) << bad;
  }
}

RC_GTEST_PROP(Arn, AcceptedTextIsCanonical, (const std::string& tail)) {
  const auto text = std::string(kFunction) + ":" + tail;
  const auto parsed = parse_function_arn(text);
  if (parsed) RC_ASSERT(to_string(*parsed) == text);
}

}  // namespace
}  // namespace lamella::model
