// SPDX-License-Identifier: Apache-2.0
//
// The running copies of functions: which one takes an event, when a new one is started, when one ends.
//
// Invariants (fleet_test.cc, invoke_test.cc)
//   F1 once: every invoke() leads to exactly one call of `done`.
//   F2 apart: a sandbox serves one Lineup (function version of one making), one event at a time.
//   F3 bounded: never more sandboxes than max_sandboxes; never more invocations under way than
//      max_concurrency, beyond which they are refused with TooManyRequestsException.
//   F4 fresh: a sandbox that failed is never used again.
//
// The idle sandbox used last is used first, so that the others can be given up.  At the limit an idle one of
// another function makes room; with none idle, events wait in order.
//
// Threads: methods from any thread.  `done` and the makers run on the pool.
#pragma once

#include <chrono>
#include <compare>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "http/server.h"
#include "os/clock.h"
#include "os/thread_pool.h"
#include "sandbox/instance.h"
#include "trees/tree.h"

namespace lamella::endpoint {

/// What may share a sandbox.
struct Lineup {
  std::string region;
  std::string function;
  std::int64_t version = 0;
  std::int64_t snapshot = 0;

  auto operator<=>(const Lineup&) const = default;
};

/// A sandbox to be started.
struct Recruit {
  sandbox::InstanceSpec spec;
  std::string log_stream;
  std::vector<trees::Tree> trees = {};  ///< mounted in it, held until it ends
};

struct Finished {
  sandbox::InvokeOutcome outcome;
  std::string log_stream;
};

struct FleetOptions {
  std::size_t max_sandboxes = 10;
  std::size_t max_concurrency = 1000;
  std::chrono::milliseconds idle_time{300'000};
  os::Clock* clock = &os::system_clock();
};

class Fleet {
 public:
  /// Starts a sandbox; sandbox::Instance::start, or a test's.
  using Start = std::function<Result<std::shared_ptr<sandbox::Instance>>(sandbox::InstanceSpec)>;
  using Make = std::function<Result<Recruit>()>;
  using Done = std::function<void(Result<Finished>)>;

  /// The pool outlives the fleet.
  Fleet(FleetOptions options, Start start, os::ThreadPool& pool);
  ~Fleet();  ///< as stop()
  Fleet(const Fleet&) = delete;
  Fleet& operator=(const Fleet&) = delete;

  /// `make` is asked when a sandbox has to be started.
  void invoke(const Lineup& lineup, Make make, sandbox::Invocation invocation, Done done);
  /// Ends sandboxes that idled too long.
  void tidy();
  /// Ends every sandbox; what is under way completes first, as killed.  Once.
  void stop();

  std::size_t sandboxes() const;

 private:
  struct Job {
    Lineup lineup;
    Make make;
    sandbox::Invocation invocation;
    Done done;
    int attempts = 0;
    os::MonotonicTime since;
  };
  struct Member {
    std::shared_ptr<sandbox::Instance> instance;
    std::string log_stream;
    os::MonotonicTime idle_since;
    std::vector<trees::Tree> trees = {};
  };
  using JobPtr = std::shared_ptr<Job>;

  void place(const JobPtr& job);
  void recruit(const JobPtr& job);
  void run(sandbox::Instance& instance, const JobPtr& job);
  void finish(sandbox::Instance& instance, const JobPtr& job, sandbox::InvokeOutcome outcome);
  void release(std::optional<Member> member, const Lineup& lineup);
  void conclude(const JobPtr& job, Result<Finished> result);
  /// The next waiting job a free sandbox of `lineup` should take; nullptr if none waits.
  JobPtr next_waiting(const Lineup& lineup);
  std::optional<Member> take_idle(const Lineup& lineup, std::vector<Member>& stale);
  std::optional<Member> take_longest_idle();
  void dismiss(std::vector<Member> members);

  const FleetOptions options_;
  const Start start_;
  os::ThreadPool& pool_;
  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable all_done_;
  std::map<Lineup, std::vector<Member>> idle_;  // each used last at its end
  std::map<sandbox::Instance*, Member> busy_;   // the one hold on them, so that they never end in a callback
  std::deque<JobPtr> waiting_;
  std::size_t sandboxes_ = 0;   ///< idle, busy and starting
  std::size_t under_way_ = 0;   ///< invocations
  std::size_t dismissals_ = 0;  ///< sandboxes being ended on the pool
  bool stopping_ = false;
};

}  // namespace lamella::endpoint
