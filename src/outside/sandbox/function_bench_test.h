// SPDX-License-Identifier: Apache-2.0
//
// Real Python functions in real sandboxes for this room's tests.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include "http/server.h"
#include "os/clock.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "sandbox/instance.h"
#include "sandbox/run_once.h"

namespace lamella::sandbox {

/// One supervisor, server and runtime root for all tests of the program.
class Bench {
 public:
  static Bench& shared() {
    static Bench bench;
    return bench;
  }

  Supervisor& supervisor() { return *supervisor_; }
  http::Server& server() { return *server_; }
  const RuntimeRoot& root() { return root_; }

 private:
  Bench() {
    const auto cache = os::cache_directory().value();
    auto root = ensure_runtime_root({.cache = cache, .runtime = "python3.11"});
    if (!root.has_value()) throw std::runtime_error(root.error().to_string());
    root_ = *root;
    auto supervisor = Supervisor::start(cache);
    if (!supervisor.has_value()) throw std::runtime_error(supervisor.error().to_string());
    supervisor_ = std::move(*supervisor);
    server_ = http::Server::start().value();
  }

  RuntimeRoot root_;
  std::unique_ptr<Supervisor> supervisor_;
  std::unique_ptr<http::Server> server_;
};

/// For whatever is not about a limit of time, however slow the machine.
constexpr std::chrono::seconds kPatience{60};

/// Waits until `holds`; whether it came to that.
template <class Condition>
bool comes_true(const Condition& holds) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > until) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  return true;
}

/// A function's code in a directory of its own, with what it takes to run it.
class Function {
 public:
  explicit Function(const std::string& code, const std::string& handler = "app.handler")
      : directory_(os::TempDirectory::create("lamella-function").value()) {
    EXPECT_TRUE(os::set_mode(directory_.path(), 0755).has_value());
    file("task/app.py", code);
    EXPECT_TRUE(os::make_directories(directory_.path() / "opt").has_value());
    FunctionIdentity who;
    who.name = "f";
    who.version = "3";
    who.handler = handler;
    who.runtime = "python3.11";
    who.region = "eu-central-1";
    who.access_key = "AKIATEST";
    spec.sandbox.root = Bench::shared().root().path;
    spec.sandbox.task = directory_.path() / "task";
    spec.sandbox.layers = directory_.path() / "opt";
    spec.sandbox.environment = function_environment(who, {{"OWN", "yes"}});
    spec.sandbox.command = bootstrap_command(Bench::shared().root());
    spec.runtime_version = "python:3.11";
    spec.timeout = kPatience;
  }

  void file(const std::string& name, const std::string& text) {
    const auto path = directory_.path() / name;
    EXPECT_TRUE(os::make_directories(path.parent_path()).has_value());
    EXPECT_TRUE(os::write_file_atomic(path, text).has_value());
  }
  const std::filesystem::path& path() const { return directory_.path(); }

  std::shared_ptr<Instance> start() {
    auto started = Instance::start(Bench::shared().supervisor(), Bench::shared().server(), spec);
    if (!started.has_value()) throw std::runtime_error(started.error().to_string());
    return *started;
  }

  /// A command of its own in the same sandbox.
  RunResult run(const std::string& code, RunOptions options = {}) {
    SandboxSpec one = spec.sandbox;
    one.command = {Bench::shared().root().program, "-S", "-c", code};
    auto result = run_once(Bench::shared().supervisor(), one, options);
    if (!result.has_value()) throw std::runtime_error(result.error().to_string());
    return *result;
  }

  InstanceSpec spec;

 private:
  os::TempDirectory directory_;
};

inline InvokeOutcome invoke(Instance& instance, const std::string& payload = "{}",
                            const std::string& id = "id-1") {
  auto promise = std::make_shared<std::promise<InvokeOutcome>>();
  auto future = promise->get_future();
  Invocation invocation;
  invocation.request_id = id;
  invocation.payload = payload;
  invocation.function_arn = "arn:aws:lambda:eu-central-1:000000000000:function:f:live";
  invocation.function_version = "3";
  invocation.client_context = R"({"custom":{"k":"v"}})";
  instance.invoke(std::move(invocation),
                  [promise](InvokeOutcome outcome) { promise->set_value(std::move(outcome)); });
  if (future.wait_for(2 * kPatience) != std::future_status::ready) {
    ADD_FAILURE() << "the invocation never completed";
    return {};
  }
  return future.get();
}

}  // namespace lamella::sandbox
