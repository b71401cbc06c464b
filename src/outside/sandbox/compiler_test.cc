// SPDX-License-Identifier: Apache-2.0
#include "sandbox/compiler.h"

#include <gmock/gmock.h>

#include "os/directory.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "sandbox/function_bench_test.h"

namespace lamella::sandbox {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

TEST(Compiler, OneOutsideUsrIsNone) {
  const auto folder = os::TempDirectory::create().value();
  EXPECT_FALSE(find_compiler({folder.path()}).value().has_value());
  ASSERT_TRUE(os::write_file_atomic(folder.path() / "cc", "#!/bin/sh\n", {}, 0755).has_value());
  EXPECT_FALSE(find_compiler({folder.path()}).value().has_value());
  fs::create_symlink("/usr/bin/absent-compiler", folder.path() / "gcc");
  EXPECT_FALSE(find_compiler({folder.path()}).value().has_value());
  // A link to what is there is as good as the file.
  fs::create_symlink("/usr/bin/env", folder.path() / "clang");
  EXPECT_EQ(find_compiler({folder.path()}).value()->c, folder.path() / "clang");
}

TEST(Compiler, IsKnownByItsFiles) {
  const auto compiler = find_compiler().value();
  if (!compiler) GTEST_SKIP() << "no C compiler here";
  EXPECT_THAT(compiler->files, testing::Contains(compiler->c));
  EXPECT_THAT(compiler->identity, HasSubstr("/libc.so.6 "));
  EXPECT_EQ(find_compiler().value()->identity, compiler->identity);
  EXPECT_THAT(name_of(*compiler).value(), testing::MatchesRegex("(gcc|clang|cc) [0-9.]+"));
}

TEST(Compiler, MeetsTheTargetsInterpreterAndItsHeaders) {
  const auto compiler = find_compiler().value();
  if (!compiler) GTEST_SKIP() << "no C compiler here";
  const RuntimeRoot& runtime = Bench::shared().root();
  const auto folder = os::TempDirectory::create().value();
  ASSERT_TRUE(os::set_mode(folder.path(), 0755).has_value());
  auto spec = compiler_root(folder.path(), runtime, *compiler);
  ASSERT_TRUE(spec.has_value()) << spec.error().to_string();
  spec->working_directory = "/tmp";
  spec->memory_mb = 1024;
  spec->command = {runtime.program, "-S", "-c",
                   "import os, subprocess, sys\n"
                   "open('/tmp/a.c', 'w').write('#include <Python.h>\\nint n = PY_VERSION_HEX;')\n"
                   "subprocess.check_call([os.environ['CC'], '-c', '/tmp/a.c', '-o', '/tmp/a.o'])\n"
                   "print(sys.prefix, sys.version_info[:2], os.path.exists('/tmp/a.o'))\n"};
  const auto run = run_once(Bench::shared().supervisor(), *spec);
  ASSERT_TRUE(run.has_value()) << run.error().to_string();
  EXPECT_EQ(run->standard_output, "/var/lang (3, 11) True\n") << run->standard_error;
}

}  // namespace
}  // namespace lamella::sandbox
