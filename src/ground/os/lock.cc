// SPDX-License-Identifier: Apache-2.0
#include "os/lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <string>
#include <thread>

#include "base/units.h"
#include "os/clock.h"
#include "os/file.h"
#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

// flock has no time-out; this is a courtesy between people's commands, so a short poll is good enough.
constexpr std::chrono::milliseconds kPoll{20};

}  // namespace

Result<std::optional<FileLock>> FileLock::try_lock(const std::filesystem::path& path, LockMode mode) {
  UniqueFd fd(retry([&] { return ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644); }));
  if (!fd) return system_error(errno, "cannot open a lock", path);
  const int operation = (mode == LockMode::kExclusive ? LOCK_EX : LOCK_SH) | LOCK_NB;
  if (retry([&] { return ::flock(fd.get(), operation); }) != 0) {
    if (errno == EWOULDBLOCK) return std::optional<FileLock>();
    return system_error(errno, "cannot lock", path);
  }
  if (mode == LockMode::kExclusive) {
    const std::string pid = fmt::format("{}\n", ::getpid());
    // Only for messages: a full disk must not keep the lock from being taken.
    if (::ftruncate(fd.get(), 0) == 0) (void)write_all(fd.get(), pid);
  }
  return std::optional<FileLock>(FileLock(std::move(fd)));
}

Result<FileLock> FileLock::wait(const std::filesystem::path& path, LockMode mode,
                                std::chrono::milliseconds limit, std::stop_token stop) {
  const auto deadline = system_clock().monotonic() + limit;
  while (true) {
    LAMELLA_TRY_ASSIGN(auto lock, try_lock(path, mode));
    if (lock) return std::move(*lock);
    if (system_clock().monotonic() >= deadline) break;
    if (!system_clock().sleep(kPoll, stop)) {
      return Error(ErrorCode::kInterrupted, "interrupted while waiting for a lock").at(path.string());
    }
  }
  const auto pid = holder(path);
  return Error(ErrorCode::kConflict, "another process holds the lock")
      .at(path.string())
      .because(
          pid ? fmt::format("process {} has held it for {} and longer", *pid, base::format_duration(limit))
              : fmt::format("it was not free within {}", base::format_duration(limit)))
      .remedy(pid ? fmt::format("wait for process {} to end, or end it", *pid)
                  : "wait for the other command to end")
      .with("pid", pid ? std::to_string(*pid) : "");
}

std::optional<int> FileLock::holder(const std::filesystem::path& path) {
  const auto text = read_file(path, 64);
  if (!text) return std::nullopt;
  int pid = 0;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), pid);
  if (error != std::errc() || pid <= 0) return std::nullopt;
  if (::kill(pid, 0) != 0 && errno == ESRCH) return std::nullopt;
  return pid;
}

}  // namespace lamella::os
