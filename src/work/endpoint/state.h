// SPDX-License-Identifier: Apache-2.0
//
// The endpoint's database behind a lock: one transaction at a time, on whatever thread.
//
//   return state.change([&](sqlite::Database& db) -> Result<Record> { ... });
#pragma once

#include <filesystem>
#include <memory>
#include <mutex>
#include <span>
#include <type_traits>
#include <utility>

#include "base/result.h"
#include "sqlite/database.h"

namespace lamella::endpoint {

class State {
 public:
  static Result<State> open(const std::filesystem::path& path, std::span<const std::string_view> migrations,
                            bool durable) {
    LAMELLA_TRY_ASSIGN(auto database, sqlite::Database::open(path, {.durable = durable}));
    LAMELLA_TRY(database.migrate(migrations));
    return State(std::move(database));
  }

  /// Runs `work`; what it wrote is kept if it succeeds, and durable when this returns.
  template <class Work>
  auto change(Work work) -> std::invoke_result_t<Work&, sqlite::Database&> {
    const std::lock_guard lock(*mutex_);
    sqlite::Transaction transaction(database_);
    LAMELLA_TRY(transaction.begin());
    auto result = work(database_);
    if (result.has_value()) LAMELLA_TRY(transaction.commit());
    return result;
  }

  template <class Work>
  auto read(Work work) -> std::invoke_result_t<Work&, sqlite::Database&> {
    const std::lock_guard lock(*mutex_);
    return work(database_);
  }

 private:
  explicit State(sqlite::Database database)
      : mutex_(std::make_unique<std::mutex>()), database_(std::move(database)) {}

  std::unique_ptr<std::mutex> mutex_;
  sqlite::Database database_;  // guarded by *mutex_
};

}  // namespace lamella::endpoint
