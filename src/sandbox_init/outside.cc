// SPDX-License-Identifier: Apache-2.0
#include <fcntl.h>
#include <grp.h>
#include <linux/close_range.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "init.h"

namespace lamella::init {
namespace {

int fail(const char* what, const char* where = "") {
  std::fprintf(stderr, "lamella-init: cannot %s %s: %s\n", what, where, std::strerror(errno));
  return 71;
}

bool make_target(int source, const char* target) {
  struct stat info {};
  if (fstat(source, &info) != 0) return false;
  if (S_ISDIR(info.st_mode)) return mkdir(target, 0755) == 0;
  const int fd = open(target, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0644);
  return fd >= 0 && close(fd) == 0;
}

constexpr int kMaxSources = 64;

/// The sources are opened before the tmpfs hides /tmp, where some of them may lie, and after the
/// namespace is made, because only mounts of one's own namespace can be bound.
int stage(char** sources, int count) {
  static int opened[kMaxSources];
  if (count > kMaxSources) return fail("take so many directories");
  if (unshare(CLONE_NEWNS) != 0) return fail("make a mount namespace");
  if (mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return fail("make mounts private");
  for (int i = 0; i < count; ++i) {
    opened[i] = open(sources[i], O_PATH | O_CLOEXEC);
    if (opened[i] < 0) return fail("open", sources[i]);
  }
  if (mount("lamella", "/tmp", "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=64k") != 0) {
    return fail("mount a tmpfs");
  }
  for (int i = 0; i < count; ++i) {
    char from[64];
    char target[64];
    std::snprintf(from, sizeof from, "/proc/self/fd/%d", opened[i]);
    std::snprintf(target, sizeof target, "/tmp/%d", i);
    if (!make_target(opened[i], target)) return fail("make", target);
    if (mount(from, target, nullptr, MS_BIND | MS_REC, nullptr) != 0) return fail("bind", sources[i]);
  }
  return 0;
}

int become(unsigned uid, unsigned gid) {
  if (setgroups(0, nullptr) != 0) return fail("leave all groups");
  if (setresgid(gid, gid, gid) != 0) return fail("change the group");
  if (setresuid(uid, uid, uid) != 0) return fail("change the user");
  return 0;
}

}  // namespace

int outside(int argc, char** argv) {
  int split = 2;
  while (split < argc && std::strcmp(argv[split], "--") != 0) ++split;
  if (split + 1 >= argc) return 2;
  if (geteuid() == 0) {
    if (const int failed = stage(argv + 2, split - 2)) return failed;
    const auto number = [&](int i) { return static_cast<unsigned>(std::strtoul(argv[i], nullptr, 10)); };
    if (const int failed = become(number(0), number(1))) return failed;
  }
  if (syscall(SYS_close_range, kControl + 1, ~0u, 0) != 0) return fail("close descriptors");
  execv(argv[split + 1], argv + split + 1);
  return fail("run", argv[split + 1]);
}

}  // namespace lamella::init
