// SPDX-License-Identifier: Apache-2.0
//
// An HTTP/1.1 server in one thread: every connection of every listener is a state machine on one
// epoll loop, so that thousands of held requests (a sandbox waiting for its next event) cost memory
// and nothing else.
//
// Invariants (server_test.cc and strictness_test.cc)
//   S1 strict:  a request that two readers could split differently is answered 400 and the connection
//      closed; no handler sees it.
//   S2 once:    every Responder leads to exactly one answer, 500 if it is destroyed unanswered.
//   S3 ordered: pipelined requests of one connection are handled one after the other, in order.
//   S4 bounded: heads, bodies, slow senders, slow readers and idle connections all have limits; beyond
//      max_connections the connection idle for longest gives way.
//
// Threads: handlers, timers and posted functions run on the loop thread and must not block; they may
// answer later, from any thread.  Every method here may be called from any thread, unless said.
// Errors: conflict (port in use), usage (bad or public address), io.  Nothing throws; a handler that
// throws is answered 500.
//
//   LAMELLA_TRY_ASSIGN(auto server, Server::start({.events = &events}));
//   LAMELLA_TRY_ASSIGN(Listener api, server->listen({}, [&](Request request, Responder responder) {
//     pool.run([request = std::move(request), responder = std::move(responder)]() mutable {
//       responder.send(Response::json(200, answer(request)));
//     });
//   }));
//
// Why Boost.Beast and Asio underneath: docs/decisions/0003-http-library.md.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "base/event.h"
#include "base/result.h"
#include "http/message.h"
#include "os/clock.h"
#include "os/fd.h"

namespace lamella::http {

class Exchange;
class Loop;
class ListenerState;
class TimerState;

/// How a stream stands after a write.
enum class Flow {
  kReady,  ///< go on
  kFull,   ///< taken, but wait for on_ready before more: the client is slower than the writer
  kGone,   ///< not taken: the client went away or the stream has ended
};

/// The body of an answer, piece by piece: chunked, or until the connection closes for HTTP/1.0.
/// Destroying it before end() breaks the connection off, so that the client can tell.
class StreamWriter {
 public:
  StreamWriter() = default;
  explicit StreamWriter(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  StreamWriter(StreamWriter&&) noexcept = default;
  StreamWriter& operator=(StreamWriter&& other) noexcept;
  ~StreamWriter();

  /// Sends `bytes` as one piece, at once.  Empty pieces are dropped.
  Flow write(std::string bytes);
  /// Calls `ready` once, on the loop, when the stream can take more or the client is gone.
  void on_ready(std::function<void()> ready);
  /// Ends the body well.
  void end();

 private:
  std::shared_ptr<Exchange> exchange_;
};

/// The duty to answer one request.  Move-only; not for use by two threads at the same time.
class Responder {
 public:
  Responder() = default;
  explicit Responder(std::shared_ptr<Exchange> exchange) : exchange_(std::move(exchange)) {}
  Responder(Responder&&) noexcept = default;
  Responder& operator=(Responder&& other) noexcept;
  ~Responder();

  /// Answers.  REQUIRES: neither send nor start_stream has been called.
  void send(Response response);
  /// Sends status and headers now, and the body through the writer.  REQUIRES: as send.
  StreamWriter start_stream(Response head);
  /// Calls `gone` once, on the loop, if the client closes its side before the answer is sent.  The
  /// answer may still be given; it may reach a client that closed only its sending half.
  void on_disconnect(std::function<void()> gone);
  bool disconnected() const;
  /// True until send or start_stream.
  explicit operator bool() const { return exchange_ != nullptr; }

 private:
  std::shared_ptr<Exchange> exchange_;
};

using Handler = std::function<void(Request, Responder)>;

/// What the server itself answers: 400, 408, 413, 417, 431, 500, 501, 505.
struct Refusal {
  int status = 400;
  std::string why;   ///< one line, safe to show the client
  RequestHead head;  ///< what is known of the request; may be empty
};

struct Limits {
  std::size_t head_bytes = std::size_t{64} * 1024;  ///< request line and fields; also trailers
  std::size_t fields = 200;
  /// For a listener without body_limit.  Lambda takes 6 MiB in one synchronous call.
  std::uint64_t body_bytes = std::uint64_t{6} * 1024 * 1024 + 4096;
  std::chrono::milliseconds head_time{10'000};  ///< from a request's first byte to the end of its head
  /// A body, or a client reading an answer, must move `least_progress` bytes in each such slice.
  std::chrono::milliseconds progress_time{20'000};
  std::size_t least_progress = std::size_t{16} * 1024;
  std::chrono::milliseconds idle_time{75'000};  ///< between requests, and before the first; zero = for ever
  std::size_t max_connections = 16'384;
};

enum class Exposure {
  kLoopback,  ///< any other address is refused
  kPublic,    ///< the caller has asked the user, and demands a token of every client
};

struct ListenOptions {
  /// All with the same port.  A second address that this host does not have (::1) is left out.
  std::vector<std::string> addresses = {"127.0.0.1"};
  std::uint16_t port = 0;  ///< 0: the system chooses
  Exposure exposure = Exposure::kLoopback;
  Limits limits;
  /// Asked once a head is read, before any of the body: how long the body may be (413 beyond).
  std::function<std::uint64_t(const RequestHead&)> body_limit;
  /// Shapes the server's own refusals; by default the reason as text.
  std::function<Response(const Refusal&)> render_refusal;
};

/// A listening socket.  Destroying it closes the socket and breaks off its connections; off the loop
/// thread it waits until no handler of it runs, and none runs after.  Its own handler may destroy it.
/// For a gentle end see Server::stop.
class Listener {
 public:
  Listener() = default;
  explicit Listener(std::shared_ptr<ListenerState> state) : state_(std::move(state)) {}
  Listener(Listener&&) noexcept = default;
  Listener& operator=(Listener&& other) noexcept;
  ~Listener();

  std::uint16_t port() const;  ///< 0 for an adopted Unix-domain socket
  std::size_t connections() const;

 private:
  std::shared_ptr<ListenerState> state_;
};

/// A call that is due later.  Destroying it cancels.  A call cancelled on the loop thread never runs;
/// cancelled on another thread it may be running at that moment.
class Timer {
 public:
  Timer() = default;
  explicit Timer(std::shared_ptr<TimerState> state) : state_(std::move(state)) {}
  Timer(Timer&&) noexcept = default;
  Timer& operator=(Timer&& other) noexcept;
  ~Timer();
  void cancel();

 private:
  std::shared_ptr<TimerState> state_;
};

struct ServerOptions {
  EventSink* events = nullptr;             ///< outlives the server; refusals and failed accepts are told here
  os::Clock* clock = &os::system_clock();  ///< for the Date header; outlives the server
};

class Server {
 public:
  /// Starts the loop thread.
  static Result<std::unique_ptr<Server>> start(ServerOptions options = {});
  ~Server();  ///< as stop(0)
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  Result<Listener> listen(ListenOptions options, Handler handler);
  /// Accepts on a listening stream socket that was made elsewhere, for example inside the network
  /// namespace of a sandbox.  `options.addresses` and `port` mean nothing here.
  Result<Listener> adopt(os::UniqueFd socket, ListenOptions options, Handler handler);

  /// Runs `function` on the loop, soon.
  void post(std::function<void()> function);
  /// Runs `function` on the loop, after `delay`, unless the Timer is gone by then.
  [[nodiscard]] Timer call_after(std::chrono::milliseconds delay, std::function<void()> function);

  /// Accepts nothing more, closes idle connections, waits up to `drain` for answers under way, then
  /// ends the loop.  A second call does nothing.  REQUIRES: not on the loop thread.
  void stop(std::chrono::milliseconds drain);

 private:
  explicit Server(std::shared_ptr<Loop> loop);
  std::shared_ptr<Loop> loop_;
};

}  // namespace lamella::http
