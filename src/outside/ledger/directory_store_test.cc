// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <filesystem>

#include "ledger/journal.h"
#include "ledger/state_store.h"
#include "ledger/state_store_contract.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "sqlite/database.h"

namespace lamella::ledger {
namespace {

using document::Value;

OpenStore fresh_directory() {
  auto folder = std::make_shared<os::TempDirectory>(os::TempDirectory::create().value());
  return [folder] { return open_directory_store(folder->path(), os::system_clock()).value(); };
}

INSTANTIATE_TEST_SUITE_P(Directory, StateStoreContract, testing::Values(&fresh_directory));

class JournalTest : public testing::Test {
 protected:
  std::unique_ptr<StateStore> open() {
    return open_directory_store(folder_.path(), os::system_clock()).value();
  }
  void write_one_deployment() {
    const auto store = open();
    Journal journal(*store);
    ASSERT_TRUE(journal.start("d1", "local", Value::object({{"digest", "abc"}})).has_value());
    ASSERT_TRUE(
        journal.intend({Value::object({{"step", "publish-layer"}, {"subject", "core"}})}).has_value());
    ASSERT_TRUE(journal.record(Value::object({{"step", "publish-layer"}, {"version", 3}})).has_value());
    ASSERT_TRUE(journal.finish("promoted", Value::object({{"schema", 1}})).has_value());
  }
  os::TempDirectory folder_ = os::TempDirectory::create().value();
};

TEST_F(JournalTest, TellsADeploymentFromStartToEnd) {
  write_one_deployment();
  const auto store = open();
  const auto found = Journal(*store).deployments().value();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].id, "d1");
  EXPECT_EQ(found[0].outcome, "promoted");
  EXPECT_EQ(found[0].plan.text("digest"), "abc");
  ASSERT_EQ(found[0].intents.size(), 1U);
  EXPECT_EQ(found[0].intents[0].text("subject"), "core");
  EXPECT_EQ(found[0].results[0].integer("version"), 3);
}

TEST_F(JournalTest, AnUnfinishedDeploymentIsSeenAsSuch) {
  const auto store = open();
  Journal journal(*store);
  ASSERT_TRUE(journal.start("d1", "local", Value::object()).has_value());
  EXPECT_FALSE(journal.deployments().value().front().finished());
}

TEST_F(JournalTest, FindsEveryKindOfTampering) {
  for (const char* sql :
       {"UPDATE journal SET payload = replace(payload, 'core', 'cure') WHERE serial = 2",
        "DELETE FROM journal WHERE serial = 2", "UPDATE journal SET kind = 'result' WHERE serial = 2",
        "UPDATE journal SET serial = 9 WHERE serial = 4"}) {
    std::filesystem::remove_all(folder_.path());
    write_one_deployment();
    {
      auto db = sqlite::Database::open(folder_.path() / "journal.db", {}).value();
      ASSERT_EQ(db.run(sql).value(), 1) << sql;
    }
    const auto store = open();
    const auto read = store->read(1);
    ASSERT_FALSE(read.has_value()) << sql;
    EXPECT_EQ(read.error().code(), ErrorCode::kCorrupt);
  }
}

}  // namespace
}  // namespace lamella::ledger
