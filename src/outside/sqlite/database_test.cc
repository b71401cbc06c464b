// SPDX-License-Identifier: Apache-2.0
#include "sqlite/database.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <array>
#include <fstream>

namespace lamella::sqlite {
namespace {

constexpr std::array<std::string_view, 2> kScripts = {"CREATE TABLE t (name TEXT PRIMARY KEY, n INTEGER)",
                                                      "ALTER TABLE t ADD COLUMN extra TEXT"};

std::filesystem::path fresh_file(const char* name) {
  const auto folder = std::filesystem::path(testing::TempDir()) / (std::string("lamella_sqlite_") + name);
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  return folder / "t.db";
}

TEST(Database, KeepsWhatIsCommittedAndNothingElse) {
  const auto file = fresh_file("commit");
  {
    auto db = Database::open(file, {.durable = true}).value();
    ASSERT_TRUE(db.migrate(kScripts).has_value());
    Transaction kept(db);
    ASSERT_TRUE(kept.begin().has_value());
    ASSERT_EQ(db.run("INSERT INTO t (name, n) VALUES (?, ?)", "a", 7).value(), 1);
    ASSERT_TRUE(kept.commit().has_value());
    Transaction dropped(db);
    ASSERT_TRUE(dropped.begin().has_value());
    ASSERT_TRUE(db.run("INSERT INTO t (name, n) VALUES (?, ?)", "b", 8).has_value());
  }
  auto db = Database::open(file, {}).value();
  const auto rows = db.query("SELECT name, n, extra FROM t").value();
  ASSERT_EQ(rows.size(), 1U);
  EXPECT_EQ(rows[0].text(0), "a");
  EXPECT_EQ(rows[0].integer(1), 7);
  EXPECT_TRUE(rows[0].is_null(2));
}

TEST(Database, IsItsOwnersAlone) {
  const auto file = fresh_file("mode");
  const mode_t before = ::umask(0);
  auto db = Database::open(file, {}).value();
  ASSERT_TRUE(db.migrate(kScripts).has_value());
  ::umask(before);
  for (const char* ending : {"", "-wal"}) {
    const auto mode = std::filesystem::status(file.string() + ending).permissions();
    EXPECT_EQ(mode, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write) << ending;
  }
}

TEST(Database, MigratesOnceAndRefusesNewerFiles) {
  const auto file = fresh_file("migrate");
  auto db = Database::open(file, {}).value();
  ASSERT_TRUE(db.migrate(std::span(kScripts).first(1)).has_value());
  ASSERT_TRUE(db.migrate(kScripts).has_value());
  ASSERT_TRUE(db.migrate(kScripts).has_value());
  const auto newer = db.migrate(std::span(kScripts).first(1));
  ASSERT_FALSE(newer.has_value());
  EXPECT_EQ(newer.error().code(), ErrorCode::kCorrupt);
}

TEST(Database, SaysWhatKindOfTroubleItIs) {
  const auto file = fresh_file("trouble");
  std::ofstream(file) << "this is no database, and long enough to be looked at as one.";
  const auto opened = Database::open(file, {});
  ASSERT_FALSE(opened.has_value());
  EXPECT_EQ(opened.error().code(), ErrorCode::kCorrupt);
  const auto missing = Database::open(file.parent_path() / "none" / "x.db", {});
  ASSERT_FALSE(missing.has_value());
  EXPECT_EQ(missing.error().code(), ErrorCode::kIo);
}

}  // namespace
}  // namespace lamella::sqlite
