// SPDX-License-Identifier: Apache-2.0
//
// vfork lends our memory to the child until it executes: no copy of page tables, however large we are.  The
// price is the rules of in_child(): only system calls, nothing that allocates, locks or unwinds.  All signals
// are blocked meanwhile, so no handler of ours runs in the child.
#include "os/spawn.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/retry.h"
#include "os/system_error.h"

namespace lamella::os {
namespace {

enum class Step : int { kGroup, kLimits, kDescriptors, kDirectory, kIdentity, kExecute };

struct Failure {
  Step step = Step::kGroup;
  int errno_value = 0;
};

/// SpawnPlan in the form the system calls take.
struct RawPlan {
  const char* program;
  char* const* arguments;
  char* const* environment;
  const char* cwd;  ///< null: stay
  std::pair<int, int>* fds;
  std::size_t fd_count;
  int first_free_fd;
  const std::pair<int, rlimit>* limits;
  std::size_t limit_count;
  const Identity* run_as;
  bool die_with_parent;
  int parent;
  int report;  ///< written to on failure; closed by exec
};

bool place_descriptors(RawPlan& plan) {
  // First out of each other's way, then into place: dup2 clears close-on-exec.
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    plan.fds[i].first = ::fcntl(plan.fds[i].first, F_DUPFD_CLOEXEC, plan.first_free_fd);
    if (plan.fds[i].first < 0) return false;
  }
  plan.report = ::fcntl(plan.report, F_DUPFD_CLOEXEC, plan.first_free_fd);
  if (plan.report < 0) return false;
  // Libraries may hold descriptors without the flag.
  ::syscall(SYS_close_range, 3U, ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  for (std::size_t i = 0; i < plan.fd_count; ++i) {
    if (::dup2(plan.fds[i].first, plan.fds[i].second) < 0) return false;
  }
  return true;
}

bool set_limits(const RawPlan& plan) {
  for (std::size_t i = 0; i < plan.limit_count; ++i) {
    if (::prlimit(0, static_cast<__rlimit_resource>(plan.limits[i].first), &plan.limits[i].second, nullptr) !=
        0) {
      return false;
    }
  }
  return true;
}

bool drop_identity(const Identity& identity) {
  // The C library's wrappers would change every thread of ours, whose memory this is.
  return ::syscall(SYS_setgroups, 0, nullptr) == 0 &&
         ::syscall(SYS_setresgid, identity.gid, identity.gid, identity.gid) == 0 &&
         ::syscall(SYS_setresuid, identity.uid, identity.uid, identity.uid) == 0;
}

void default_signals() {
  struct sigaction action {};
  action.sa_handler = SIG_DFL;
  for (int number = 1; number < NSIG; ++number) ::sigaction(number, &action, nullptr);
}

Step prepare_and_execute(RawPlan& plan) {
  if (::setpgid(0, 0) != 0) return Step::kGroup;
  default_signals();
  if (!set_limits(plan)) return Step::kLimits;
  if (!place_descriptors(plan)) return Step::kDescriptors;
  if (plan.cwd && ::chdir(plan.cwd) != 0) return Step::kDirectory;
  if (plan.run_as && !drop_identity(*plan.run_as)) return Step::kIdentity;
  if (plan.die_with_parent) {  // after the identity: changing that forgets it
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (::getppid() != plan.parent) ::_exit(127);
  }
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  ::execve(plan.program, plan.arguments, plan.environment);
  return Step::kExecute;
}

[[noreturn]] void in_child(RawPlan& plan) {
  const Failure failure{prepare_and_execute(plan), errno};
  [[maybe_unused]] const auto ignored = ::write(plan.report, &failure, sizeof failure);
  ::_exit(127);
}

[[gnu::noinline]] int vfork_into(RawPlan& plan) {
  const int pid = ::vfork();
  if (pid == 0) in_child(plan);
  return pid;
}

std::vector<char*> pointers(const std::vector<std::string>& texts) {
  std::vector<char*> result;
  for (const std::string& text : texts) result.push_back(const_cast<char*>(text.c_str()));
  result.push_back(nullptr);
  return result;
}

Error explain(const SpawnPlan& plan, const Failure& failure) {
  const int e = failure.errno_value;
  switch (failure.step) {
    case Step::kDirectory: return system_error(e, "cannot start a program in this directory", plan.cwd);
    case Step::kIdentity: return system_error(e, "cannot start a program as another user", plan.program);
    case Step::kLimits: return system_error(e, "cannot set a program's limits", plan.program);
    case Step::kExecute:
      if (e == ENOENT || e == ENOEXEC || e == EACCES) {
        return Error(ErrorCode::kToolMissing, fmt::format("cannot execute `{}`", plan.program))
            .because(e == ENOENT    ? "the file, or the interpreter or loader it names, does not exist"
                     : e == ENOEXEC ? "it is no program for this machine"
                                    : "it is not executable, or its directory cannot be entered")
            .remedy("install the program")
            .with("program", plan.program)
            .with("errno", errno_name(e));
      }
      [[fallthrough]];
    default: return system_error(e, "cannot start a program", plan.program);
  }
}

int highest_target(const std::vector<std::pair<int, int>>& fds) {
  int highest = 2;
  for (const auto& [ours, theirs] : fds) highest = std::max(highest, theirs);
  return highest;
}

}  // namespace

Result<int> spawn_program(const SpawnPlan& plan) {
  const std::vector<char*> arguments = pointers(plan.arguments);
  const std::vector<char*> environment = pointers(plan.environment);
  std::vector<std::pair<int, int>> fds = plan.fds;
  LAMELLA_TRY_ASSIGN(Pipe report, make_pipe());
  RawPlan raw{.program = plan.program.c_str(),
              .arguments = arguments.data(),
              .environment = environment.data(),
              .cwd = plan.cwd.empty() ? nullptr : plan.cwd.c_str(),
              .fds = fds.data(),
              .fd_count = fds.size(),
              .first_free_fd = highest_target(fds) + 1,
              .limits = plan.limits.data(),
              .limit_count = plan.limits.size(),
              .run_as = plan.run_as ? &*plan.run_as : nullptr,
              .die_with_parent = plan.die_with_parent,
              .parent = ::getpid(),
              .report = report.write.get()};

  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  const int pid = vfork_into(raw);
  const int vfork_errno = errno;
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (pid < 0) return system_error(vfork_errno, "cannot start a process", plan.program);

  report.write.reset();
  Failure failure;
  const ssize_t n = retry([&] { return ::read(report.read.get(), &failure, sizeof failure); });
  if (n == static_cast<ssize_t>(sizeof failure)) {
    retry([&] { return ::waitpid(pid, nullptr, 0); });
    return explain(plan, failure);
  }
  return pid;
}

}  // namespace lamella::os
