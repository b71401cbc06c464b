// SPDX-License-Identifier: Apache-2.0
#include "endpoint/fleet.h"

#include <algorithm>
#include <utility>

#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

/// Sandboxes that may die under an event before it is their fault no more.
constexpr int kMostAttempts = 3;
/// How long the event that waits longest may be passed by for one that fits a free sandbox.
constexpr std::chrono::milliseconds kPatience{1'000};

Error too_many() {
  return wire::refuse("TooManyRequestsException", wire::rate_exceeded())
      .with("service-reason", "ConcurrentInvocationLimitExceeded")
      .with("retry-after-ms", "1000");
}

Error stopped() { return Error(ErrorCode::kInterrupted, "the endpoint is stopping"); }

}  // namespace

Fleet::Fleet(FleetOptions options, Start start, os::ThreadPool& pool)
    : options_(options), start_(std::move(start)), pool_(pool) {}

Fleet::~Fleet() { stop(); }

void Fleet::invoke(const Lineup& lineup, Make make, sandbox::Invocation invocation, Done done) {
  auto job = std::make_shared<Job>(
      Job{lineup, std::move(make), std::move(invocation), std::move(done), 0, options_.clock->monotonic()});
  {
    std::unique_lock lock(mutex_);
    const bool full = under_way_ >= options_.max_concurrency;
    if (full || stopping_) {
      lock.unlock();
      return job->done(full ? too_many() : stopped());
    }
    ++under_way_;
  }
  place(job);
}

void Fleet::place(const JobPtr& job) {
  std::vector<Member> leaving;
  std::unique_lock lock(mutex_);
  if (stopping_) {
    lock.unlock();
    return conclude(job, stopped());
  }
  if (auto member = take_idle(job->lineup, leaving)) {
    sandbox::Instance& instance = *member->instance;
    busy_.emplace(&instance, *std::move(member));
    lock.unlock();
    dismiss(std::move(leaving));
    return run(instance, job);
  }
  if (sandboxes_ >= options_.max_sandboxes) {
    if (auto member = take_longest_idle()) leaving.push_back(*std::move(member));
  }
  const bool room = sandboxes_ < options_.max_sandboxes;
  if (room) {
    ++sandboxes_;
  } else {
    waiting_.push_back(job);
  }
  lock.unlock();
  dismiss(std::move(leaving));
  if (room) pool_.submit([this, job] { recruit(job); });
}

void Fleet::recruit(const JobPtr& job) {
  auto recruit = job->make();
  Result<std::shared_ptr<sandbox::Instance>> started =
      recruit ? start_(std::move(recruit->spec))
              : Result<std::shared_ptr<sandbox::Instance>>(recruit.error());
  if (!started) {
    // The place is free again, and the others that wait may be of functions that can be started.
    release(std::nullopt, job->lineup);
    return conclude(job, std::move(started).error());
  }
  sandbox::Instance& instance = **started;
  bool late = false;
  {
    const std::lock_guard lock(mutex_);
    busy_.emplace(&instance,
                  Member{*std::move(started), std::move(recruit->log_stream), {}, std::move(recruit->trees)});
    late = stopping_;
  }
  if (late) instance.stop();
  run(instance, job);
}

void Fleet::run(sandbox::Instance& instance, const JobPtr& job) {
  ++job->attempts;
  instance.invoke(job->invocation, [this, &instance, job](sandbox::InvokeOutcome outcome) {
    // Elsewhere, because this may be the server's thread.
    pool_.submit([this, &instance, job, outcome = std::move(outcome)]() mutable {
      finish(instance, job, std::move(outcome));
    });
  });
}

void Fleet::finish(sandbox::Instance& instance, const JobPtr& job, sandbox::InvokeOutcome outcome) {
  std::optional<Member> member;
  {
    const std::lock_guard lock(mutex_);
    member = std::move(busy_.extract(&instance).mapped());
  }
  std::string stream = member->log_stream;
  release(std::move(member), job->lineup);
  if (outcome.status == sandbox::InvokeOutcome::Status::kGone && job->attempts < kMostAttempts)
    return place(job);
  conclude(job, Finished{std::move(outcome), std::move(stream)});
}

/// Finds work for a sandbox that is free, or for the place of one that could not be started.
void Fleet::release(std::optional<Member> member, const Lineup& lineup) {
  std::vector<Member> leaving;
  JobPtr next;
  sandbox::Instance* reused = nullptr;
  {
    const std::lock_guard lock(mutex_);
    const bool usable = member && member->instance->alive() && !stopping_;
    next = stopping_ ? nullptr : next_waiting(lineup);
    if (usable && next && next->lineup == lineup) {
      reused = member->instance.get();
      busy_.emplace(reused, *std::move(member));
    } else if (usable && !next) {
      member->idle_since = options_.clock->monotonic();
      idle_[lineup].push_back(*std::move(member));
    } else {
      if (member) leaving.push_back(*std::move(member));
      if (!next) --sandboxes_;
    }
  }
  dismiss(std::move(leaving));
  if (!next) return;
  if (reused != nullptr) return run(*reused, next);
  pool_.submit([this, next] { recruit(next); });
}

Fleet::JobPtr Fleet::next_waiting(const Lineup& lineup) {
  if (waiting_.empty()) return nullptr;
  auto at = waiting_.begin();
  if (options_.clock->monotonic() - (*at)->since < kPatience) {
    const auto same = std::find_if(waiting_.begin(), waiting_.end(),
                                   [&](const JobPtr& job) { return job->lineup == lineup; });
    if (same != waiting_.end()) at = same;
  }
  JobPtr job = std::move(*at);
  waiting_.erase(at);
  return job;
}

void Fleet::conclude(const JobPtr& job, Result<Finished> result) {
  job->done(std::move(result));
  const std::lock_guard lock(mutex_);
  --under_way_;
  all_done_.notify_all();
}

std::optional<Fleet::Member> Fleet::take_idle(const Lineup& lineup, std::vector<Member>& stale) {
  std::optional<Member> found;
  const Lineup first{lineup.region, lineup.function, lineup.version, 0};
  for (auto at = idle_.lower_bound(first); at != idle_.end();) {
    auto& [key, members] = *at;
    if (key.region != lineup.region || key.function != lineup.function || key.version != lineup.version)
      break;
    while (!members.empty() && (key != lineup || !found)) {
      Member member = std::move(members.back());
      members.pop_back();
      if (key == lineup && member.instance->alive()) {
        found = std::move(member);
      } else {
        stale.push_back(std::move(member));
        --sandboxes_;
      }
    }
    at = members.empty() ? idle_.erase(at) : std::next(at);
  }
  return found;
}

std::optional<Fleet::Member> Fleet::take_longest_idle() {
  auto oldest = idle_.end();
  for (auto at = idle_.begin(); at != idle_.end(); ++at) {
    if (oldest == idle_.end() || at->second.front().idle_since < oldest->second.front().idle_since)
      oldest = at;
  }
  if (oldest == idle_.end()) return std::nullopt;
  Member member = std::move(oldest->second.front());
  oldest->second.erase(oldest->second.begin());
  if (oldest->second.empty()) idle_.erase(oldest);
  --sandboxes_;
  return member;
}

void Fleet::dismiss(std::vector<Member> members) {
  if (members.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    ++dismissals_;
  }
  pool_.submit([this, held = std::make_shared<std::vector<Member>>(std::move(members))] {
    for (Member& member : *held) member.instance->stop();
    held->clear();
    const std::lock_guard lock(mutex_);
    --dismissals_;
    all_done_.notify_all();
  });
}

void Fleet::tidy() {
  std::vector<Member> leaving;
  {
    const std::lock_guard lock(mutex_);
    const auto now = options_.clock->monotonic();
    for (auto at = idle_.begin(); at != idle_.end();) {
      auto& members = at->second;
      const auto fresh = std::stable_partition(members.begin(), members.end(), [&](const Member& member) {
        return !member.instance->alive() || now - member.idle_since >= options_.idle_time;
      });
      sandboxes_ -= static_cast<std::size_t>(std::distance(members.begin(), fresh));
      std::move(members.begin(), fresh, std::back_inserter(leaving));
      members.erase(members.begin(), fresh);
      at = members.empty() ? idle_.erase(at) : std::next(at);
    }
  }
  dismiss(std::move(leaving));
}

void Fleet::stop() {
  std::vector<Member> leaving;
  std::deque<JobPtr> refused;
  std::vector<std::shared_ptr<sandbox::Instance>> running;
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    refused.swap(waiting_);
    for (const auto& [instance, member] : busy_) running.push_back(member.instance);
    for (auto& [lineup, members] : idle_) {
      sandboxes_ -= members.size();
      std::move(members.begin(), members.end(), std::back_inserter(leaving));
    }
    idle_.clear();
  }
  for (const JobPtr& job : refused) conclude(job, stopped());
  for (const auto& instance : running) instance->stop();
  running.clear();
  dismiss(std::move(leaving));
  std::unique_lock lock(mutex_);
  all_done_.wait(lock, [&] { return under_way_ == 0 && dismissals_ == 0; });
}

std::size_t Fleet::sandboxes() const {
  const std::lock_guard lock(mutex_);
  return sandboxes_;
}

}  // namespace lamella::endpoint
