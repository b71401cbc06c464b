// SPDX-License-Identifier: Apache-2.0
//
// A listener's sockets, its connections and who of them is idle; private to this room.  Loop thread only,
// but for port() and connections().
#pragma once

#include <atomic>
#include <cstdint>
#include <list>
#include <memory>
#include <unordered_map>
#include <vector>

#include "http/loop.h"
#include "http/reactor.h"
#include "http/server.h"

namespace lamella::http {

class Connection;

class ListenerState : public std::enable_shared_from_this<ListenerState> {
 public:
  ListenerState(const std::shared_ptr<Loop>& loop, ListenOptions options, Handler handler,
                std::uint16_t port);
  ~ListenerState();

  /// Accepts on `sockets`, which listen and do not block.
  void start(std::vector<os::UniqueFd> sockets);
  void begin_drain();
  void close();
  /// close(), on the loop, waited for.
  static void end(const std::shared_ptr<ListenerState>& state);

  std::uint16_t port() const { return port_; }
  std::size_t connections() const { return count_; }
  const ListenOptions& options() const { return options_; }
  const Handler& handler() const { return handler_; }

  void set_idle(Connection& connection, bool idle);
  /// Lets go of a closed connection; it is destroyed once the loop is back at its top.
  void forget(Connection& connection);

 private:
  struct Kept {
    std::shared_ptr<Connection> connection;
    std::list<Connection*>::iterator idle;  ///< its place in idle_, or the end
  };

  void accept_on(Reactor::Watch& socket);
  void accept_all(Reactor::Watch& socket);
  bool make_room();

  std::weak_ptr<Loop> owner_;
  Loop& loop_;
  ListenOptions options_;
  Handler handler_;
  std::uint16_t port_;
  std::atomic<std::size_t> count_{0};
  std::size_t most_;  ///< connections, from the options and the descriptors this process may have
  bool closed_ = false;
  std::vector<std::unique_ptr<Reactor::Watch>> sockets_;
  std::unique_ptr<Reactor::Alarm> retry_;
  std::unordered_map<std::uint64_t, Kept> kept_;
  std::list<Connection*> idle_;  ///< longest idle first
};

}  // namespace lamella::http
