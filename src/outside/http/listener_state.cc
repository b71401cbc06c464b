// SPDX-License-Identifier: Apache-2.0
#include "http/listener_state.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "http/connection.h"
#include "os/system_error.h"

namespace lamella::http {
namespace {

/// Descriptors left for everything that is not a connection: files, the database, children.
constexpr std::size_t kReserved = 256;
constexpr int kAcceptedAtOnce = 64;
constexpr std::chrono::milliseconds kRetry{100};

std::size_t descriptors_for_connections() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return kReserved;
  return limit.rlim_cur > 2 * kReserved ? limit.rlim_cur - kReserved : limit.rlim_cur / 2;
}

std::string render_peer(const sockaddr_storage& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    return fmt::format("{}:{}", ::inet_ntop(AF_INET, &v4.sin_addr, text.data(), text.size()),
                       ntohs(v4.sin_port));
  }
  if (address.ss_family == AF_INET6) {
    const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
    return fmt::format("[{}]:{}", ::inet_ntop(AF_INET6, &v6.sin6_addr, text.data(), text.size()),
                       ntohs(v6.sin6_port));
  }
  return {};
}

}  // namespace

ListenerState::ListenerState(const std::shared_ptr<Loop>& loop, ListenOptions options, Handler handler,
                             std::uint16_t port)
    : owner_(loop),
      loop_(*loop),
      options_(std::move(options)),
      handler_(std::move(handler)),
      port_(port),
      most_(
          std::max<std::size_t>(1, std::min(options_.limits.max_connections, descriptors_for_connections()))),
      retry_(std::make_unique<Reactor::Alarm>(loop->reactor())) {}

ListenerState::~ListenerState() = default;

void ListenerState::start(std::vector<os::UniqueFd> sockets) {
  for (os::UniqueFd& socket : sockets) {
    sockets_.push_back(std::make_unique<Reactor::Watch>(loop_.reactor(), std::move(socket)));
    accept_on(*sockets_.back());
  }
}

void ListenerState::begin_drain() {
  sockets_.clear();
  retry_->cancel();
  while (!idle_.empty()) idle_.front()->close();
}

void ListenerState::close() {
  if (closed_) return;
  closed_ = true;
  sockets_.clear();
  retry_.reset();
  while (!kept_.empty()) kept_.begin()->second.connection->close();
}

void ListenerState::end(const std::shared_ptr<ListenerState>& state) {
  const auto loop = state->owner_.lock();
  if (!loop) return;
  loop->run_and_wait([&] {
    state->close();
    loop->remove(state);
    // The caller may be this listener's own handler, with a connection of it below on the stack.
    loop->post([last = state] {});
  });
}

void ListenerState::set_idle(Connection& connection, bool idle) {
  const auto found = kept_.find(connection.id());
  if (found == kept_.end()) return;
  auto& place = found->second.idle;
  if (place != idle_.end()) idle_.erase(place);
  place = idle ? idle_.insert(idle_.end(), &connection) : idle_.end();
}

void ListenerState::forget(Connection& connection) {
  set_idle(connection, false);
  const auto found = kept_.find(connection.id());
  if (found == kept_.end()) return;
  loop_.post([last = std::move(found->second.connection)] {});
  kept_.erase(found);
  count_ = kept_.size();
  loop_.connection_ended();
}

void ListenerState::accept_on(Reactor::Watch& socket) {
  socket.when_readable([this, &socket] { accept_all(socket); });
}

void ListenerState::accept_all(Reactor::Watch& socket) {
  for (int i = 0; i < kAcceptedAtOnce; ++i) {
    sockaddr_storage address{};
    socklen_t size = sizeof address;
    os::UniqueFd accepted(
        ::accept4(socket.fd(), reinterpret_cast<sockaddr*>(&address), &size, SOCK_NONBLOCK | SOCK_CLOEXEC));
    if (!accepted) {
      const int code = errno;
      if (code == EINTR || code == ECONNABORTED) continue;
      if (code == EAGAIN || code == EWOULDBLOCK) break;
      if ((code == EMFILE || code == ENFILE) && make_room()) continue;
      loop_.emit(base::Severity::kWarning, "http.accept-failed", fmt::format("port {}", port_),
                 os::errno_name(code));
      retry_->set(kRetry, [this, &socket] { accept_on(socket); });
      return;
    }
    if (kept_.size() >= most_ && !make_room()) continue;
    const int on = 1;
    ::setsockopt(accepted.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    auto connection = std::make_shared<Connection>(loop_, *this, std::move(accepted), render_peer(address));
    kept_.emplace(connection->id(), Kept{connection, idle_.end()});
    count_ = kept_.size();
    connection->start();
  }
  accept_on(socket);
}

bool ListenerState::make_room() {
  if (idle_.empty()) return false;
  idle_.front()->close();
  return true;
}

Listener& Listener::operator=(Listener&& other) noexcept {
  if (this != &other) {
    Listener before(std::move(*this));
    state_ = std::move(other.state_);
  }
  return *this;
}

Listener::~Listener() {
  if (state_) ListenerState::end(state_);
}

std::uint16_t Listener::port() const { return state_ ? state_->port() : std::uint16_t{0}; }

std::size_t Listener::connections() const { return state_ ? state_->connections() : 0; }

}  // namespace lamella::http
