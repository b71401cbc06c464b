// SPDX-License-Identifier: Apache-2.0
#include "sandbox/launch.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstring>

#include "embedded/sandbox_helper.h"
#include "os/file.h"
#include "os/system_error.h"
#include "sandbox/identity.h"
#include "sandbox/isolation.h"
#include "sandbox/memory.h"

namespace lamella::sandbox {
namespace {

constexpr int kControlInside = 3;
constexpr int kReadyMilliseconds = 20'000;

struct Sockets {
  os::UniqueFd ours;
  os::UniqueFd theirs;
};

Result<Sockets> make_sockets(const std::string& record) {
  int both[2];
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, both) != 0) {
    return os::system_error(errno, "cannot make a socket pair", "");
  }
  Sockets sockets{os::UniqueFd(both[0]), os::UniqueFd(both[1])};
  const int wanted = static_cast<int>(record.size()) + 4096;
  setsockopt(both[0], SOL_SOCKET, SO_SNDBUF, &wanted, sizeof wanted);
  const ssize_t sent = send(both[0], record.data(), record.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(record.size())) {
    return Error(ErrorCode::kUsage, "the command and environment of a sandbox are too large")
        .with("bytes", std::to_string(record.size()));
  }
  return sockets;
}

Result<os::Pipe> make_output_pipe() {
  auto pipe = os::make_pipe();
  if (pipe.has_value()) fcntl(pipe->read.get(), F_SETFL, O_RDONLY | O_NONBLOCK);
  return pipe;
}

std::string read_available(int fd) {
  std::string text(4096, '\0');
  const ssize_t got = read(fd, text.data(), text.size());
  text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
  return text;
}

Error refused(std::string said) {
  const Obstacle obstacle = explain_refusal(said);
  return Error(ErrorCode::kIsolation, "the sandbox could not be made")
      .because(obstacle.what)
      .with("output", std::move(said))
      .remedy(obstacle.remedy);
}

}  // namespace

Result<Launched> launch(const std::filesystem::path& helper, const SandboxSpec& spec, ApiSocket api,
                        LaunchStreams streams) {
  LAMELLA_TRY(require_isolation());
  LAMELLA_TRY_ASSIGN(Sockets sockets, make_sockets(start_record(spec, api)));
  LAMELLA_TRY_ASSIGN(os::Pipe out, make_output_pipe());
  os::Pipe err;
  os::Pipe in;
  os::Command command;
  command.argv = sandbox_command(helper, find_bubblewrap(), spec, geteuid() == 0);
  command.cwd = "/";
  command.out = os::FdStream{out.write.get()};
  command.err = os::FdStream{out.write.get()};
  if (streams == LaunchStreams::kSeparate) {
    LAMELLA_TRY_ASSIGN(err, make_output_pipe());
    LAMELLA_TRY_ASSIGN(in, os::make_pipe());
    fcntl(in.write.get(), F_SETFL, O_WRONLY | O_NONBLOCK);
    command.err = os::FdStream{err.write.get()};
    command.in = os::FdStream{in.read.get()};
  }
  command.pass_fds = {{sockets.theirs.get(), kControlInside}};
  LAMELLA_TRY_ASSIGN(os::Child child, os::Child::spawn(command));
  Launched launched{std::move(child),    std::move(sockets.ours), std::move(in.write),
                    std::move(out.read), std::move(err.read),     os::UniqueFd()};
  sockets.theirs.reset();
  out.write.reset();
  err.write.reset();
  in.read.reset();
  ReadyMessage ready = read_ready(launched.control.get());
  if (ready.tag == 'L' || ready.tag == 'R') {
    launched.listener = std::move(ready.socket);
    return launched;
  }
  if (ready.tag == 'E') return refused(read_available(launched.control.get()));
  return refused(
      read_available(streams == LaunchStreams::kSeparate ? launched.err.get() : launched.out.get()));
}

ReadyMessage read_ready(int control) {
  ReadyMessage ready;
  pollfd one{control, POLLIN, 0};
  int waited = -1;
  do waited = poll(&one, 1, kReadyMilliseconds);
  while (waited < 0 && errno == EINTR);
  if (waited <= 0) return ready;
  iovec vector{&ready.tag, 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = space;
  message.msg_controllen = sizeof space;
  if (recvmsg(control, &message, MSG_CMSG_CLOEXEC) <= 0) return {};
  const cmsghdr* const header = CMSG_FIRSTHDR(&message);
  if (header && header->cmsg_level == SOL_SOCKET && header->cmsg_type == SCM_RIGHTS) {
    int fd = -1;
    std::memcpy(&fd, CMSG_DATA(header), sizeof fd);
    ready.socket.reset(fd);
  }
  return ready;
}

std::optional<EndMessage> read_end(int control) {
  // 'X', then init::EndRecord: i32 status, u32 reserved, u64 kibibytes.
  char message[1 + 16];
  const ssize_t got = recv(control, message, sizeof message, MSG_DONTWAIT);
  if (got != static_cast<ssize_t>(sizeof message) || message[0] != 'X') return std::nullopt;
  std::int32_t status = 0;
  std::uint64_t kibibytes = 0;
  std::memcpy(&status, message + 1, sizeof status);
  std::memcpy(&kibibytes, message + 1 + 8, sizeof kibibytes);
  return EndMessage{status, kibibytes * 1024};
}

void kill_sandbox(int wrapper, os::UniqueFd& control) {
  control.reset();
  const std::vector<int> first = children_of(wrapper);
  for (const int pid : first) ::kill(pid, SIGKILL);
  if (first.empty()) ::kill(wrapper, SIGKILL);
}

Result<std::filesystem::path> unpack_helper(const std::filesystem::path& cache) {
  const base::EmbeddedFile& file = sandbox_helper().front();
  const std::filesystem::path path = cache / "sandbox" / ("lamella-init-" + short_identity({file.text}));
  if (os::exists(path)) return path;
  LAMELLA_TRY(os::make_directories(path.parent_path()));
  LAMELLA_TRY(os::write_file_atomic(path, file.text, os::Durability::kRename, 0755));
  return path;
}

}  // namespace lamella::sandbox
