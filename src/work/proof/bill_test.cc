// SPDX-License-Identifier: Apache-2.0
#include "proof/bill.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "crypto/sha256.h"
#include "document/json.h"

namespace lamella::proof {
namespace {

using document::Value;
using testing::HasSubstr;
using testing::Not;

Bill bill() {
  Bill bill;
  bill.name = "core";
  bill.zip = "layer-core-py311-x86_64-0123456789ab.zip";
  bill.sha256 = crypto::sha256("zip");
  bill.licence = "MIT";
  bill.packages = {{"joblib",
                    "1.2.0",
                    "joblib-1.2.0-py3-none-any.whl",
                    "https://files.example/j.whl",
                    crypto::sha256("joblib"),
                    {}},
                   {"scikit-learn",
                    "1.3.0+local",
                    "scikit_learn-1.3.0.whl",
                    "file:///home/me/s.whl",
                    crypto::sha256("sklearn"),
                    {"joblib", "elsewhere"}}};
  bill.files = {{"python/tools/__init__.py", crypto::sha256("x = 1\n")}};
  bill.key = crypto::sha256("key");
  bill.interpreter = "3.11.2";
  return bill;
}

Value parsed(const std::string& text) { return document::parse_json(text, "bill").value(); }

TEST(BillOfMaterials, HoldsEveryDistributionAndFileWithItsDigest) {
  const Value document = parsed(render_bill_of_materials(bill()));
  EXPECT_EQ(document.text("bomFormat"), "CycloneDX");
  EXPECT_EQ(document.text("specVersion"), "1.6");
  const auto& components = document.items("components");
  ASSERT_EQ(components.size(), 3U);
  EXPECT_EQ(components[0].text("purl"), "pkg:pypi/joblib@1.2.0");
  EXPECT_EQ(components[1].text("purl"), "pkg:pypi/scikit-learn@1.3.0%2Blocal");
  EXPECT_EQ(components[2].text("type"), "file");
  EXPECT_EQ(components[2].items("hashes").at(0).text("content"), crypto::sha256("x = 1\n").hex());
  const Value& reference = components[0].items("externalReferences").at(0);
  EXPECT_EQ(reference.items("hashes").at(0).text("content"), crypto::sha256("joblib").hex());
  const Value& subject = *document.find("metadata")->find("component");
  EXPECT_EQ(subject.items("hashes").at(0).text("content"), crypto::sha256("zip").hex());
}

TEST(BillOfMaterials, TellsWhatWasBuiltFromSourceAndWithWhat) {
  Bill told = bill();
  told.packages[0].source = {"joblib-1.2.0.tar.gz", crypto::sha256("source"),
                             "https://files.example/j.tar.gz"};
  told.packages[0].built_with = {{"setuptools-80-py3-none-any.whl", crypto::sha256("setuptools")}};
  told.packages[0].compiled_by = "gcc 12.2.0";
  told.packages[0].built_on = "3.12.1";
  told.packages[1].built_with = told.packages[0].built_with;
  const Value document = parsed(render_bill_of_materials(told));
  const Value& component = document.items("components").at(0);
  EXPECT_EQ(component.items("properties").at(1).text("value"), "gcc 12.2.0");
  EXPECT_EQ(document.items("components").at(1).items("properties").size(), 1U);
  const auto& references = component.items("externalReferences");
  ASSERT_EQ(references.size(), 2U);
  EXPECT_EQ(references[1].text("type"), "source-distribution");
  EXPECT_EQ(references[1].text("url"), "https://files.example/j.tar.gz");
  EXPECT_EQ(references[1].items("hashes").at(0).text("content"), crypto::sha256("source").hex());
  const Value statement = parsed(render_provenance(told));
  const Value& definition = *statement.find({"predicate", "buildDefinition"});
  const Value* compilers = definition.find({"internalParameters", "compilers"});
  ASSERT_NE(compilers, nullptr);
  EXPECT_EQ(*compilers, Value::object({{"joblib", "gcc 12.2.0"}}));
  const Value* builders = definition.find({"internalParameters", "builders"});
  ASSERT_NE(builders, nullptr);
  EXPECT_EQ(*builders, Value::object({{"joblib", "3.12.1"}}));
  std::vector<std::string> names;
  for (const Value& one : definition.items("resolvedDependencies")) names.push_back(one.text("name"));
  EXPECT_EQ(names, (std::vector<std::string>{"joblib-1.2.0.tar.gz", "setuptools-80-py3-none-any.whl",
                                             "scikit_learn-1.3.0.whl", "python/tools/__init__.py"}));
}

TEST(BillOfMaterials, TellsWhatTheZipIsMadeOfAndIsReadBack) {
  Bill told = bill();
  told.parts = {{"joblib", "1.2.0", 300'000}, {"in-repo", "", 6}};
  const std::string text = render_bill_of_materials(told);
  EXPECT_EQ(packages_in_bill(text, told.sha256), told.parts);
  EXPECT_EQ(packages_in_bill(text, crypto::sha256("another zip")), std::nullopt);
  EXPECT_EQ(packages_in_bill(render_bill_of_materials(bill()), told.sha256), std::nullopt);
  EXPECT_EQ(packages_in_bill("{}", told.sha256), std::nullopt);
  EXPECT_EQ(packages_in_bill("no JSON", told.sha256), std::nullopt);
}

TEST(BillOfMaterials, TellsWhoNeedsWhomAmongWhatIsThere) {
  const Value document = parsed(render_bill_of_materials(bill()));
  const auto& edges = document.items("dependencies");
  ASSERT_EQ(edges.size(), 3U);
  EXPECT_EQ(edges[0].items("dependsOn").size(), 3U);
  ASSERT_EQ(edges[2].items("dependsOn").size(), 1U);
  EXPECT_EQ(*edges[2].items("dependsOn")[0].as_string(), "pkg:pypi/joblib@1.2.0");
}

TEST(Provenance, NamesTheZipAndEverythingItIsMadeOf) {
  const Value statement = parsed(render_provenance(bill()));
  EXPECT_EQ(statement.text("_type"), "https://in-toto.io/Statement/v1");
  EXPECT_EQ(statement.items("subject").at(0).find("digest")->text("sha256"), crypto::sha256("zip").hex());
  const Value& definition = *statement.find("predicate")->find("buildDefinition");
  const auto& materials = definition.items("resolvedDependencies");
  ASSERT_EQ(materials.size(), 3U);
  EXPECT_EQ(materials[0].text("downloadLocation"), "https://files.example/j.whl");
  EXPECT_EQ(materials[1].find("digest")->text("sha256"), crypto::sha256("sklearn").hex());
  EXPECT_EQ(definition.find("internalParameters")->text("key"), crypto::sha256("key").hex());
}

TEST(Bill, SaysNoPathOfThisMachineAndNothingThatCouldBeACredential) {
  Bill secret = bill();
  secret.packages[0].url = "https://user:word@files.example/j.whl";
  secret.files.push_back({"ready.zip", crypto::sha256("z"), "https://files.example/ready.zip?token=word"});
  for (const std::string& text : {render_bill_of_materials(secret), render_provenance(secret)}) {
    EXPECT_THAT(text, Not(HasSubstr("/home/me")));
    EXPECT_THAT(text, Not(HasSubstr("word")));
  }
}

TEST(Bill, TheSameBillGivesTheSameBytesAndAnotherZipAnotherSerialNumber) {
  EXPECT_EQ(render_bill_of_materials(bill()), render_bill_of_materials(bill()));
  EXPECT_EQ(render_provenance(bill()), render_provenance(bill()));
  Bill other = bill();
  other.sha256 = crypto::sha256("another");
  EXPECT_NE(parsed(render_bill_of_materials(other)).text("serialNumber"),
            parsed(render_bill_of_materials(bill())).text("serialNumber"));
}

}  // namespace
}  // namespace lamella::proof
