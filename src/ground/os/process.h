// SPDX-License-Identifier: Apache-2.0
//
// Running programs.  Nothing is inherited unless asked for: no environment, no descriptors, no signal
// handlers or masks.  Each child leads its own process group and is killed with that whole group, so no
// grandchild outlives a run() or a Child.
//
// Threads: any; children start by vfork, so a large parent costs nothing.  The first use makes this
// process ignore SIGPIPE (children get the default back).
//
// Errors: kToolMissing (no such program; fact "program"), kIo (cannot be started), kInterrupted (stop
// requested: the group has been killed).  A program that fails or times out is a result, not an error.
//
//   Command command{.argv = {"uv", "pip", "compile", "-"}, .env = {{"PATH", path}}};
//   command.in = TextInput{requirements};
//   LAMELLA_TRY_ASSIGN(const ProcessResult result, run(command, stop));
//   if (!result.succeeded()) return Error(ErrorCode::kRefused, result.describe()).because(result.err);
#pragma once

#include <chrono>
#include <csignal>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/result.h"
#include "os/fd.h"

namespace lamella::os {

struct NoInput {};        ///< /dev/null
struct InheritStream {};  ///< this process's own stream
struct TextInput {
  std::string text;
};
struct FdStream {
  int fd = -1;  ///< stays the caller's
};
struct Discard {};
struct Capture {
  std::size_t max_bytes = std::size_t{16} << 20;  ///< what comes after is read and dropped, and said so
};
/// Called on the thread that runs, with each piece as it comes.
struct Callback {
  std::function<void(std::string_view)> on_bytes;
};
/// Only for spawn(): a pipe whose other end the Child holds.
struct PipeStream {};

using InputStream = std::variant<NoInput, InheritStream, TextInput, FdStream, PipeStream>;
using OutputStream = std::variant<Capture, Discard, InheritStream, FdStream, Callback, PipeStream>;

struct ProcessLimits {
  std::optional<std::uint64_t> cpu_seconds;
  std::optional<std::uint64_t> file_bytes;  ///< largest file it may write
  std::optional<std::uint64_t> open_files;
  std::optional<std::uint64_t> address_space;
  std::optional<std::uint64_t> core_bytes = 0;
};

struct Identity {
  std::uint32_t uid = 0;
  std::uint32_t gid = 0;
};

struct Command {
  std::vector<std::string> argv = {};  ///< argv[0] without '/' is looked up in env's PATH, else in our own
  std::map<std::string, std::string> env = {};  ///< the whole environment, or what is added when inherit_env
  bool inherit_env = false;
  std::filesystem::path cwd = {};  ///< empty: ours
  InputStream in = NoInput{};
  OutputStream out = Capture{};
  OutputStream err = Capture{};
  std::vector<std::pair<int, int>> pass_fds = {};  ///< (ours, its number in the child, at least 3)
  std::optional<std::chrono::milliseconds> timeout = {};
  ProcessLimits limits = {};
  std::optional<Identity> run_as = {};  ///< drop to this user and group, without supplementary groups
  bool die_with_parent = false;         ///< SIGKILL when the spawning *thread* ends
};

struct ProcessResult {
  int exit_code = 0;  ///< meaningful when signal == 0
  int signal = 0;     ///< the signal that ended it, or 0
  bool timed_out = false;
  std::string out;
  std::string err;
  bool out_truncated = false;
  bool err_truncated = false;
  std::chrono::milliseconds wall{0};
  std::chrono::milliseconds cpu{0};
  /// Bytes, the largest of the leader and the descendants it waited for.  Linux counts our own size at
  /// the moment of the start too, so this is an upper bound.
  std::uint64_t max_rss = 0;

  bool succeeded() const { return exit_code == 0 && signal == 0 && !timed_out; }
  /// "exit status 3", "killed by SIGKILL", "timed out after 2.00 s".
  std::string describe() const;
};

/// Runs to the end.  REQUIRES: no PipeStream.
Result<ProcessResult> run(const Command& command, std::stop_token stop = {});

/// A running program.  Destroying it kills its group and waits.  Threads: one, but kill() from any.
class Child {
 public:
  /// Streams may be pipes, descriptors, inherited or discarded.  REQUIRES: no TextInput, Capture, Callback.
  static Result<Child> spawn(const Command& command);
  Child(Child&& other) noexcept;
  Child& operator=(Child&& other) noexcept;
  ~Child();

  int pid() const { return pid_; }
  /// Readable when the program has ended; for epoll.
  int pidfd() const { return pidfd_.get(); }
  UniqueFd& in() { return in_; }    ///< for PipeStream, ours to write
  UniqueFd& out() { return out_; }  ///< for PipeStream, ours to read
  UniqueFd& err() { return err_; }

  /// Signals the whole group.
  void kill(int signal_number = SIGKILL);
  /// Waits until it ends or `limit` has passed (then nullopt); afterwards what is left of its group is
  /// killed.  Callable again after it returned nullopt, and gives the same result after the end.
  Result<std::optional<ProcessResult>> wait(std::optional<std::chrono::milliseconds> limit = {},
                                            std::stop_token stop = {});

 private:
  Child() = default;
  void finish();
  int pid_ = -1;
  UniqueFd pidfd_;
  UniqueFd in_;
  UniqueFd out_;
  UniqueFd err_;
  std::chrono::steady_clock::time_point started_;
  std::optional<ProcessResult> ended_;
};

/// The program's absolute path; `path` is a PATH, ours if not given.  Errors: kToolMissing.
Result<std::filesystem::path> find_program(std::string_view name, std::optional<std::string> path = {});

/// From now on writing to a closed pipe or socket is EPIPE, not the end of the process.
void ignore_sigpipe();

/// "SIGKILL".
std::string signal_name(int signal_number);

}  // namespace lamella::os
