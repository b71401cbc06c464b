// SPDX-License-Identifier: Apache-2.0
#include "os/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cassert>
#include <cerrno>
#include <cstring>

#include "base/units.h"
#include "os/directory.h"
#include "os/environment.h"
#include "os/retry.h"
#include "os/spawn.h"
#include "os/stop_waker.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

using SteadyTime = std::chrono::steady_clock::time_point;

template <class... F>
struct Overload : F... {
  using F::operator()...;
};
template <class... F>
Overload(F...) -> Overload<F...>;

/// One of the three streams: what the child gets, and our end if it is a pipe.
struct Stream {
  UniqueFd owned;  ///< kept until the child has started
  int childs = -1;
  UniqueFd ours;
};

Result<Stream> open_null(int flags) {
  Stream stream;
  stream.owned.reset(::open("/dev/null", flags | O_CLOEXEC));
  stream.childs = stream.owned.get();
  if (stream.childs < 0) return system_error(errno, "cannot open", "/dev/null");
  return stream;
}

Stream use(int fd) {
  Stream stream;
  stream.childs = fd;
  return stream;
}

Result<Stream> open_pipe(bool child_reads) {
  LAMELLA_TRY_ASSIGN(Pipe pipe, make_pipe());
  Stream stream;
  stream.owned = std::move(child_reads ? pipe.read : pipe.write);
  stream.ours = std::move(child_reads ? pipe.write : pipe.read);
  stream.childs = stream.owned.get();
  return stream;
}

Result<Stream> open_input(const InputStream& wanted) {
  return std::visit(Overload{[](NoInput) { return open_null(O_RDONLY); },
                             [](InheritStream) { return Result<Stream>(use(0)); },
                             [](FdStream s) { return Result<Stream>(use(s.fd)); },
                             [](const auto&) { return open_pipe(true); }},
                    wanted);
}

Result<Stream> open_output(const OutputStream& wanted, int inherited) {
  return std::visit(Overload{[](Discard) { return open_null(O_WRONLY); },
                             [&](InheritStream) { return Result<Stream>(use(inherited)); },
                             [](FdStream s) { return Result<Stream>(use(s.fd)); },
                             [](const auto&) { return open_pipe(false); }},
                    wanted);
}

std::vector<std::string> environment_of(const Command& command) {
  auto all = command.inherit_env ? environment_snapshot() : std::map<std::string, std::string>();
  for (const auto& [name, value] : command.env) all[name] = value;
  std::vector<std::string> lines;
  for (const auto& [name, value] : all) lines.push_back(name + "=" + value);
  return lines;
}

std::vector<std::pair<int, rlimit>> limits_of(const ProcessLimits& limits) {
  std::vector<std::pair<int, rlimit>> result;
  const auto add = [&](int resource, const std::optional<std::uint64_t>& value) {
    if (value) result.emplace_back(resource, rlimit{.rlim_cur = *value, .rlim_max = *value});
  };
  add(RLIMIT_CPU, limits.cpu_seconds);
  add(RLIMIT_FSIZE, limits.file_bytes);
  add(RLIMIT_NOFILE, limits.open_files);
  add(RLIMIT_AS, limits.address_space);
  add(RLIMIT_CORE, limits.core_bytes);
  return result;
}

int poll_milliseconds(std::optional<SteadyTime> deadline) {
  if (!deadline) return -1;
  const auto left =
      std::chrono::ceil<std::chrono::milliseconds>(*deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<std::int64_t>(left, 0, 1'000'000'000));
}

bool is_program(const std::filesystem::path& path) {
  struct stat info {};
  return ::stat(path.c_str(), &info) == 0 && S_ISREG(info.st_mode) && ::access(path.c_str(), X_OK) == 0;
}

std::chrono::milliseconds to_milliseconds(const timeval& time) {
  return std::chrono::milliseconds(time.tv_sec * 1000 + time.tv_usec / 1000);
}

/// A child's output on its way into the result.
class Receiver {
 public:
  Receiver(UniqueFd& fd, const OutputStream& wanted, std::string& kept, bool& truncated)
      : fd_(fd), wanted_(wanted), kept_(kept), truncated_(truncated) {
    if (fd_) ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
  }
  int fd() const { return fd_.get(); }

  /// Takes all that is there now; closes at the end.
  void drain() {
    std::array<char, 16384> buffer;
    while (fd_) {
      const ssize_t n = retry([&] { return ::read(fd_.get(), buffer.data(), buffer.size()); });
      if (n < 0 && errno == EAGAIN) return;
      if (n <= 0) {
        fd_.reset();
      } else {
        take({buffer.data(), static_cast<std::size_t>(n)});
      }
    }
  }

 private:
  void take(std::string_view bytes) {
    if (const auto* callback = std::get_if<Callback>(&wanted_)) return callback->on_bytes(bytes);
    const std::size_t max = std::get<Capture>(wanted_).max_bytes;
    const std::size_t room = max - std::min(max, kept_.size());
    kept_.append(bytes.substr(0, room));
    truncated_ = truncated_ || bytes.size() > room;
  }

  UniqueFd& fd_;
  const OutputStream& wanted_;
  std::string& kept_;
  bool& truncated_;
};

/// Text on its way into a child.
class Feeder {
 public:
  Feeder(UniqueFd& fd, const InputStream& wanted) : fd_(fd) {
    if (const auto* text = std::get_if<TextInput>(&wanted)) rest_ = text->text;
    if (fd_) ::fcntl(fd_.get(), F_SETFL, O_NONBLOCK);
    feed();
  }
  int fd() const { return fd_.get(); }

  void feed() {
    while (fd_ && !rest_.empty()) {
      const ssize_t n = retry([&] { return ::write(fd_.get(), rest_.data(), rest_.size()); });
      if (n < 0 && errno == EAGAIN) return;
      if (n < 0) rest_ = {};  // it does not want to read on, which is its right
      if (n > 0) rest_.remove_prefix(static_cast<std::size_t>(n));
    }
    fd_.reset();
  }

 private:
  UniqueFd& fd_;
  std::string_view rest_;
};

}  // namespace

std::string signal_name(int signal_number) {
  const char* name = ::sigabbrev_np(signal_number);
  return name ? std::string("SIG") + name : "signal " + std::to_string(signal_number);
}

void ignore_sigpipe() {
  static const auto once = ::signal(SIGPIPE, SIG_IGN);
  (void)once;
}

std::string ProcessResult::describe() const {
  if (timed_out) return "timed out after " + base::format_duration(wall);
  if (signal != 0) return "killed by " + signal_name(signal);
  return fmt::format("exit status {}", exit_code);
}

Result<std::filesystem::path> find_program(std::string_view name, std::optional<std::string> path) {
  const auto missing = [&](std::string why) {
    return Error(ErrorCode::kToolMissing, fmt::format("`{}` is not installed", name))
        .because(std::move(why))
        .remedy("install it, or put it on PATH")
        .with("program", std::string(name));
  };
  if (name.find('/') != std::string_view::npos) {
    if (is_program(name)) return std::filesystem::path(name);
    return missing("there is no program at this path");
  }
  const std::string searched =
      path ? *path : get_environment("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  std::string_view rest = searched;
  while (!rest.empty() && !name.empty()) {
    const auto colon = rest.find(':');
    const std::filesystem::path candidate = std::filesystem::path(rest.substr(0, colon)) / name;
    // A relative directory on PATH would run what lies in a workspace: skipped.
    if (candidate.is_absolute() && is_program(candidate)) return candidate;
    rest.remove_prefix(colon == std::string_view::npos ? rest.size() : colon + 1);
  }
  return missing("no directory of PATH has it (" + searched + ")");
}

Result<Child> Child::spawn(const Command& command) {
  assert(!command.argv.empty());
  ignore_sigpipe();
  const auto path = command.env.find("PATH");
  LAMELLA_TRY_ASSIGN(
      const auto program,
      find_program(command.argv[0], path == command.env.end() ? std::nullopt : std::optional(path->second)));
  LAMELLA_TRY_ASSIGN(Stream in, open_input(command.in));
  LAMELLA_TRY_ASSIGN(Stream out, open_output(command.out, 1));
  LAMELLA_TRY_ASSIGN(Stream err, open_output(command.err, 2));

  SpawnPlan plan{.program = program.string(),
                 .arguments = command.argv,
                 .environment = environment_of(command),
                 .cwd = command.cwd.string(),
                 .fds = {{in.childs, 0}, {out.childs, 1}, {err.childs, 2}},
                 .limits = limits_of(command.limits),
                 .run_as = command.run_as,
                 .die_with_parent = command.die_with_parent};
  plan.fds.insert(plan.fds.end(), command.pass_fds.begin(), command.pass_fds.end());

  Child child;
  child.started_ = std::chrono::steady_clock::now();
  LAMELLA_TRY_ASSIGN(child.pid_, spawn_program(plan));
  child.pidfd_.reset(static_cast<int>(::syscall(SYS_pidfd_open, child.pid_, 0)));
  if (!child.pidfd_) return system_error(errno, "cannot watch a process", program);
  child.in_ = std::move(in.ours);
  child.out_ = std::move(out.ours);
  child.err_ = std::move(err.ours);
  return child;
}

Child::Child(Child&& other) noexcept
    : pid_(std::exchange(other.pid_, -1)),
      pidfd_(std::move(other.pidfd_)),
      in_(std::move(other.in_)),
      out_(std::move(other.out_)),
      err_(std::move(other.err_)),
      started_(other.started_),
      ended_(std::move(other.ended_)) {}

Child& Child::operator=(Child&& other) noexcept {
  if (this == &other) return *this;
  Child old(std::move(*this));
  pid_ = std::exchange(other.pid_, -1);
  pidfd_ = std::move(other.pidfd_);
  in_ = std::move(other.in_);
  out_ = std::move(other.out_);
  err_ = std::move(other.err_);
  started_ = other.started_;
  ended_ = std::move(other.ended_);
  return *this;
}

Child::~Child() {
  if (pid_ < 0 || ended_) return;
  kill();
  finish();
}

void Child::kill(int signal_number) {
  // Not reaped yet, so the number still names this group and no other.
  if (pid_ > 0 && !ended_) ::kill(-pid_, signal_number);
}

/// Reaps the leader; blocks until it has ended.  The rest of the group goes first, while the number is ours.
void Child::finish() {
  siginfo_t info{};
  retry([&] { return ::waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED | WNOWAIT); });
  ::kill(-pid_, SIGKILL);
  int status = 0;
  rusage usage{};
  retry([&] { return ::wait4(pid_, &status, 0, &usage); });
  ProcessResult result;
  result.signal = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  result.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  result.wall =
      std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - started_);
  result.cpu = to_milliseconds(usage.ru_utime) + to_milliseconds(usage.ru_stime);
  result.max_rss = static_cast<std::uint64_t>(usage.ru_maxrss) * 1024;
  ended_ = std::move(result);
}

Result<std::optional<ProcessResult>> Child::wait(std::optional<std::chrono::milliseconds> limit,
                                                 std::stop_token stop) {
  if (ended_) return ended_;
  const StopWaker waker(stop);
  const auto deadline = limit ? std::optional(std::chrono::steady_clock::now() + *limit) : std::nullopt;
  while (true) {
    std::array<pollfd, 2> polled{{{pidfd_.get(), POLLIN, 0}, {waker.fd(), POLLIN, 0}}};
    const int ready =
        retry([&] { return ::poll(polled.data(), polled.size(), poll_milliseconds(deadline)); });
    if (polled[0].revents != 0) {
      finish();
      return ended_;
    }
    if (polled[1].revents != 0) {
      kill();
      finish();
      return Error(ErrorCode::kInterrupted, "interrupted while a program was running");
    }
    if (ready <= 0) return std::optional<ProcessResult>();
  }
}

Result<ProcessResult> run(const Command& command, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(Child child, Child::spawn(command));
  const StopWaker waker(std::move(stop));
  const auto deadline =
      command.timeout ? std::optional(std::chrono::steady_clock::now() + *command.timeout) : std::nullopt;
  std::string out_text;
  std::string err_text;
  bool out_truncated = false;
  bool err_truncated = false;
  bool timed_out = false;
  Feeder in(child.in(), command.in);
  Receiver out(child.out(), command.out, out_text, out_truncated);
  Receiver err(child.err(), command.err, err_text, err_truncated);
  while (true) {
    // poll passes over negative descriptors.
    std::array<pollfd, 5> polled{{{child.pidfd(), POLLIN, 0},
                                  {waker.fd(), POLLIN, 0},
                                  {in.fd(), POLLOUT, 0},
                                  {out.fd(), POLLIN, 0},
                                  {err.fd(), POLLIN, 0}}};
    const int ready =
        retry([&] { return ::poll(polled.data(), polled.size(), poll_milliseconds(deadline)); });
    if (polled[1].revents != 0) return Error(ErrorCode::kInterrupted, "interrupted").at(command.argv[0]);
    timed_out = ready == 0;
    if (timed_out) child.kill();
    if (timed_out || polled[0].revents != 0) break;
    if (polled[2].revents != 0) in.feed();
    if (polled[3].revents != 0) out.drain();
    if (polled[4].revents != 0) err.drain();
  }
  LAMELLA_TRY_ASSIGN(auto ended, child.wait());
  out.drain();
  err.drain();
  ProcessResult result = std::move(*ended);
  result.timed_out = timed_out;
  result.out = std::move(out_text);
  result.err = std::move(err_text);
  result.out_truncated = out_truncated;
  result.err_truncated = err_truncated;
  return result;
}

}  // namespace lamella::os
