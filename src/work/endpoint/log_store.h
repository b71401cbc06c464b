// SPDX-License-Identifier: Apache-2.0
//
// What functions printed, one record per invocation, in logs.db: apart from the state and not synchronised to
// the disk, because it is written at every call.  Bounded per function: the oldest go first.
//
// Threads: any.  Errors: io, corrupt.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"
#include "endpoint/state.h"

namespace lamella::endpoint {

struct LogRecord {
  std::int64_t id = 0;
  std::string region;
  std::string function;
  std::string stream;
  std::string version;
  std::string request_id;
  std::int64_t time = 0;  ///< milliseconds since 1970, when the invocation ended
  std::string text;
};

struct LogBounds {
  std::int64_t records = 2'000;
  std::int64_t bytes = std::int64_t{32} * 1024 * 1024;
};

class LogStore {
 public:
  static Result<LogStore> open(const std::filesystem::path& path, LogBounds bounds = {});

  Result<> add(const LogRecord& record);
  /// At most `limit` records of a function from `id` on, oldest first, of that time span.
  Result<std::vector<LogRecord>> read(const std::string& region, const std::string& function,
                                      std::int64_t from_id, std::int64_t start_time, std::int64_t end_time,
                                      std::int64_t limit);

 private:
  LogStore(State state, LogBounds bounds) : state_(std::move(state)), bounds_(bounds) {}

  State state_;
  LogBounds bounds_;
};

}  // namespace lamella::endpoint
