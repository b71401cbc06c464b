// SPDX-License-Identifier: Apache-2.0
#include "sandbox/supervisor.h"

#include <gmock/gmock.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <future>
#include <thread>

#include "os/process.h"
#include "sandbox/function_bench_test.h"
#include "sandbox/memory.h"

namespace lamella::sandbox {
namespace {

/// The process outside, the first inside, and all below it.
std::vector<int> processes_of(int wrapper) {
  std::vector<int> all{wrapper};
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (const int child : children_of(all[i])) all.push_back(child);
  }
  return all;
}

/// A process that has ended but was not reaped counts as gone.
bool gone(int pid) {
  const auto status = os::read_file_if_present("/proc/" + std::to_string(pid) + "/stat");
  return !status.has_value() || !status->has_value() || (*status)->find(") Z ") != std::string::npos;
}

bool all_go(const std::vector<int>& pids) {
  return comes_true([&] { return std::all_of(pids.begin(), pids.end(), gone); });
}

SandboxSpec family(Function& function) {
  SandboxSpec spec = function.spec.sandbox;
  spec.command = {"/usr/bin/bash", "-c", "sleep 1000 & (sleep 1001 &) ; echo ready; wait"};
  return spec;
}

std::vector<int> wait_for_family(const Sandbox& sandbox) {
  std::vector<int> pids;
  comes_true([&] { return (pids = processes_of(sandbox.pid())).size() >= 5; });
  return pids;
}

TEST(Supervisor, NothingOutlivesASandbox) {
  Function function("");
  std::atomic<int> ends{0};
  std::promise<void> ready;
  std::string output;
  auto sandbox = Bench::shared().supervisor().start(
      family(function), {.on_output =
                             [&](std::string_view text) {
                               if (ends != 0) return;
                               output += text;
                               if (output == "ready\n") ready.set_value();
                             },
                         .on_exit = [&](const ExitReport& report) { ends += report.killed ? 1 : 100; }});
  ASSERT_TRUE(sandbox.has_value()) << sandbox.error().to_string();
  const std::vector<int> pids = wait_for_family(**sandbox);
  ASSERT_GE(pids.size(), 5u);
  EXPECT_EQ(ready.get_future().wait_for(kPatience), std::future_status::ready);
  (*sandbox)->kill();
  EXPECT_TRUE(all_go(pids));
  comes_true([&] { return ends != 0; });
  EXPECT_EQ(ends, 1) << "V3";
}

TEST(Supervisor, DISABLED_HoldASandboxOpen) {
  Function function("");
  auto sandbox = Bench::shared().supervisor().start(family(function), {});
  for (const int pid : wait_for_family(*sandbox.value())) std::printf("pid %d\n", pid);
  std::printf("held\n");
  std::fflush(stdout);
  pause();
}

TEST(Supervisor, NothingOutlivesThisProcess) {
  os::Command command;
  command.argv = {"/proc/self/exe", "--gtest_also_run_disabled_tests",
                  "--gtest_filter=Supervisor.DISABLED_HoldASandboxOpen"};
  command.argv[0] = os::executable_path()->string();
  command.inherit_env = true;
  command.out = os::PipeStream{};
  command.err = os::Discard{};
  auto child = os::Child::spawn(command);
  ASSERT_TRUE(child.has_value()) << child.error().to_string();
  std::string said;
  char buffer[512];
  while (said.find("held\n") == std::string::npos) {
    const ssize_t got = read(child->out().get(), buffer, sizeof buffer);
    ASSERT_GT(got, 0) << said;
    said.append(buffer, static_cast<std::size_t>(got));
  }
  std::vector<int> pids;
  for (std::size_t at = said.find("pid "); at != std::string::npos; at = said.find("pid ", at + 1)) {
    pids.push_back(std::stoi(said.substr(at + 4)));
  }
  ASSERT_GE(pids.size(), 5u);
  ::kill(child->pid(), SIGKILL);
  EXPECT_TRUE(all_go(pids));
}

TEST(Supervisor, StartingAndStoppingManyLeaksNothing) {
  Function function("");
  const auto count = [] { return os::list_directory("/proc/self/fd")->size(); };
  const std::size_t before = count();
  for (int i = 0; i < 10; ++i) {
    auto sandbox = Bench::shared().supervisor().start(family(function), {});
    ASSERT_TRUE(sandbox.has_value());
  }
  EXPECT_TRUE(comes_true([&] { return count() <= before; }));
}

}  // namespace
}  // namespace lamella::sandbox
