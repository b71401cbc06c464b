// SPDX-License-Identifier: Apache-2.0
#include <arpa/inet.h>
#include <fcntl.h>
#include <net/if.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "init.h"

namespace lamella::init {
namespace {

constexpr const char* kApiAddress = "169.254.100.1";
constexpr unsigned short kApiPort = 9001;
// What Lambda gives its sandboxes (recorded), but no core files.
constexpr rlim_t kOpenFiles = 1024;
constexpr rlim_t kProcesses = 742;
constexpr rlim_t kStack = 8u * 1024 * 1024;

struct Start {
  bool api = false;
  const char* directory = "/";
  char** arguments = nullptr;
  char** environment = nullptr;
};

[[noreturn]] void give_up(const char* what) {
  char text[256];
  const int size = std::snprintf(text, sizeof text, "Ecannot %s: %s", what, std::strerror(errno));
  send(kControl, text, static_cast<size_t>(size), MSG_NOSIGNAL);
  _exit(71);
}

void read_exactly(char* into, size_t size) {
  while (size > 0) {
    const ssize_t got = read(kControl, into, size);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) _exit(71);
    into += got;
    size -= static_cast<size_t>(got);
  }
}

/// Walks the record's strings; a record that lies about its counts ends the sandbox.
class Strings {
 public:
  Strings(char* begin, char* end) : at_(begin), end_(end) {}
  char* next() {
    char* const found = at_;
    char* const stop = static_cast<char*>(std::memchr(at_, 0, static_cast<size_t>(end_ - at_)));
    if (!stop) _exit(71);
    at_ = stop + 1;
    return found;
  }
  char** list() {
    const size_t count = std::strtoul(next(), nullptr, 10);
    if (count > static_cast<size_t>(end_ - at_)) _exit(71);
    char** const all = static_cast<char**>(std::calloc(count + 1, sizeof(char*)));
    if (!all) _exit(71);
    for (size_t i = 0; i < count; ++i) all[i] = next();
    return all;
  }

 private:
  char* at_;
  char* end_;
};

Start read_start() {
  std::uint32_t size = 0;
  read_exactly(reinterpret_cast<char*>(&size), sizeof size);
  if (size == 0 || size > kMaxRecord) _exit(71);
  char* const bytes = static_cast<char*>(std::malloc(size));
  if (!bytes) _exit(71);
  read_exactly(bytes, size);
  Strings strings(bytes, bytes + size);
  Start start;
  start.api = std::strcmp(strings.next(), "api") == 0;
  start.directory = strings.next();
  start.arguments = strings.list();
  start.environment = strings.list();
  if (!start.arguments[0]) _exit(71);
  return start;
}

sockaddr_in address_of(const char* address, unsigned short port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(port);
  inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}

/// Gives the loopback its second address, the one that functions see on Lambda.
void add_api_address(int fd) {
  ifreq request{};
  std::strcpy(request.ifr_name, "lo:1");
  sockaddr_in address = address_of(kApiAddress, 0);
  std::memcpy(&request.ifr_addr, &address, sizeof address);
  if (ioctl(fd, SIOCSIFADDR, &request) != 0) give_up("add the Runtime API's address");
  address = address_of("255.255.255.255", 0);
  std::memcpy(&request.ifr_netmask, &address, sizeof address);
  if (ioctl(fd, SIOCSIFNETMASK, &request) != 0) give_up("set the Runtime API's netmask");
}

int listen_for_runtime() {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) give_up("make a socket");
  add_api_address(fd);
  const sockaddr_in address = address_of(kApiAddress, kApiPort);
  if (bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    give_up("bind the Runtime API");
  if (listen(fd, 64) != 0) give_up("listen for the runtime");
  return fd;
}

void hand_out(int fd) {
  char tag = fd >= 0 ? 'L' : 'R';
  iovec vector{&tag, 1};
  alignas(cmsghdr) char space[CMSG_SPACE(sizeof(int))] = {};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  if (fd >= 0) {
    message.msg_control = space;
    message.msg_controllen = sizeof space;
    cmsghdr* const header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int));
    std::memcpy(CMSG_DATA(header), &fd, sizeof fd);
  }
  if (sendmsg(kControl, &message, MSG_NOSIGNAL) != 1) _exit(71);
  if (fd >= 0) close(fd);
}

void limit(int resource, rlim_t value) {
  rlimit now{};
  getrlimit(static_cast<__rlimit_resource>(resource), &now);
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < value) value = now.rlim_max;
  const rlimit wanted{value, value};
  setrlimit(static_cast<__rlimit_resource>(resource), &wanted);
}

[[noreturn]] void run(const Start& start) {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  close(kControl);
  if (chdir(start.directory) != 0) {
    std::fprintf(stderr, "cannot enter %s: %s\n", start.directory, std::strerror(errno));
    _exit(126);
  }
  if (!filter_system_calls()) {
    std::fprintf(stderr, "cannot filter system calls: %s\n", std::strerror(errno));
    _exit(126);
  }
  execve(start.arguments[0], start.arguments, start.environment);
  const int why = errno;
  std::fprintf(stderr, "cannot run %s: %s\n", start.arguments[0], std::strerror(why));
  _exit(why == ENOENT ? 127 : 126);
}

/// Reaps until `child` ends; its status.
bool reap(pid_t child, int& status) {
  for (;;) {
    int one = 0;
    const pid_t pid = waitpid(-1, &one, WNOHANG);
    if (pid <= 0) return false;
    if (pid == child) {
      status = one;
      return true;
    }
  }
}

[[noreturn]] void watch(pid_t child, int signals) {
  for (;;) {
    pollfd both[2] = {{kControl, POLLIN, 0}, {signals, POLLIN, 0}};
    if (poll(both, 2, -1) < 0 && errno != EINTR) _exit(71);
    if (both[0].revents != 0) _exit(0);  // Lamella says no word after the start record: it is gone
    signalfd_siginfo info;
    if (read(signals, &info, sizeof info) < 0) continue;
    int status = 0;
    if (!reap(child, status)) continue;
    rusage usage{};
    getrusage(RUSAGE_CHILDREN, &usage);
    const EndRecord record{status, 0, static_cast<std::uint64_t>(usage.ru_maxrss)};
    char message[1 + sizeof record] = {'X'};
    std::memcpy(message + 1, &record, sizeof record);
    send(kControl, message, sizeof message, MSG_NOSIGNAL);
    _exit(0);
  }
}

}  // namespace

int inside() {
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  const Start start = read_start();
  const int api = start.api ? listen_for_runtime() : -1;
  if (!drop_capabilities()) give_up("drop capabilities");
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_NOFILE, kOpenFiles);
  limit(RLIMIT_NPROC, kProcesses);
  limit(RLIMIT_STACK, kStack);
  fcntl(kControl, F_SETFD, FD_CLOEXEC);

  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGCHLD);
  const int signals = signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals < 0) give_up("watch for the end of processes");
  hand_out(api);
  const pid_t child = fork();
  if (child < 0) give_up("fork");
  if (child == 0) run(start);
  // The pipes end with the function's processes, not with this one.
  close(0);
  close(1);
  close(2);
  watch(child, signals);
}

}  // namespace lamella::init
