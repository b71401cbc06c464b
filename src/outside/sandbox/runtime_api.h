// SPDX-License-Identifier: Apache-2.0
//
// The Lambda Runtime API (2018-06-01) of one sandbox as a state machine without clock, socket or
// thread.  Requests go in; what to answer and what became of the invocation come out.
//
//   starting --next--> waiting --submit--> running --response|error--> answered --next--> waiting
//   starting --init/error--> failed
//
// Invariants (runtime_api_test.cc)
//   A1 /next is never refused: it is held until an event is there (the runtime client dies of a 5xx).
//   A2 one result: of several answers to one invocation the first counts, the others get 403.
//   A3 own ids only: an answer for any other request id is 400 and changes nothing.
//
// Threads: none of its own; the caller serialises.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::sandbox {

/// The largest response body Lambda takes from a function, in bytes.
inline constexpr std::uint64_t kMaxResponseBytes = 6'291'556;

struct Invocation {
  std::string request_id;
  std::string payload;           ///< JSON
  std::string function_arn;      ///< as invoked, with its qualifier
  std::string function_version;  ///< for START lines: "3", "$LATEST"
  std::string trace_id{};        ///< "Root=1-...;Parent=...;Sampled=1", may be empty
  std::string client_context{};  ///< JSON text, may be empty
  std::int64_t deadline_ms = 0;  ///< Unix time; filled in when it starts
};

struct ApiAnswer {
  int status = 202;
  std::string body = R"({"status":"OK"})";
  std::vector<std::pair<std::string, std::string>> headers{};
};

/// What an answered request means for the one who invoked.
enum class ApiEvent {
  kNothing,
  kNextHeld,       ///< no answer yet: keep the request until submit()
  kResponse,       ///< `body` is the function's result
  kFunctionError,  ///< `body` is its error record
  kInitError,      ///< `body` is the error record of a failed start
  kTooLarge,       ///< the result was over kMaxResponseBytes
};

struct ApiStep {
  ApiEvent event = ApiEvent::kNothing;
  ApiAnswer answer{};
  std::string body{};
  std::string error_type{};  ///< from Lambda-Runtime-Function-Error-Type, may be empty
};

class RuntimeApi {
 public:
  enum class State { kStarting, kWaiting, kRunning, kAnswered, kFailed };

  /// A request of the runtime.  `error_type` is its Lambda-Runtime-Function-Error-Type header.
  ApiStep handle(std::string_view method, std::string_view path, std::string body,
                 std::string_view error_type);
  /// The body of a request to `path` was refused unread because of its size.
  ApiStep refuse_large(std::string_view path);

  /// Makes `invocation` the current one and returns the answer for the held /next.
  /// REQUIRES: state() == kWaiting.
  ApiAnswer submit(const Invocation& invocation);

  State state() const { return state_; }

 private:
  ApiStep next();
  ApiStep result(std::string_view id, bool error, std::string body, std::string_view error_type);

  State state_ = State::kStarting;
  std::string current_;
  bool too_large_ = false;
};

}  // namespace lamella::sandbox
