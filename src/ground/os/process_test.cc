// SPDX-License-Identifier: Apache-2.0
#include "os/process.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "os/clock.h"
#include "os/file.h"
#include "os/temp_directory.h"

namespace lamella::os {
namespace {

using namespace std::chrono_literals;

Command shell(std::string script) {
  return {.argv = {"/bin/sh", "-c", std::move(script)}, .env = {{"PATH", "/usr/bin:/bin"}}};
}

TEST(Process, CapturesStreamsAndStatus) {
  const auto result = run(shell("printf out; printf err >&2; exit 3"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "out");
  EXPECT_EQ(result->err, "err");
  EXPECT_EQ(result->exit_code, 3);
  EXPECT_EQ(result->describe(), "exit status 3");
  EXPECT_FALSE(result->succeeded());
  EXPECT_GT(result->max_rss, 0U);
}

TEST(Process, InheritsNothingUnasked) {
  const UniqueFd leaky(::dup(1));  // without close-on-exec
  Command command = shell("env; ls /proc/self/fd");
  command.env = {{"PATH", "/usr/bin:/bin"}, {"ONLY", "this"}};
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_NE(result->out.find("ONLY=this\n"), std::string::npos);
  EXPECT_EQ(result->out.find("HOME="), std::string::npos);
  EXPECT_EQ(result->out.substr(result->out.find("\n0\n")), "\n0\n1\n2\n3\n");  // 3 is ls's own
}

TEST(Process, FeedsMoreThanAPipeHolds) {
  Command command{.argv = {"cat"}, .in = TextInput{std::string(1 << 20, 'x')}};
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out.size(), std::size_t{1} << 20);
}

TEST(Process, SurvivesAReaderThatLeaves) {
  Command command = shell("exec 0<&-; exit 0");
  command.in = TextInput{std::string(1 << 20, 'x')};
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->succeeded());
}

TEST(Process, BoundsWhatItKeeps) {
  Command command = shell("head -c 100000 /dev/zero");
  command.out = Capture{1000};
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out.size(), 1000U);
  EXPECT_TRUE(result->out_truncated);
  EXPECT_TRUE(result->succeeded());
}

TEST(Process, MissingProgramsAreNamed) {
  const auto absent = run({.argv = {"no-such-program-here"}});
  ASSERT_FALSE(absent.has_value());
  EXPECT_EQ(absent.error().code(), ErrorCode::kToolMissing);
  EXPECT_EQ(absent.error().fact("program"), "no-such-program-here");

  const TempDirectory directory = TempDirectory::create().value();
  const auto script = directory.path() / "script";
  ASSERT_TRUE(write_file_atomic(script, "#!/no/such/interpreter\n", Durability::kRename, 0755).has_value());
  const auto broken = run({.argv = {script.string()}});
  ASSERT_FALSE(broken.has_value());
  EXPECT_EQ(broken.error().code(), ErrorCode::kToolMissing);
}

TEST(Process, MissingDirectoryIsAnError) {
  Command command = shell("true");
  command.cwd = "/no/such/directory";
  const auto result = run(command);
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().fact("errno"), "ENOENT");
  EXPECT_EQ(result.error().where(), "/no/such/directory");
}

TEST(Process, TimeoutKillsTheWholeGroup) {
  const TempDirectory directory = TempDirectory::create().value();
  Command command = shell("(sleep 1; touch survived) & echo started; wait");
  command.cwd = directory.path();
  command.timeout = 200ms;
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_TRUE(result->timed_out);
  EXPECT_EQ(result->out, "started\n");
  EXPECT_EQ(result->signal, SIGKILL);
  std::this_thread::sleep_for(1100ms);
  EXPECT_FALSE(os::exists(directory.path() / "survived"));
}

TEST(Process, DoesNotWaitForGrandchildrenThatHoldThePipe) {
  const auto before = std::chrono::steady_clock::now();
  const auto result = run(shell("sleep 30 & echo done"));
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "done\n");
  EXPECT_LT(std::chrono::steady_clock::now() - before, 10s);
}

TEST(Process, StopEndsIt) {
  std::stop_source source;
  std::jthread stopper([&] {
    std::this_thread::sleep_for(100ms);
    source.request_stop();
  });
  const auto result = run(shell("sleep 30"), source.get_token());
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().code(), ErrorCode::kInterrupted);
}

TEST(Process, LimitsAreSet) {
  Command command = shell("ulimit -n; ulimit -c");
  command.limits.open_files = 64;
  const auto result = run(command);
  ASSERT_TRUE(result.has_value());
  EXPECT_EQ(result->out, "64\n0\n");
}

TEST(Process, PassesDescriptorsInAnyOrder) {
  auto pipe = make_pipe().value();
  Command command = shell("echo five >&5; echo six >&6");
  const auto other = make_pipe().value();
  command.pass_fds = {{pipe.write.get(), 6}, {other.write.get(), 5}};
  ASSERT_TRUE(run(command).has_value());
  pipe.write.reset();
  EXPECT_EQ(read_to_end(pipe.read.get()).value(), "six\n");
}

TEST(Process, DropsItsIdentity) {
  if (::getuid() != 0) GTEST_SKIP() << "only root may";
  Command command = shell("id -u; id -g; id -G");
  command.run_as = Identity{.uid = 65534, .gid = 65534};
  const auto result = run(command);
  ASSERT_TRUE(result.has_value()) << result.error().to_string();
  EXPECT_EQ(result->out, "65534\n65534\n65534\n");
  EXPECT_EQ(::getuid(), 0U);
}

TEST(Child, TalksOverPipesAndTellsHowItEnded) {
  auto child = Child::spawn({.argv = {"cat"}, .in = PipeStream{}, .out = PipeStream{}});
  ASSERT_TRUE(child.has_value());
  ASSERT_TRUE(write_all(child->in().get(), "hello").has_value());
  EXPECT_FALSE(child->wait(0ms).value().has_value());
  child->in().reset();
  EXPECT_EQ(read_to_end(child->out().get()).value(), "hello");
  EXPECT_TRUE(child->wait().value()->succeeded());
  EXPECT_TRUE(child->wait().value()->succeeded());
}

TEST(Child, IsKilledWithItsOwner) {
  int pid = 0;
  {
    auto child = Child::spawn({.argv = {"sleep", "30"}, .out = Discard{}, .err = Discard{}});
    ASSERT_TRUE(child.has_value());
    pid = child->pid();
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_NE(::kill(pid, 0), 0);
}

}  // namespace
}  // namespace lamella::os
