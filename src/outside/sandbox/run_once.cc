// SPDX-License-Identifier: Apache-2.0
#include "sandbox/run_once.h"

#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <optional>

#include "os/clock.h"
#include "sandbox/launch.h"
#include "sandbox/memory.h"

namespace lamella::sandbox {
namespace {

os::MonotonicTime now() { return os::system_clock().monotonic(); }

constexpr int kSampleMilliseconds = 5;

/// What is left to do of one run.
class Run {
 public:
  Run(Launched launched, const SandboxSpec& spec, const RunOptions& options)
      : launched_(std::move(launched)),
        limit_(spec.memory_mb * 1024 * 1024),
        options_(options),
        begin_(now()) {
    if (options_.standard_input.empty()) launched_.in.reset();
  }

  Result<RunResult> to_the_end() {
    while (!ended_) {
      turn();
      if (stopped_) return Error(ErrorCode::kInterrupted, "the run was stopped");
    }
    collect(launched_.out, result_.standard_output);
    collect(launched_.err, result_.standard_error);
    result_.elapsed = std::chrono::duration_cast<std::chrono::microseconds>(now() - begin_);
    return std::move(result_);
  }

 private:
  enum { kOut, kErr, kIn, kEnd, kCount };

  void turn() {
    std::array<pollfd, kCount> all{{{launched_.out.get(), POLLIN, 0},
                                    {launched_.err.get(), POLLIN, 0},
                                    {launched_.in.get(), POLLOUT, 0},
                                    {launched_.child.pidfd(), POLLIN, 0}}};
    poll(all.data(), all.size(), kSampleMilliseconds);
    if (all[kOut].revents != 0) collect(launched_.out, result_.standard_output);
    if (all[kErr].revents != 0) collect(launched_.err, result_.standard_error);
    if (all[kIn].revents != 0) feed();
    if (all[kEnd].revents != 0) return end();
    sample();
    if (!killed_ && now() - begin_ > options_.timeout) kill(result_.timed_out);
    if (!killed_ && options_.stop.stop_requested()) kill(stopped_);
  }

  void kill(bool& why) {
    why = true;
    killed_ = true;
    kill_sandbox(launched_.child.pid(), launched_.control);
  }

  /// Sampling walks /proc, so it is done at its own pace and not at that of the output.
  void sample() {
    const os::MonotonicTime time = now();
    if (killed_ || time < next_sample_) return;
    next_sample_ = time + std::chrono::milliseconds(kSampleMilliseconds);
    const TreeMemory memory = tree_memory(launched_.child.pid(), MemoryDetail::kNow);
    result_.peak_memory_bytes = std::max(result_.peak_memory_bytes, memory.resident_bytes);
    if (limit_ > 0 && memory.resident_bytes > limit_) kill(result_.killed_by_memory);
  }

  void collect(os::UniqueFd& from, std::string& to) {
    std::array<char, std::size_t{64} * 1024> piece;
    while (from) {
      const ssize_t got = read(from.get(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return;
      if (got == 0) return from.reset();
      const std::size_t room = options_.output_limit - std::min(options_.output_limit, to.size());
      const std::size_t taken = std::min(room, static_cast<std::size_t>(got));
      to.append(piece.data(), taken);
      if (taken < static_cast<std::size_t>(got)) result_.output_truncated = true;
      if (got < static_cast<ssize_t>(piece.size()) && !ended_) return;
    }
  }

  void feed() {
    const std::string_view rest = std::string_view(options_.standard_input).substr(fed_);
    const ssize_t put = write(launched_.in.get(), rest.data(), rest.size());
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) return;
    if (put > 0) fed_ += static_cast<std::size_t>(put);
    if (put < 0 || fed_ == options_.standard_input.size()) launched_.in.reset();
  }

  void end() {
    ended_ = true;
    const auto message = launched_.control ? read_end(launched_.control.get()) : std::nullopt;
    const auto waited = launched_.child.wait();
    int status = SIGKILL;
    if (message) {
      status = message->wait_status;
      result_.peak_memory_bytes = std::max(result_.peak_memory_bytes, message->max_rss_bytes);
    }
    if (WIFSIGNALED(status)) result_.signal = WTERMSIG(status);
    result_.exit_code = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
    if (limit_ > 0 && result_.peak_memory_bytes > limit_) result_.killed_by_memory = true;
  }

  Launched launched_;
  const std::uint64_t limit_;
  const RunOptions& options_;
  const os::MonotonicTime begin_;
  os::MonotonicTime next_sample_{};
  std::size_t fed_ = 0;
  bool ended_ = false;
  bool killed_ = false;
  bool stopped_ = false;
  RunResult result_;
};

}  // namespace

Result<RunResult> run_once(Supervisor& supervisor, const SandboxSpec& spec, const RunOptions& options) {
  LAMELLA_TRY_ASSIGN(Launched launched,
                     launch(supervisor.helper(), spec, ApiSocket::kNone, LaunchStreams::kSeparate));
  return Run(std::move(launched), spec, options).to_the_end();
}

}  // namespace lamella::sandbox
