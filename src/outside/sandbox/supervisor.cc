// SPDX-License-Identifier: Apache-2.0
#include "sandbox/supervisor.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <chrono>
#include <csignal>
#include <mutex>
#include <thread>
#include <unordered_map>
#include <utility>
#include <vector>

#include "os/clock.h"
#include "os/system_error.h"
#include "sandbox/launch.h"
#include "sandbox/memory.h"

namespace lamella::sandbox {
namespace {

constexpr std::size_t kPiece = std::size_t{64} * 1024;
/// A sandbox that prints faster than this per turn waits, so that others are served.
constexpr int kPiecesPerTurn = 16;
/// After the end a pipe holds 64 KiB at most; a turn that finds it empty says "true" too.
constexpr int kLastTurns = 2;
/// At 3 GB/s of page clearing a process gains 15 MB between two samples.
constexpr int kSampleMilliseconds = 5;
constexpr int kIdleSampleTurns = 40;

}  // namespace

std::string_view memory_mechanism() { return "resident size of the process tree, sampled every 5 ms"; }

class SandboxState {
 public:
  SandboxState(Launched launched, std::uint64_t limit, SandboxCallbacks callbacks)
      : launched_(std::move(launched)),
        wrapper_(launched_.child.pid()),
        limit_(limit),
        callbacks_(std::move(callbacks)) {}

  int output() const { return launched_.out.get(); }
  int pidfd() const { return launched_.child.pidfd(); }
  int pid() const { return wrapper_; }
  os::UniqueFd take_listener() { return std::move(launched_.listener); }
  void watch_closely(bool on) { closely_.store(on, std::memory_order_relaxed); }
  bool watched_closely() const { return closely_.load(std::memory_order_relaxed); }

  /// Delivers what was printed, in order; false at the end of the output.
  bool pump() {
    const std::lock_guard lock(output_mutex_);
    std::array<char, kPiece> piece;
    for (int i = 0; i < kPiecesPerTurn; ++i) {
      const ssize_t got = read(output(), piece.data(), piece.size());
      if (got < 0 && errno == EINTR) continue;
      if (got < 0) return errno == EAGAIN;
      if (got == 0) return false;
      if (callbacks_.on_output) callbacks_.on_output({piece.data(), static_cast<std::size_t>(got)});
    }
    return true;
  }

  void kill(bool for_memory) {
    const std::lock_guard lock(mutex_);
    if (ended_) return;
    (for_memory ? killed_by_memory_ : killed_) = true;
    // What inside has said before it is killed is lost with the socket; nothing needs it.
    kill_sandbox(wrapper_, launched_.control);
  }

  void sample(MemoryDetail detail) {
    {
      const std::lock_guard lock(mutex_);
      if (ended_) return;
    }
    const TreeMemory memory = tree_memory(wrapper_, detail);
    const std::uint64_t highest = std::max(memory.resident_bytes, memory.highest_bytes);
    raise_peak(highest);
    if (limit_ > 0 && memory.resident_bytes > limit_) kill(true);
  }

  std::uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }

  /// Reaps and reports; REQUIRES: the pidfd is readable.
  void end() {
    for (int turn = 0; turn < kLastTurns && pump(); ++turn) {
    }
    ExitReport report;
    {
      const std::lock_guard lock(mutex_);
      const auto message = launched_.control ? read_end(launched_.control.get()) : std::nullopt;
      const auto waited = launched_.child.wait();
      ended_ = true;
      report.started = true;
      if (message) {
        if (WIFSIGNALED(message->wait_status)) report.signal = WTERMSIG(message->wait_status);
        if (WIFEXITED(message->wait_status)) report.exit_code = WEXITSTATUS(message->wait_status);
        raise_peak(message->max_rss_bytes);
      } else {
        report.signal = SIGKILL;
      }
      report.killed = killed_;
      report.killed_by_memory = killed_by_memory_ || (limit_ > 0 && peak() > limit_);
      report.peak_memory_bytes = peak();
    }
    if (callbacks_.on_exit) callbacks_.on_exit(report);
  }

 private:
  void raise_peak(std::uint64_t value) {
    std::uint64_t seen = peak_.load(std::memory_order_relaxed);
    while (value > seen && !peak_.compare_exchange_weak(seen, value)) {
    }
  }

  std::mutex output_mutex_;  // taken before mutex_
  std::mutex mutex_;         // guards control, ended_, killed_
  Launched launched_;
  const int wrapper_;
  const std::uint64_t limit_;
  const SandboxCallbacks callbacks_;
  std::atomic<std::uint64_t> peak_{0};
  std::atomic<bool> closely_{true};
  bool ended_ = false;
  bool killed_ = false;
  bool killed_by_memory_ = false;
};

Sandbox::Sandbox(std::shared_ptr<SandboxState> state) : state_(std::move(state)) {}
Sandbox::~Sandbox() { state_->kill(false); }
os::UniqueFd Sandbox::take_listener() { return state_->take_listener(); }
int Sandbox::pid() const { return state_->pid(); }
void Sandbox::drain() { state_->pump(); }
void Sandbox::kill() { state_->kill(false); }
void Sandbox::watch_closely(bool on) { state_->watch_closely(on); }
std::uint64_t Sandbox::peak_memory_bytes() {
  state_->sample(MemoryDetail::kWithHighest);
  return state_->peak();
}

class Supervisor::Impl {
 public:
  explicit Impl(std::filesystem::path helper) : helper_(std::move(helper)) {}

  Result<void> open() {
    epoll_.reset(epoll_create1(EPOLL_CLOEXEC));
    wake_.reset(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
    if (!epoll_ || !wake_) return os::system_error(errno, "cannot watch sandboxes", "");
    add(wake_.get(), 0);
    thread_ = std::thread([this] { loop(); });
    return {};
  }

  ~Impl() {
    {
      const std::lock_guard lock(mutex_);
      stopping_ = true;
      for (const auto& [id, state] : states_) state->kill(false);
    }
    wake();
    if (thread_.joinable()) thread_.join();
  }

  const std::filesystem::path& helper() const { return helper_; }

  void watch(const std::shared_ptr<SandboxState>& state) {
    {
      const std::lock_guard lock(mutex_);
      const std::uint64_t id = next_++;
      states_.emplace(id, state);
      add(state->output(), id * 2);
      add(state->pidfd(), id * 2 + 1);
      if (stopping_) state->kill(false);
    }
    wake();
  }

 private:
  void add(int fd, std::uint64_t tag) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = tag;
    epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event);
  }
  void remove(int fd) { epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }
  void wake() {
    const std::uint64_t one = 1;
    [[maybe_unused]] const ssize_t written = write(wake_.get(), &one, sizeof one);
  }

  std::shared_ptr<SandboxState> find(std::uint64_t id) {
    const std::lock_guard lock(mutex_);
    const auto found = states_.find(id);
    return found == states_.end() ? nullptr : found->second;
  }

  void handle(const epoll_event& event) {
    if (event.data.u64 == 0) {
      std::uint64_t count = 0;
      [[maybe_unused]] const ssize_t got = read(wake_.get(), &count, sizeof count);
      return;
    }
    const std::uint64_t id = event.data.u64 / 2;
    const std::shared_ptr<SandboxState> state = find(id);
    if (!state) return;
    if (event.data.u64 % 2 == 0) {
      if (!state->pump()) remove(state->output());
      return;
    }
    remove(state->output());
    remove(state->pidfd());
    state->end();
    const std::lock_guard lock(mutex_);
    states_.erase(id);
  }

  /// Samples; true while there is something to sample.
  bool sample_all() {
    std::vector<std::shared_ptr<SandboxState>> now;
    {
      const std::lock_guard lock(mutex_);
      for (const auto& [id, state] : states_) now.push_back(state);
    }
    ++turn_;
    for (const auto& state : now) {
      if (state->watched_closely() || turn_ % kIdleSampleTurns == 0) state->sample(MemoryDetail::kNow);
    }
    return !now.empty();
  }

  void loop() {
    std::array<epoll_event, 64> events;
    bool sampling = false;
    auto next_sample = os::system_clock().monotonic();
    for (;;) {
      const int count = epoll_wait(epoll_.get(), events.data(), static_cast<int>(events.size()),
                                   sampling ? kSampleMilliseconds : -1);
      for (int i = 0; i < count; ++i) handle(events[static_cast<std::size_t>(i)]);
      const auto now = os::system_clock().monotonic();
      if (now >= next_sample || !sampling) {
        sampling = sample_all();
        next_sample = now + std::chrono::milliseconds(kSampleMilliseconds);
      }
      const std::lock_guard lock(mutex_);
      if (stopping_ && states_.empty()) return;
    }
  }

  const std::filesystem::path helper_;
  os::UniqueFd epoll_;
  os::UniqueFd wake_;
  std::mutex mutex_;  // guards what follows
  std::unordered_map<std::uint64_t, std::shared_ptr<SandboxState>> states_;
  std::uint64_t next_ = 1;
  bool stopping_ = false;
  std::uint64_t turn_ = 0;  // of the loop thread
  std::thread thread_;
};

Supervisor::Supervisor(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Supervisor::~Supervisor() = default;

Result<std::unique_ptr<Supervisor>> Supervisor::start(const std::filesystem::path& cache) {
  LAMELLA_TRY_ASSIGN(std::filesystem::path helper, unpack_helper(cache));
  auto impl = std::make_unique<Impl>(std::move(helper));
  LAMELLA_TRY(impl->open());
  return std::unique_ptr<Supervisor>(new Supervisor(std::move(impl)));
}

const std::filesystem::path& Supervisor::helper() const { return impl_->helper(); }

Result<std::unique_ptr<Sandbox>> Supervisor::start(const SandboxSpec& spec, SandboxCallbacks callbacks) {
  LAMELLA_TRY_ASSIGN(Launched launched, launch(helper(), spec, ApiSocket::kListen, LaunchStreams::kMerged));
  const auto state =
      std::make_shared<SandboxState>(std::move(launched), spec.memory_mb * 1024 * 1024, std::move(callbacks));
  impl_->watch(state);
  return std::make_unique<Sandbox>(state);
}

}  // namespace lamella::sandbox
