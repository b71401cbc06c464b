// SPDX-License-Identifier: Apache-2.0
#include "http/server.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <system_error>

#include "http/listener_state.h"
#include "http/loop.h"
#include "os/system_error.h"

namespace lamella::http {
namespace {

constexpr int kBacklog = 1024;
/// How often a free port is looked for that all addresses share.
constexpr int kPortAttempts = 16;

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
  bool loopback = false;
};

Result<Address> parse_address(const std::string& text, std::uint16_t port) {
  Address address;
  auto& v4 = reinterpret_cast<sockaddr_in&>(address.storage);
  if (::inet_pton(AF_INET, text.c_str(), &v4.sin_addr) == 1) {
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    address.size = sizeof v4;
    address.loopback = (ntohl(v4.sin_addr.s_addr) >> 24U) == 127;
    return address;
  }
  auto& v6 = reinterpret_cast<sockaddr_in6&>(address.storage);
  if (::inet_pton(AF_INET6, text.c_str(), &v6.sin6_addr) == 1) {
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    address.size = sizeof v6;
    address.loopback = IN6_IS_ADDR_LOOPBACK(&v6.sin6_addr);
    return address;
  }
  return Error(ErrorCode::kUsage, "cannot listen on " + text)
      .because("it is no IP address")
      .remedy("use 127.0.0.1 or ::1");
}

Error listen_error(const std::string& address, std::uint16_t port, int code) {
  const std::string where = fmt::format("{} port {}", address, port);
  if (code == EADDRINUSE) {
    return Error(ErrorCode::kConflict, "cannot listen: the port is in use")
        .at(where)
        .remedy("choose another port, or 0 for any free one")
        .with("errno", os::errno_name(code));
  }
  return os::system_error(code, "cannot listen", where);
}

/// `absent` is set when this host has no such address.
Result<os::UniqueFd> open_listener(const std::string& text, std::uint16_t port, bool& absent) {
  LAMELLA_TRY_ASSIGN(const Address address, parse_address(text, port));
  os::UniqueFd socket(::socket(address.storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const int on = 1;
  if (socket) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (socket && address.storage.ss_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
  }
  if (!socket ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address.storage), address.size) != 0 ||
      ::listen(socket.get(), kBacklog) != 0) {
    const int code = errno;
    absent = code == EADDRNOTAVAIL || code == EAFNOSUPPORT;
    return listen_error(text, port, code);
  }
  return socket;
}

std::uint16_t bound_port(int socket) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &size) != 0) return 0;
  if (address.ss_family == AF_INET) return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
  if (address.ss_family == AF_INET6) return ntohs(reinterpret_cast<const sockaddr_in6&>(address).sin6_port);
  return 0;
}

struct Bound {
  std::vector<os::UniqueFd> sockets;
  std::uint16_t port = 0;
};

/// Every address on one port; all but the first may be absent on this host.
Result<Bound> bind_all(const ListenOptions& options) {
  Bound bound{.sockets = {}, .port = options.port};
  for (const std::string& address : options.addresses) {
    bool absent = false;
    auto socket = open_listener(address, bound.port, absent);
    if (!socket && absent && !bound.sockets.empty()) continue;
    if (!socket) return std::move(socket).error();
    if (bound.port == 0) bound.port = bound_port(socket->get());
    bound.sockets.push_back(std::move(*socket));
  }
  return bound;
}

Result<> check_exposure(const ListenOptions& options) {
  if (options.addresses.empty()) return Error(ErrorCode::kUsage, "cannot listen: no address was given");
  for (const std::string& text : options.addresses) {
    LAMELLA_TRY_ASSIGN(const Address address, parse_address(text, options.port));
    if (address.loopback || options.exposure == Exposure::kPublic) continue;
    return Error(ErrorCode::kUsage, "refused to listen on " + text)
        .because("others could reach it: it is not a loopback address")
        .remedy("use 127.0.0.1 or ::1");
  }
  return {};
}

}  // namespace

Server::Server(std::shared_ptr<Loop> loop) : loop_(std::move(loop)) {}

Server::~Server() { stop(std::chrono::milliseconds(0)); }

Result<std::unique_ptr<Server>> Server::start(ServerOptions options) {
  try {
    auto loop = std::make_shared<Loop>(options);
    loop->start();
    return std::unique_ptr<Server>(new Server(std::move(loop)));
  } catch (const std::system_error& thrown) {
    return os::system_error(thrown.code().value(), "cannot start the server", {});
  }
}

Result<Listener> Server::listen(ListenOptions options, Handler handler) {
  LAMELLA_TRY(check_exposure(options));
  auto bound = bind_all(options);
  for (int i = 0; !bound && options.port == 0 && i < kPortAttempts; ++i) {
    if (bound.error().code() != ErrorCode::kConflict) break;
    bound = bind_all(options);
  }
  if (!bound) return std::move(bound).error();
  auto state = std::make_shared<ListenerState>(loop_, std::move(options), std::move(handler), bound->port);
  loop_->run_and_wait([&] {
    loop_->add(state);
    state->start(std::move(bound->sockets));
  });
  return Listener(std::move(state));
}

Result<Listener> Server::adopt(os::UniqueFd socket, ListenOptions options, Handler handler) {
  const int flags = ::fcntl(socket.get(), F_GETFL);
  int listening = 0;
  socklen_t size = sizeof listening;
  if (flags < 0 || ::fcntl(socket.get(), F_SETFL, flags | O_NONBLOCK) != 0 ||
      ::getsockopt(socket.get(), SOL_SOCKET, SO_ACCEPTCONN, &listening, &size) != 0) {
    return os::system_error(errno, "cannot accept on an adopted socket", {});
  }
  if (listening == 0)
    return Error(ErrorCode::kUsage, "cannot accept on an adopted socket: it does not listen");
  auto state = std::make_shared<ListenerState>(loop_, std::move(options), std::move(handler),
                                               bound_port(socket.get()));
  loop_->run_and_wait([&] {
    std::vector<os::UniqueFd> sockets;
    sockets.push_back(std::move(socket));
    loop_->add(state);
    state->start(std::move(sockets));
  });
  return Listener(std::move(state));
}

void Server::post(std::function<void()> function) { loop_->post(std::move(function)); }

Timer Server::call_after(std::chrono::milliseconds delay, std::function<void()> function) {
  return Timer(loop_->call_after(delay, std::move(function)));
}

void Server::stop(std::chrono::milliseconds drain) { loop_->stop(drain); }

Timer& Timer::operator=(Timer&& other) noexcept {
  if (this != &other) {
    cancel();
    state_ = std::move(other.state_);
  }
  return *this;
}

Timer::~Timer() { cancel(); }

void Timer::cancel() {
  if (const auto state = std::exchange(state_, nullptr)) state->cancel();
}

}  // namespace lamella::http
