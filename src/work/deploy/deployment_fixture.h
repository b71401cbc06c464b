// SPDX-License-Identifier: Apache-2.0
//
// A workspace of two layers and two functions, a simulated account, a journal in memory, and deployers over
// them.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "deploy/deployer.h"
#include "deploy/lambda_fixture.h"
#include "deploy/lambda_world.h"
#include "ledger/state_store.h"
#include "os/file.h"
#include "os/random.h"
#include "os/temp_directory.h"

namespace lamella::deploy {

/// A StateStore without a disk, whose append() can be made to fail.
class MemoryStore final : public ledger::StateStore {
 public:
  int fail_append = -1;  ///< the append of this index, counted from now, and all later ones
  bool full = false;     ///< one has failed

  Result<std::int64_t> last_serial() override { return static_cast<std::int64_t>(records.size()); }
  Result<std::int64_t> append(const std::vector<ledger::NewRecord>& added, std::int64_t expected) override {
    full = full || fail_append == 0;
    --fail_append;
    if (full) {
      return Error(ErrorCode::kIo, "no space left on device");
    }
    if (expected != static_cast<std::int64_t>(records.size()))
      return Error(ErrorCode::kConflict, "someone else wrote");
    for (const auto& one : added)
      records.push_back({static_cast<std::int64_t>(records.size()) + 1, one.kind, one.payload, "", {}});
    return static_cast<std::int64_t>(records.size());
  }
  Result<std::vector<ledger::Record>> read(std::int64_t serial) override {
    return std::vector<ledger::Record>(records.begin() + (serial - 1), records.end());
  }
  Result<std::optional<std::string>> get(const std::string&) override { return std::optional<std::string>(); }
  Result<> compare_and_set(const std::string&, const std::optional<std::string>&,
                           const std::optional<std::string>&) override {
    return {};
  }
  Result<std::unique_ptr<ledger::Lease>> acquire_lease() override {
    return std::make_unique<ledger::Lease>();
  }

  std::vector<ledger::Record> records;
};

class DeploymentTest : public testing::Test {
 protected:
  DeploymentTest() {
    wanted_ = {.environment = "dev",
               .account = "111122223333",
               .region = "us-west-2",
               .layers = {},
               .functions = {}};
    for (const char* name : {"core", "ml"}) {
      wanted_.layers.push_back(
          {.layer = name, .name = name, .runtimes = {"python3.11"}, .architectures = {"x86_64"}});
      set_layer(wanted_.layers.size() - 1, std::string(name) + " 1");
    }
    for (const char* name : {"rows", "train"}) {
      engine::WantedFunction one{.function = name, .name = name, .architecture = "x86_64"};
      one.settings = {"python3.11", "app.handler", "role", 256, 10, {{"TOKEN", {"hunter2", true}}}};
      one.layers = {"core", "ml"};
      one.alias = "live";
      one.checks = {{.name = "answers", .what = model::EventCheck{document::Value::object(), {}}}};
      wanted_.functions.push_back(one);
      set_code(wanted_.functions.size() - 1, std::string(name) + " 1");
    }
  }
  void set_layer(std::size_t index, const std::string& content) {
    std::tie(wanted_.layers[index].sha256, wanted_.layers[index].zip) = artifact(content);
  }
  void set_code(std::size_t index, const std::string& content) {
    std::tie(wanted_.functions[index].code, wanted_.functions[index].zip) = artifact(content);
  }
  std::pair<Digest, std::string> artifact(const std::string& content) {
    const Digest digest = crypto::sha256(content);
    const auto path = folder_.path() / digest.brief();
    EXPECT_TRUE(os::write_file_atomic(path, content).has_value());
    return {digest, path.string()};
  }

  Result<engine::Plan> plan() { return deployer().plan(wanted_, {}); }
  Result<DeployReport> apply(const engine::Plan& plan, std::stop_token stop = {}) {
    return deployer().apply(plan, wanted_, stop);
  }
  Result<DeployReport> deploy(std::stop_token stop = {}) {
    LAMELLA_TRY_ASSIGN(const auto made, plan());
    return apply(made, stop);
  }
  Deployer deployer() { return Deployer(world_, *state_, clock_, random_, base::no_events()); }
  std::string served(const std::string& function) {
    return lambda_.functions.at(function).aliases.at("live").function_version;
  }
  std::string journal_text() {
    std::string all;
    const auto records = state_->read(1).value();
    for (const auto& record : records) all += record.kind + " " + record.payload + "\n";
    return all;
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  os::ManualClock clock_;
  os::SeededRandom random_{1};
  SimulatedLambda lambda_{clock_};
  LambdaWorld world_{lambda_, lambda_, clock_, folder_.path(), base::no_events()};
  std::unique_ptr<ledger::StateStore> state_ = std::make_unique<MemoryStore>();
  engine::Wanted wanted_;
};

}  // namespace lamella::deploy
