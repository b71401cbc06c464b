// SPDX-License-Identifier: Apache-2.0
#include "sandbox/wrapper.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cstring>

namespace lamella::sandbox {
namespace {

constexpr const char* kDevices[] = {"null", "zero", "full", "random", "urandom"};
constexpr const char* kHelperInside = "/dev/lamella-init";

/// Gives each source the name under which bubblewrap can reach it.
class Sources {
 public:
  explicit Sources(bool staged) : staged_(staged) {}
  std::string name(const std::filesystem::path& source) {
    all_.push_back(source.string());
    return staged_ ? fmt::format("/tmp/{}", all_.size() - 1) : all_.back();
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  bool staged_;
  std::vector<std::string> all_;
};

void add(std::vector<std::string>& to, std::initializer_list<std::string> words) {
  to.insert(to.end(), words);
}

void append_devices(std::vector<std::string>& to, const std::string& helper) {
  add(to, {"--tmpfs", "/dev"});
  for (const char* one : kDevices) {
    const std::string path = fmt::format("/dev/{}", one);
    add(to, {"--dev-bind", path, path});
  }
  add(to, {"--symlink", "/proc/self/fd", "/dev/fd", "--symlink", "/proc/self/fd/0", "/dev/stdin", "--symlink",
           "/proc/self/fd/1", "/dev/stdout", "--symlink", "/proc/self/fd/2", "/dev/stderr"});
  add(to, {"--ro-bind", helper, kHelperInside, "--remount-ro", "/dev"});
}

void append_string(std::string& to, std::string_view text) {
  to.append(text);
  to.push_back('\0');
}

}  // namespace

std::filesystem::path find_bubblewrap() {
  for (const char* one : {"/usr/bin/bwrap", "/usr/local/bin/bwrap"}) {
    if (access(one, X_OK) == 0) return one;
  }
  return {};
}

void append_namespaces(std::vector<std::string>& to, const std::string& hostname, bool private_network) {
  if (private_network) add(to, {"--unshare-net"});
  add(to, {"--unshare-user", "--unshare-ipc", "--unshare-pid", "--unshare-uts", "--unshare-cgroup-try",
           "--uid", std::to_string(kSandboxUser), "--gid", std::to_string(kSandboxGroup), "--hostname",
           hostname, "--new-session", "--as-pid-1", "--chdir", "/"});
  // For the Runtime API's address and for emptying the bounding set; the helper gives both up.
  add(to, {"--cap-drop", "ALL", "--cap-add", "CAP_NET_ADMIN", "--cap-add", "CAP_SETPCAP"});
}

std::vector<std::string> sandbox_command(const std::filesystem::path& helper,
                                         const std::filesystem::path& bubblewrap, const SandboxSpec& spec,
                                         bool as_root) {
  Sources sources(as_root);
  std::vector<std::string> wrap{bubblewrap.string()};
  append_namespaces(wrap, spec.hostname, !spec.network);
  add(wrap, {"--ro-bind", sources.name(spec.root), "/", "--proc", "/proc"});
  append_devices(wrap, sources.name(helper));
  add(wrap, {"--perms", "1777", "--size", std::to_string(spec.tmp_mb * 1024 * 1024), "--tmpfs", "/tmp"});
  if (!spec.task.empty()) add(wrap, {"--ro-bind", sources.name(spec.task), "/var/task"});
  if (!spec.layers.empty()) add(wrap, {"--ro-bind", sources.name(spec.layers), "/opt"});
  for (const Bind& one : spec.read_only) add(wrap, {"--ro-bind", sources.name(one.source), one.target});
  for (const Bind& one : spec.writable) add(wrap, {"--bind", sources.name(one.source), one.target});
  add(wrap, {"--", kHelperInside, "inside"});

  std::vector<std::string> command{helper.string(), "outside", std::to_string(kSandboxUser),
                                   std::to_string(kSandboxGroup)};
  if (as_root) command.insert(command.end(), sources.all().begin(), sources.all().end());
  command.emplace_back("--");
  command.insert(command.end(), wrap.begin(), wrap.end());
  return command;
}

std::string start_record(const SandboxSpec& spec, ApiSocket api) {
  std::string record(4, '\0');
  append_string(record, api == ApiSocket::kListen ? "api" : "-");
  append_string(record, spec.working_directory);
  append_string(record, std::to_string(spec.command.size()));
  for (const std::string& one : spec.command) append_string(record, one);
  append_string(record, std::to_string(spec.environment.size()));
  for (const auto& [name, value] : spec.environment) append_string(record, name + "=" + value);
  const auto size = static_cast<std::uint32_t>(record.size() - 4);
  std::memcpy(record.data(), &size, sizeof size);
  return record;
}

}  // namespace lamella::sandbox
