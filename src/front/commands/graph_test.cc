// SPDX-License-Identifier: Apache-2.0
#include "commands/graph.h"

#include <gmock/gmock.h>

#include "commands/shop_fixture.h"

namespace lamella::commands {
namespace {

using document::Value;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

class GraphCommandTest : public ShopTest {
 protected:
  Value drawn(GraphDetail detail) {
    auto outcome = graph({.project = root()}, detail);
    EXPECT_TRUE(outcome.has_value()) << outcome.error().to_string();
    return outcome ? std::move(outcome->record) : Value::object();
  }
  static std::vector<std::string> ids(const Value& record) {
    std::vector<std::string> found;
    for (const Value& node : record.items("nodes")) found.push_back(node.text("id"));
    return found;
  }
  static std::vector<std::string> edges(const Value& record) {
    std::vector<std::string> found;
    for (const Value& edge : record.items("edges")) {
      found.push_back(edge.text("from") + " " + edge.text("kind") + " " + edge.text("to"));
    }
    return found;
  }
};

TEST_F(GraphCommandTest, HasLayersAndFunctionsWithWhatTheyShip) {
  const Value record = drawn(GraphDetail::kArtifacts);
  EXPECT_THAT(ids(record),
              ElementsAre("layer core", "layer ml", "layer aws", "function predict", "function report"));
  EXPECT_THAT(edges(record), ElementsAre("layer ml depends-on layer core", "function predict uses layer core",
                                         "function predict uses layer ml", "function report uses layer aws"));
  const auto& shipped = record.items("nodes")[1].items("packages");
  ASSERT_EQ(shipped.size(), 2U) << "numpy comes from core";
  EXPECT_EQ(shipped[0].text("name"), "joblib");
  EXPECT_EQ(shipped[1].text("version"), "1.3.0");
}

TEST_F(GraphCommandTest, HasPackagesWhenAsked) {
  const Value record = drawn(GraphDetail::kPackages);
  EXPECT_THAT(ids(record), Contains("package joblib"));
  EXPECT_THAT(edges(record), Contains("layer ml ships package joblib"));
  EXPECT_THAT(edges(record), Contains("package scikit-learn requires package numpy"));
  EXPECT_THAT(edges(record), Not(Contains("layer ml ships package numpy")));
}

TEST_F(GraphCommandTest, SaysWhatItCannotKnowWithoutALock) {
  remove("locks");
  const Value record = drawn(GraphDetail::kArtifacts);
  EXPECT_THAT(record.items("warnings"), Not(IsEmpty()));
  EXPECT_THAT(record.items("nodes")[0].items("packages"), IsEmpty());
}

}  // namespace
}  // namespace lamella::commands
