// SPDX-License-Identifier: Apache-2.0
#include "sandbox/isolation.h"

#include <unistd.h>

#include <atomic>
#include <chrono>

#include "os/file.h"
#include "os/process.h"
#include "sandbox/wrapper.h"

namespace lamella::sandbox {
namespace {

constexpr std::chrono::seconds kProbeTime{10};

/// The number in a /proc/sys file; -1 if it is not there.
long kernel_setting(const char* path) {
  const auto text = os::read_file_if_present(path, 64);
  if (!text.has_value() || !text->has_value()) return -1;
  return std::strtol((*text)->c_str(), nullptr, 10);
}

bool says(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

Obstacle namespaces_forbidden() {
  if (kernel_setting("/proc/sys/user/max_user_namespaces") == 0) {
    return {"the kernel allows no user namespaces (user.max_user_namespaces is 0)",
            "run `sysctl -w user.max_user_namespaces=15000` as root"};
  }
  if (kernel_setting("/proc/sys/kernel/unprivileged_userns_clone") == 0) {
    return {"the kernel forbids user namespaces to ordinary users (kernel.unprivileged_userns_clone is 0)",
            "run `sysctl -w kernel.unprivileged_userns_clone=1` as root"};
  }
  if (kernel_setting("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1) {
    return {"AppArmor forbids user namespaces to programs without a profile",
            "give bwrap an AppArmor profile that has `userns,`, or run "
            "`sysctl -w kernel.apparmor_restrict_unprivileged_userns=0` as root"};
  }
  return {
      "no user namespace can be made here",
      "in a container, start it with `--security-opt seccomp=unconfined --security-opt apparmor=unconfined "
      "--security-opt systempaths=unconfined`"};
}

std::string version_of(const std::filesystem::path& bubblewrap) {
  const auto said = os::run({.argv = {bubblewrap.string(), "--version"}, .timeout = kProbeTime});
  if (!said.has_value() || !said->succeeded()) return "";
  const std::size_t space = said->out.find(' ');
  if (space == std::string::npos) return "";
  return said->out.substr(space + 1, said->out.find('\n') - space - 1);
}

}  // namespace

Obstacle explain_refusal(const std::string& said) {
  if (says(said, "Can't mount proc") || says(said, "mount proc")) {
    return {"the process table cannot be mounted, as in a container that masks /proc",
            "start the container with `--security-opt systempaths=unconfined`"};
  }
  if (says(said, "namespace") || says(said, "uid map") || says(said, "RTM_NEWADDR") ||
      says(said, "Operation not permitted") || says(said, "No space left")) {
    return namespaces_forbidden();
  }
  return {"bubblewrap failed: " + said.substr(0, said.find('\n')), "run `lamella doctor`"};
}

IsolationReport probe_isolation() {
  IsolationReport report;
  report.bubblewrap = find_bubblewrap();
  if (report.bubblewrap.empty()) {
    report.obstacles.push_back({"bubblewrap (bwrap) is not installed", "run `apt-get install bubblewrap`"});
    return report;
  }
  report.bubblewrap_version = version_of(report.bubblewrap);
  os::Command command;
  command.argv = {report.bubblewrap.string()};
  append_namespaces(command.argv, "probe");
  for (const char* one : {"--ro-bind", "/", "/", "--proc", "/proc", "--tmpfs", "/tmp", "--", "/bin/true"}) {
    command.argv.emplace_back(one);
  }
  command.cwd = "/";
  command.timeout = kProbeTime;
  if (geteuid() == 0) command.run_as = os::Identity{kSandboxUser, kSandboxGroup};
  const auto tried = os::run(command);
  if (!tried.has_value()) {
    report.obstacles.push_back({tried.error().what(), tried.error().remedy()});
  } else if (!tried->succeeded()) {
    report.obstacles.push_back(explain_refusal(tried->err));
  }
  return report;
}

Result<void> require_isolation() {
  static std::atomic<bool> known{false};
  if (known.load(std::memory_order_relaxed)) return {};
  const IsolationReport report = probe_isolation();
  if (report.possible()) {
    known.store(true, std::memory_order_relaxed);
    return {};
  }
  const Obstacle& first = report.obstacles.front();
  return Error(ErrorCode::kIsolation, "no sandbox can be made on this machine")
      .because(first.what)
      .remedy(first.remedy);
}

}  // namespace lamella::sandbox
