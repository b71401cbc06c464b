// SPDX-License-Identifier: Apache-2.0
#include "sandbox/interpreter.h"

#include <gtest/gtest.h>

#include <cstdlib>

#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::sandbox {
namespace {

TEST(Interpreter, FindsTheRealBinaryAndRemembersIt) {
  const auto memo = os::TempDirectory::create().value();
  const auto found = find_interpreter("python3.11", {.memo = memo.path()});
  ASSERT_TRUE(found.has_value()) << found.error().to_string();
  EXPECT_TRUE(found->version.starts_with("3.11."));
  EXPECT_TRUE(os::exists(found->stdlib / "os.py"));
  ASSERT_TRUE(os::exists(memo.path() / "python3.11.json"));
  EXPECT_FALSE(found->extension_directories.empty());
  const auto remembered = find_interpreter("python3.11", {.memo = memo.path()});
  EXPECT_EQ(remembered->program, found->program);
  EXPECT_EQ(remembered->version, found->version);
  EXPECT_EQ(remembered->stdlib, found->stdlib);
  EXPECT_EQ(remembered->extension_directories, found->extension_directories);
}

TEST(Interpreter, SaysWhatToInstall) {
  const auto memo = os::TempDirectory::create().value();
  ::setenv("LAMELLA_INTERPRETER_PYTHON3_9", "/nonexistent/python3.9", 1);
  const auto found = find_interpreter("python3.9", {.memo = memo.path()});
  ::unsetenv("LAMELLA_INTERPRETER_PYTHON3_9");
  ASSERT_FALSE(found.has_value());
  EXPECT_EQ(found.error().code(), ErrorCode::kToolMissing);
  EXPECT_NE(found.error().remedy().find("python3.9"), std::string::npos);
}

}  // namespace
}  // namespace lamella::sandbox
