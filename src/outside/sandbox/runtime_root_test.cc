// SPDX-License-Identifier: Apache-2.0
#include "sandbox/runtime_root.h"

#include <gmock/gmock.h>

#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::sandbox {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

TEST(RuntimeRoot, SystemsFollowTheRuntime) {
  EXPECT_EQ(system_libraries("python3.11")->name, "al2");
  EXPECT_EQ(system_libraries("python3.11")->glibc, "2.26");
  EXPECT_EQ(system_libraries("python3.12")->name, "al2023");
  EXPECT_THAT(system_libraries("python3.11")->sonames, Contains("libstdc++.so.6"));
  EXPECT_THAT(system_libraries("python3.11")->sonames, Not(Contains("libgomp.so.1")));
  EXPECT_EQ(system_libraries("cobol85").error().code(), ErrorCode::kUsage);
}

TEST(RuntimeRoot, AMissingClientIsSaidWithTheRemedy) {
  const auto cache = os::TempDirectory::create().value();
  const auto root = ensure_runtime_root({.cache = cache.path(), .runtime = "python3.11"});
  ASSERT_FALSE(root.has_value());
  EXPECT_EQ(root.error().code(), ErrorCode::kToolMissing);
  EXPECT_THAT(root.error().to_string(), HasSubstr("runtime-client"));
  EXPECT_THAT(root.error().remedy(), HasSubstr("./dev demo"));
  EXPECT_THAT(find_runtime_client(cache.path(), "python3.12", "x86_64").error().remedy(),
              HasSubstr("install-client.sh uv " + cache.path().string() + " python3.12 x86_64"));
}

TEST(RuntimeRoot, HoldsTheInterpreterAndOnlyListedLibraries) {
  const auto cache = os::TempDirectory::create().value();
  const auto root =
      ensure_runtime_root({.cache = cache.path(), .runtime = "python3.11", .client = ClientNeed::kAbsent});
  ASSERT_TRUE(root.has_value()) << root.error().to_string();
  EXPECT_TRUE(os::exists(root->path / "var/lang/bin/python3.11"));
  EXPECT_TRUE(os::exists(root->path / "var/lang/lib/python3.11/os.py"));
  EXPECT_FALSE(os::exists(root->path / "var/lang/lib/python3.11/test"));
  EXPECT_FALSE(os::exists(root->path / "var/lang/client"));
  const auto system = system_libraries("python3.11")->sonames;
  const auto libraries = os::list_directory(root->path / "lib64").value();
  for (const auto& one : libraries) EXPECT_THAT(system, Contains(one.name));
  const auto again =
      ensure_runtime_root({.cache = cache.path(), .runtime = "python3.11", .client = ClientNeed::kAbsent});
  EXPECT_EQ(again->path, root->path);
}

}  // namespace
}  // namespace lamella::sandbox
