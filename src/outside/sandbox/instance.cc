// SPDX-License-Identifier: Apache-2.0
#include "sandbox/instance.h"

#include <algorithm>
#include <cmath>
#include <csignal>
#include <mutex>
#include <utility>

#include "model/report_line.h"
#include "sandbox/instance_log.h"
#include "sandbox/outcome.h"

namespace lamella::sandbox {
namespace {

using Status = InvokeOutcome::Status;

constexpr std::size_t kLogHalf = std::size_t{512} * 1024;
constexpr std::size_t kTailBytes = 4096;
constexpr std::uint64_t kMiB = 1024 * 1024;
/// Beyond this a body is refused unread; below, the state machine refuses it.
constexpr std::uint64_t kBodyLimit = std::uint64_t{16} * kMiB;

/// What a runtime is given to exit by itself after it reported a failed start.
constexpr std::chrono::milliseconds kExitTime{1'000};

double milliseconds(os::MonotonicTime::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

double hundredths(double value) { return std::round(value * 100.0) / 100.0; }

http::Response response_of(ApiAnswer answer) {
  http::Response response = http::Response::json(answer.status, std::move(answer.body));
  for (auto& [name, value] : answer.headers) response.headers.set(name, std::move(value));
  return response;
}

/// errorType of an error record, read without a parser because the record may be anything.
std::string type_in(std::string_view record) {
  constexpr std::string_view kKey = "\"errorType\"";
  const std::size_t at = record.find(kKey);
  if (at == std::string_view::npos) return "";
  const std::size_t open = record.find('"', at + kKey.size());
  if (open == std::string_view::npos) return "";
  const std::size_t close = record.find('"', open + 1);
  return close == std::string_view::npos ? "" : std::string(record.substr(open + 1, close - open - 1));
}

}  // namespace

std::string_view log_tail(std::string_view log) {
  return log.size() > kTailBytes ? log.substr(log.size() - kTailBytes) : log;
}

/// Locks: a callback of the sandbox or server takes mutex_; nothing that calls back is called under it
/// (drain() delivers output through on_output, which takes it).
class LiveInstance final : public Instance, public std::enable_shared_from_this<LiveInstance> {
 public:
  LiveInstance(http::Server& server, InstanceSpec spec) : server_(server), spec_(std::move(spec)) {}

  ~LiveInstance() override { stop(); }

  Result<void> start(Supervisor& supervisor) {
    const std::weak_ptr<LiveInstance> weak = weak_from_this();
    SandboxCallbacks callbacks;
    callbacks.on_output = [weak](std::string_view text) {
      if (const auto self = weak.lock()) self->output(text);
    };
    callbacks.on_exit = [weak](const ExitReport& report) {
      if (const auto self = weak.lock()) self->exited(report);
    };
    log_.append(model::render_init_start_line(spec_.runtime_version));
    spawned_ = spec_.clock->monotonic();
    LAMELLA_TRY_ASSIGN(sandbox_, supervisor.start(spec_.sandbox, std::move(callbacks)));
    http::ListenOptions options;
    options.limits.body_bytes = kBodyLimit;
    options.limits.idle_time = std::chrono::milliseconds(0);
    options.render_refusal = [weak](const http::Refusal& refusal) {
      const auto self = weak.lock();
      return self ? self->refuse(refusal) : http::Response::text(refusal.status, refusal.why);
    };
    LAMELLA_TRY_ASSIGN(listener_, server_.adopt(sandbox_->take_listener(), std::move(options),
                                                [weak](http::Request request, http::Responder responder) {
                                                  if (const auto self = weak.lock()) {
                                                    self->handle(std::move(request), std::move(responder));
                                                  }
                                                }));
    arm_init_timer(spec_.init_limit);
    return {};
  }

  void invoke(Invocation invocation, std::function<void(InvokeOutcome)> done) override {
    std::unique_lock lock(mutex_);
    invocation_ = std::move(invocation);
    done_ = std::move(done);
    sandbox_->watch_closely(true);
    if (failure_) return finish(lock, ending_of(*std::exchange(failure_, std::nullopt)));
    if (init_failure_) return finish(lock, *std::exchange(init_failure_, std::nullopt));
    if (dead_) return finish(lock, ending_of({Status::kGone, {}}));
    if (api_.state() == RuntimeApi::State::kWaiting && next_) begin(lock);
  }

  bool alive() const override {
    const std::lock_guard lock(mutex_);
    return !dead_;
  }
  bool busy() const override {
    const std::lock_guard lock(mutex_);
    return done_ != nullptr;
  }
  std::uint64_t served() const override {
    const std::lock_guard lock(mutex_);
    return served_;
  }

  void stop() override {
    if (sandbox_) sandbox_->kill();
    std::unique_lock lock(mutex_);
    dead_ = true;
    if (done_) fail(lock, {begun_ ? Status::kExit : Status::kGone, {.signal = SIGKILL, .killed = true}});
  }

 private:
  /// What went wrong without the function's saying so.
  struct Failure {
    Status status = Status::kExit;
    ExitReport report;
  };
  /// What an invocation comes to, before its log and measurements are added.
  struct Ending {
    Status status = Status::kOk;
    std::string payload;
    std::string error_type;
    std::string last_words;  ///< a line of Lambda's own in the log
    std::string report_status;
  };

  void output(std::string_view text) {
    const std::lock_guard lock(mutex_);
    log_.append(text);
  }

  void handle(http::Request request, http::Responder responder) {
    const std::string path(request.path());
    const std::string type(request.headers.get("Lambda-Runtime-Function-Error-Type"));
    // What was printed before this request was sent belongs to what it ends.
    sandbox_->drain();
    std::unique_lock lock(mutex_);
    ApiStep step = api_.handle(request.method, path, std::move(request.body), type);
    if (step.event == ApiEvent::kNextHeld) return hold(lock, std::move(responder));
    http::Response response = response_of(std::move(step.answer));
    // First the result, then the answer: a runtime that exits on its answer has still given its result.
    conclude(lock, std::move(step));
    if (lock.owns_lock()) lock.unlock();
    responder.send(std::move(response));
  }

  http::Response refuse(const http::Refusal& refusal) {
    if (refusal.status != 413) return http::Response::text(refusal.status, refusal.why);
    std::unique_lock lock(mutex_);
    ApiStep step = api_.refuse_large(refusal.head.path());
    http::Response response = response_of(std::move(step.answer));
    conclude(lock, std::move(step));
    return response;
  }

  void hold(std::unique_lock<std::mutex>& lock, http::Responder responder) {
    // A runtime that asks twice lost its first connection; that answer is given up after the lock.
    std::swap(next_, responder);
    if (!ready_) {
      ready_ = true;
      init_ms_ = milliseconds(spec_.clock->monotonic() - spawned_);
      init_timer_.cancel();
    }
    if (!done_) {
      sandbox_->watch_closely(false);
    } else if (!begun_) {
      begin(lock);
    }
    if (lock.owns_lock()) lock.unlock();
  }

  void begin(std::unique_lock<std::mutex>& lock) {
    begun_ = spec_.clock->monotonic();
    log_.append(model::render_start_line(invocation_.request_id, invocation_.function_version));
    std::chrono::milliseconds left = spec_.timeout;
    if (late_ && served_ == 0) {
      left = std::max(std::chrono::milliseconds(1), left - std::chrono::milliseconds(std::lround(init_ms_)));
    }
    invocation_.deadline_ms = (spec_.clock->wall() + left).time_since_epoch().count();
    http::Response response = response_of(api_.submit(invocation_));
    http::Responder responder = std::move(next_);
    next_ = http::Responder();
    timer_ = server_.call_after(left, [weak = weak_from_this(), id = invocation_.request_id] {
      if (const auto self = weak.lock()) self->took_too_long(id);
    });
    lock.unlock();
    responder.send(std::move(response));
  }

  void conclude(std::unique_lock<std::mutex>& lock, ApiStep step) {
    switch (step.event) {
      case ApiEvent::kNothing:
      case ApiEvent::kNextHeld: return;
      case ApiEvent::kResponse: return finish(lock, {.payload = std::move(step.body)});
      case ApiEvent::kFunctionError: {
        std::string type = step.error_type.empty() ? type_in(step.body) : step.error_type;
        return finish(lock, {.status = Status::kFunctionError,
                             .payload = std::move(step.body),
                             .error_type = std::move(type)});
      }
      case ApiEvent::kInitError: {
        // The process exits by itself, and its last output comes with that.
        init_timer_ = server_.call_after(kExitTime, [weak = weak_from_this()] {
          if (const auto self = weak.lock()) self->sandbox_->kill();
        });
        std::string type = step.error_type.empty() ? type_in(step.body) : step.error_type;
        init_error_ = Ending{Status::kInitError, std::move(step.body), std::move(type), "", "error"};
        return;
      }
      case ApiEvent::kTooLarge: {
        // AWS's runtime client raises at the 413 and exits; not to wait for it keeps the next call clean.
        dead_ = true;
        sandbox_->kill();
        ServiceError error = response_too_large();
        return finish(lock, {.status = Status::kTooLarge,
                             .payload = std::move(error.payload),
                             .error_type = std::move(error.type)});
      }
    }
  }

  void took_too_long(const std::string& id) {
    sandbox_->drain();
    std::unique_lock lock(mutex_);
    if (!done_ || !begun_ || invocation_.request_id != id) return;
    sandbox_->peak_memory_bytes();
    sandbox_->kill();
    dead_ = true;
    fail(lock, {Status::kTimeout, {}});
  }

  /// Lambda then starts the function again, as part of its first invocation and within that one's time.
  /// A start that would fit goes on here, without beginning anew: the same starts succeed, sooner.
  void init_took_too_long() {
    std::unique_lock lock(mutex_);
    if (ready_ || dead_ || init_error_) return;
    if (!late_ && spec_.timeout > spec_.init_limit) {
      late_ = true;
      log_.append(model::render_init_report_line(static_cast<double>(spec_.init_limit.count()), "timeout"));
      arm_init_timer(spec_.timeout - spec_.init_limit);
      return;
    }
    dead_ = true;
    init_ms_ = milliseconds(spec_.clock->monotonic() - spawned_);
    sandbox_->kill();
    fail(lock, {Status::kTimeout, {}});
  }

  void arm_init_timer(std::chrono::milliseconds delay) {
    init_timer_ = server_.call_after(delay, [weak = weak_from_this()] {
      if (const auto self = weak.lock()) self->init_took_too_long();
    });
  }

  void exited(const ExitReport& report) {
    std::unique_lock lock(mutex_);
    const bool known = std::exchange(dead_, true);
    init_timer_.cancel();
    if (!ready_) init_ms_ = milliseconds(spec_.clock->monotonic() - spawned_);
    if (init_error_) return finish_or_keep(lock, *std::exchange(init_error_, std::nullopt));
    if (known || (ready_ && !done_)) return;
    if (ready_ && !begun_) return fail(lock, {Status::kGone, report});
    fail(lock, {report.killed_by_memory ? Status::kMemory : Status::kExit, report});
  }

  /// Lambda's own words for it; made late, because they name the request.
  Ending ending_of(const Failure& failure) const {
    const bool timeout = failure.status == Status::kTimeout;
    const std::string& id = invocation_.request_id;
    ServiceError error = timeout ? timed_out(id, ready_ || late_ ? spec_.timeout : spec_.init_limit)
                                 : runtime_exited(id, failure.report);
    std::string words = timeout ? id + " " + error.message + "\n\n"
                                : "RequestId: " + id + " Error: " + error.message + "\n" + error.type + "\n";
    return {failure.status, std::move(error.payload), std::move(error.type), std::move(words),
            timeout ? "timeout" : "error"};
  }

  /// Without an invocation under way the failure of a start waits for the first one.
  void fail(std::unique_lock<std::mutex>& lock, Failure failure) {
    if (done_) return finish(lock, ending_of(failure));
    failure_ = std::move(failure);
  }

  void finish_or_keep(std::unique_lock<std::mutex>& lock, Ending ending) {
    if (done_) return finish(lock, std::move(ending));
    init_failure_ = std::move(ending);
  }

  void finish(std::unique_lock<std::mutex>& lock, Ending ending) {
    if (!done_) return;
    timer_.cancel();
    const std::uint64_t peak = sandbox_->peak_memory_bytes();
    InvokeOutcome outcome;
    outcome.status = ending.status;
    outcome.payload = std::move(ending.payload);
    outcome.error_type = std::move(ending.error_type);
    outcome.duration_ms = begun_ ? hundredths(milliseconds(spec_.clock->monotonic() - *begun_)) : 0;
    if (served_ == 0) outcome.init_duration_ms = hundredths(init_ms_);
    outcome.billed_duration_ms =
        static_cast<std::int64_t>(std::ceil(outcome.duration_ms + std::max(0.0, outcome.init_duration_ms)));
    outcome.max_memory_used_mb = std::max<std::uint64_t>(1, (peak + kMiB - 1) / kMiB);
    if (!begun_) log_.append(model::render_start_line(invocation_.request_id, invocation_.function_version));
    outcome.log_truncated = log_.truncated();
    outcome.log = log_.take();
    if (!outcome.log.empty() && outcome.log.back() != '\n') outcome.log.push_back('\n');
    outcome.log += ending.last_words + closing_lines(outcome, ending);
    ++served_;
    begun_.reset();
    const auto done = std::exchange(done_, nullptr);
    lock.unlock();
    done(std::move(outcome));
  }

  std::string closing_lines(const InvokeOutcome& outcome, const Ending& ending) const {
    model::ReportLine line;
    line.request_id = invocation_.request_id;
    line.duration_ms = outcome.duration_ms;
    line.billed_duration_ms = outcome.billed_duration_ms;
    line.memory_size_mb = spec_.sandbox.memory_mb;
    line.max_memory_used_mb = outcome.max_memory_used_mb;
    if (outcome.init_duration_ms >= 0) line.init_duration_ms = outcome.init_duration_ms;
    line.status = ending.report_status;
    if (ending.report_status == "error") line.error_type = outcome.error_type;
    return model::render_end_line(line.request_id) + model::render_report_line(line);
  }

  http::Server& server_;
  const InstanceSpec spec_;
  std::unique_ptr<Sandbox> sandbox_;
  mutable std::mutex mutex_;  // guards what follows
  RuntimeApi api_;
  InstanceLog log_{kLogHalf};
  os::MonotonicTime spawned_;
  double init_ms_ = 0;
  bool ready_ = false;
  bool dead_ = false;
  bool late_ = false;  ///< the start took longer than init_limit, and goes on
  std::uint64_t served_ = 0;
  std::optional<Ending> init_error_;    ///< told, but the process has not ended yet
  std::optional<Ending> init_failure_;  ///< for the first invocation
  std::optional<Failure> failure_;      ///< likewise
  Invocation invocation_;
  std::optional<os::MonotonicTime> begun_;
  std::function<void(InvokeOutcome)> done_;
  http::Responder next_;
  http::Timer timer_;
  http::Timer init_timer_;
  http::Listener listener_;
};

Result<std::shared_ptr<Instance>> Instance::start(Supervisor& supervisor, http::Server& server,
                                                  InstanceSpec spec) {
  auto instance = std::make_shared<LiveInstance>(server, std::move(spec));
  LAMELLA_TRY(instance->start(supervisor));
  return std::shared_ptr<Instance>(std::move(instance));
}

}  // namespace lamella::sandbox
