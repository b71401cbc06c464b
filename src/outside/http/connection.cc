// SPDX-License-Identifier: Apache-2.0
#include "http/connection.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <cerrno>
#include <exception>

#include "http/exchange.h"
#include "http/listener_state.h"
#include "http/loop.h"

namespace lamella::http {
namespace {

/// Pipelined bytes that may wait behind a request under way.
constexpr std::size_t kPipelined = std::size_t{64} * 1024;
constexpr std::chrono::milliseconds kLinger{2000};

}  // namespace

Connection::Connection(Loop& loop, ListenerState& listener, os::UniqueFd socket, std::string peer)
    : loop_(loop),
      listener_(listener),
      socket_(loop.reactor(), std::move(socket)),
      alarm_(loop.reactor()),
      sending_alarm_(loop.reactor()),
      peer_(std::move(peer)),
      id_(loop.next_connection()),
      reader_(listener.options().limits, listener.options().body_limit) {}

void Connection::start() {
  be_idle();
  await_input();
}

void Connection::close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  socket_.close();
  alarm_.cancel();
  sending_alarm_.cancel();
  if (const auto exchange = std::exchange(exchange_, nullptr)) {
    exchange->tell_gone();
    exchange->finish();
  }
  listener_.forget(*this);
}

void Connection::await_input() {
  if (awaiting_input_ || input_ended_ || phase_ == Phase::kClosed) return;
  if (phase_ != Phase::kReading && phase_ != Phase::kLingering && in_.size() >= kPipelined) return;
  awaiting_input_ = true;
  socket_.when_readable([this] {
    awaiting_input_ = false;
    on_input();
  });
}

void Connection::on_input() {
  auto& scratch = loop_.scratch();
  const ssize_t size = ::recv(socket_.fd(), scratch.data(), scratch.size(), 0);
  if (size < 0 && errno != EAGAIN && errno != EWOULDBLOCK && errno != EINTR) return close();
  if (size == 0) return on_end_of_input();
  if (size > 0 && phase_ != Phase::kLingering) receive({scratch.data(), static_cast<std::size_t>(size)});
  await_input();
}

void Connection::receive(std::string_view fresh) {
  if (phase_ != Phase::kReading) {
    in_.append(fresh);
    return;
  }
  body_received_ += fresh.size();
  if (in_.empty()) {
    in_ = fresh.substr(reader_.feed(fresh));
  } else {
    in_.append(fresh);
    in_.erase(0, reader_.feed(in_));
  }
  on_reader_state();
}

void Connection::on_reader_state() {
  const RequestReader::State before = std::exchange(last_state_, reader_.state());
  switch (last_state_) {
    case RequestReader::State::kIdle: return;
    case RequestReader::State::kHead:
      if (before != RequestReader::State::kIdle) return;
      listener_.set_idle(*this, false);
      alarm_.set(listener_.options().limits.head_time, [this] {
        refuse({.status = 408, .why = "The head of the request took too long.", .head = {}});
      });
      return;
    case RequestReader::State::kBody:
      listener_.set_idle(*this, false);
      if (before != RequestReader::State::kBody) guard_body();
      if (reader_.take_expect_continue() && in_.empty()) {
        out_.add(std::string("HTTP/1.1 100 Continue\r\n\r\n"));
        flush();
      }
      return;
    case RequestReader::State::kDone: return dispatch();
    case RequestReader::State::kRefused: return refuse(reader_.refusal());
  }
}

void Connection::guard_body() {
  body_received_ = 0;
  alarm_.set(listener_.options().limits.progress_time, [this] {
    if (body_received_ >= listener_.options().limits.least_progress) return guard_body();
    refuse({.status = 408, .why = "The body of the request took too long.", .head = {}});
  });
}

/// The client will send no more; it may still read.
void Connection::on_end_of_input() {
  input_ended_ = true;
  if (phase_ == Phase::kReading || phase_ == Phase::kLingering) return close();
  if (exchange_) exchange_->tell_gone();
}

void Connection::be_idle() {
  listener_.set_idle(*this, true);
  alarm_.cancel();
  const auto idle_time = listener_.options().limits.idle_time;
  if (idle_time.count() > 0) alarm_.set(idle_time, [this] { close(); });
}

void Connection::dispatch() {
  alarm_.cancel();
  listener_.set_idle(*this, false);
  Request request = reader_.take();
  last_state_ = RequestReader::State::kIdle;
  request.peer = peer_;
  request.connection = id_;
  const std::string_view connection = request.headers.get("Connection");
  minor_version_ = request.minor_version;
  head_only_ = request.method == "HEAD";
  close_after_ = minor_version_ == 1 ? same_ignoring_case(connection, "close")
                                     : !same_ignoring_case(connection, "keep-alive");
  phase_ = Phase::kHandling;
  exchange_ = std::make_shared<Exchange>(loop_.weak_from_this(), weak_from_this());
  try {
    listener_.handler()(std::move(request), Responder(exchange_));
  } catch (const std::exception& thrown) {
    loop_.emit(base::Severity::kError, "http.handler-threw", peer_, thrown.what());
  }
}

void Connection::refuse(const Refusal& refusal) {
  alarm_.cancel();
  listener_.set_idle(*this, false);
  loop_.emit(base::Severity::kDebug, "http.refused", peer_,
             fmt::format("{}: {}", refusal.status, refusal.why));
  const auto& render = listener_.options().render_refusal;
  Refusal shown = refusal;
  shown.head.peer = peer_;
  shown.head.connection = id_;
  head_only_ = shown.head.method == "HEAD";
  close_after_ = true;
  phase_ = Phase::kHandling;
  Response response = render ? render(shown) : Response::text(refusal.status, refusal.why + "\n");
  if (phase_ == Phase::kHandling) send_whole(std::move(response));
}

void Connection::answer(const std::shared_ptr<Exchange>& exchange, Response response) {
  if (exchange_ == exchange && phase_ == Phase::kHandling) send_whole(std::move(response));
}

void Connection::send_whole(Response response) {
  close_after_ = close_after_ || response.close || loop_.draining();
  const HeadStyle style{.framing = Framing::kLength, .close = close_after_, .minor_version = minor_version_};
  auto head = render_head(response, style, loop_.now());
  if (!head) {
    loop_.emit(base::Severity::kError, "http.bad-answer", peer_,
               "an answer with an impossible status or header");
    response = Response::text(500, "The answer could not be written.\n");
    head = render_head(response, style, loop_.now());
  }
  out_.add(std::move(*head));
  if (!head_only_ && !bodiless(response.status)) {
    if (response.file) {
      out_.add(std::move(*response.file));
    } else {
      out_.add(std::move(response.body));
    }
  }
  phase_ = Phase::kSending;
  flush();
}

void Connection::begin_stream(const std::shared_ptr<Exchange>& exchange, const Response& head) {
  if (exchange_ != exchange || phase_ != Phase::kHandling) return;
  framing_ = minor_version_ == 0 ? Framing::kToClose : Framing::kChunked;
  close_after_ = close_after_ || head.close || loop_.draining() || framing_ == Framing::kToClose;
  auto text = render_head(head, {.framing = framing_, .close = close_after_, .minor_version = minor_version_},
                          loop_.now());
  if (!text || bodiless(head.status)) return close();
  out_.add(std::move(*text));
  phase_ = Phase::kStreaming;
  flush();
}

void Connection::stream(const std::shared_ptr<Exchange>& exchange, std::string bytes) {
  if (exchange_ != exchange || phase_ != Phase::kStreaming) return;
  stream_waiting_ += bytes.size();
  if (head_only_) {
    bytes.clear();
  } else if (framing_ == Framing::kChunked) {
    bytes = fmt::format("{:x}\r\n", bytes.size()) + bytes + "\r\n";
  }
  out_.add(std::move(bytes));
  flush();
}

void Connection::end_stream(const std::shared_ptr<Exchange>& exchange) {
  if (exchange_ != exchange || phase_ != Phase::kStreaming) return;
  if (framing_ == Framing::kChunked && !head_only_) out_.add(std::string("0\r\n\r\n"));
  phase_ = Phase::kSending;
  flush();
}

void Connection::break_off(const std::shared_ptr<Exchange>& exchange) {
  if (exchange_ == exchange) close();
}

void Connection::flush() {
  if (awaiting_output_ || phase_ == Phase::kClosed) return;
  switch (out_.flush(socket_.fd(), bytes_sent_)) {
    case Outbox::Progress::kBroken: return close();
    case Outbox::Progress::kBlocked:
      awaiting_output_ = true;
      if (!sending_guarded_) guard_sending();
      socket_.when_writable([this] {
        awaiting_output_ = false;
        flush();
      });
      return;
    case Outbox::Progress::kEmpty:
      sending_alarm_.cancel();
      sending_guarded_ = false;
      return on_all_sent();
  }
}

void Connection::guard_sending() {
  sending_guarded_ = true;
  bytes_sent_ = 0;
  sending_alarm_.set(listener_.options().limits.progress_time, [this] {
    if (bytes_sent_ < listener_.options().limits.least_progress) return close();
    guard_sending();
  });
}

void Connection::on_all_sent() {
  if (phase_ == Phase::kStreaming && stream_waiting_ != 0) exchange_->sent(std::exchange(stream_waiting_, 0));
  if (phase_ == Phase::kSending) next_request();
}

void Connection::next_request() {
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->finish();
  stream_waiting_ = 0;
  if (phase_ == Phase::kClosed) return;
  if (close_after_) return linger();
  phase_ = Phase::kReading;
  const std::string waiting = std::exchange(in_, {});
  if (!waiting.empty()) {
    receive(waiting);
    if (phase_ != Phase::kReading) return await_input();
  }
  if (input_ended_ || loop_.draining()) return close();
  if (idle()) be_idle();
  await_input();
}

void Connection::linger() {
  if (input_ended_) return close();
  phase_ = Phase::kLingering;
  in_.clear();
  ::shutdown(socket_.fd(), SHUT_WR);
  alarm_.set(kLinger, [this] { close(); });
  await_input();
}

}  // namespace lamella::http
