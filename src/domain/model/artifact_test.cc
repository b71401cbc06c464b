// SPDX-License-Identifier: Apache-2.0
#include "model/artifact.h"

#include <gtest/gtest.h>

#include "document/json.h"

namespace lamella::model {
namespace {

Artifact sample() {
  Artifact artifact;
  artifact.name = "core";
  artifact.path = ".lamella/artifacts/core.zip";
  artifact.sha256 = *Digest::from_hex(std::string(64, 'a'));
  artifact.zipped_bytes = 30'000'000;
  artifact.unzipped_bytes = 99'000'000;
  artifact.release = "1.2.3";
  artifact.proved = true;
  artifact.action = ArtifactAction::kReused;
  artifact.reasons = {{"wheel-changed", "numpy", "1.24.2", "1.24.3", "numpy moved"}};
  artifact.packages = {{"numpy", "1.24.3", 60'000'000}};
  return artifact;
}

TEST(Artifact, HasTheFieldsOthersRelyOn) {
  const std::string wanted =
      R"({"kind":"layer","name":"core","target":"py311-x86_64","path":".lamella/artifacts/core.zip",)"
      R"("sha256":")" +
      std::string(64, 'a') +
      R"(","zipped_bytes":30000000,"unzipped_bytes":99000000,)"
      R"("release":"1.2.3","proved":true,"action":"reused",)"
      R"("reasons":[{"kind":"wheel-changed","subject":"numpy","from":"1.24.2","to":"1.24.3",)"
      R"("text":"numpy moved"}],"packages":[{"name":"numpy","version":"1.24.3","bytes":60000000}]})";
  EXPECT_EQ(document::render_json(to_value(sample())), wanted);
}

TEST(Artifact, ReadsBackWhatItWrites) {
  for (const bool has_release : {true, false}) {
    Artifact artifact = sample();
    if (!has_release) artifact.release.clear();
    const auto value = to_value(artifact);
    const auto read = artifact_from_value(value);
    ASSERT_TRUE(read.has_value()) << read.error().to_string();
    EXPECT_EQ(to_value(*read), value);
  }
}

TEST(Artifact, DamageIsCorruptAndNamesTheField) {
  for (const char* field : {"kind", "name", "target", "sha256", "zipped_bytes", "unzipped_bytes", "action"}) {
    auto value = to_value(sample());
    value.set(field, "nonsense");
    if (std::string_view(field) == "name") value.set(field, "");
    const auto read = artifact_from_value(value);
    ASSERT_FALSE(read.has_value()) << field;
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
    EXPECT_NE(read.error().what().find(field), std::string::npos);
  }
}

}  // namespace
}  // namespace lamella::model
