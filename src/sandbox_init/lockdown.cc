// SPDX-License-Identifier: Apache-2.0
#include <errno.h>
#include <linux/audit.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "init.h"

namespace lamella::init {
namespace {

#if defined(__x86_64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_X86_64;
#elif defined(__aarch64__)
constexpr unsigned kArchitecture = AUDIT_ARCH_AARCH64;
#endif

constexpr unsigned kRefuse = SECCOMP_RET_ERRNO | EPERM;
constexpr unsigned kNewNamespaces =
    CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;

constexpr sock_filter load(unsigned offset) { return BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset); }
constexpr sock_filter answer(unsigned action) { return BPF_STMT(BPF_RET | BPF_K, action); }
/// Skips the next `count` instructions unless the loaded word equals `value`.
constexpr sock_filter unless(unsigned value, unsigned char count) {
  return BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count);
}

constexpr unsigned kNumber = offsetof(seccomp_data, nr);
constexpr unsigned kFirst = offsetof(seccomp_data, args);
constexpr unsigned kSecond = kFirst + sizeof(unsigned long long);

const long kForbidden[] = {
    SYS_mount,
    SYS_umount2,
    SYS_pivot_root,
    SYS_chroot,
    SYS_setns,
    SYS_unshare,
    SYS_open_tree,
    SYS_move_mount,
    SYS_fsopen,
    SYS_fsconfig,
    SYS_fsmount,
    SYS_fspick,
    SYS_mount_setattr,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_bpf,
    SYS_perf_event_open,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_open_by_handle_at,
    SYS_name_to_handle_at,
    SYS_kexec_load,
    SYS_init_module,
    SYS_finit_module,
    SYS_delete_module,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_process_vm_writev,
    SYS_pidfd_getfd,
    SYS_process_madvise,
    SYS_kcmp,
    SYS_reboot,
    SYS_swapon,
    SYS_swapoff,
    SYS_acct,
    SYS_quotactl,
    SYS_syslog,
    SYS_vhangup,
    SYS_settimeofday,
    SYS_clock_settime,
    SYS_adjtimex,
    SYS_clock_adjtime,
    SYS_sethostname,
    SYS_setdomainname,
    SYS_lookup_dcookie,
    SYS_fanotify_init,
    SYS_move_pages,
    SYS_migrate_pages,
    SYS_mbind,
    SYS_set_mempolicy,
    SYS_personality,
#if defined(__x86_64__)
    SYS_kexec_file_load,
    SYS_iopl,
    SYS_ioperm,
    SYS_modify_ldt,
    SYS_uselib,
    SYS_ustat,
    SYS_sysfs,
#endif
};
constexpr unsigned kForbiddenCount = sizeof kForbidden / sizeof kForbidden[0];

}  // namespace

bool drop_capabilities() {
  for (int one = 0; one <= 63; ++one) {
    if (prctl(PR_CAPBSET_READ, one, 0, 0, 0) == 1) prctl(PR_CAPBSET_DROP, one, 0, 0, 0);
  }
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct none[2] = {};
  return syscall(SYS_capset, &header, none) == 0;
}

bool filter_system_calls() {
  sock_filter program[2 * kForbiddenCount + 32];
  unsigned size = 0;
  const auto add = [&](sock_filter one) { program[size++] = one; };

  add(load(offsetof(seccomp_data, arch)));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, kArchitecture, 1, 0));
  add(answer(SECCOMP_RET_KILL_PROCESS));  // the 32-bit calls have other numbers
  add(load(kNumber));
#if defined(__x86_64__)
  add(BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000u, 0, 1));  // the x32 calls
  add(answer(SECCOMP_RET_ERRNO | ENOSYS));
#endif
  for (const long one : kForbidden) {
    add(unless(static_cast<unsigned>(one), 1));
    add(answer(kRefuse));
  }
  // clone3 hides its flags behind a pointer; without it the C library falls back to clone.
  add(unless(static_cast<unsigned>(SYS_clone3), 1));
  add(answer(SECCOMP_RET_ERRNO | ENOSYS));
  add(unless(static_cast<unsigned>(SYS_clone), 4));
  add(load(kFirst));
  add(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, kNewNamespaces, 0, 1));
  add(answer(kRefuse));
  add(answer(SECCOMP_RET_ALLOW));
  add(unless(static_cast<unsigned>(SYS_ioctl), 4));
  add(load(kSecond));
  add(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, TIOCSTI, 0, 1));
  add(answer(kRefuse));
  add(answer(SECCOMP_RET_ALLOW));
  add(answer(SECCOMP_RET_ALLOW));

  sock_fprog filter{static_cast<unsigned short>(size), program};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
         prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter, 0, 0) == 0;
}

}  // namespace lamella::init
