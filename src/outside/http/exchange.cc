// SPDX-License-Identifier: Apache-2.0
#include "http/exchange.h"

#include "http/connection.h"
#include "http/loop.h"

namespace lamella::http {
namespace {

/// Bytes of a stream that may wait in memory before its writer should, and when it may go on.
constexpr std::size_t kFull = std::size_t{256} * 1024;
constexpr std::size_t kReady = std::size_t{64} * 1024;

}  // namespace

template <class Action>
void Exchange::on_connection(Action action) {
  const auto loop = loop_.lock();
  if (!loop) return;
  loop->post([self = shared_from_this(), action = std::move(action)]() mutable {
    if (const auto connection = self->connection_.lock()) action(*connection, self);
  });
}

void Exchange::answer(Response response) {
  on_connection([response = std::move(response)](Connection& connection, const auto& self) mutable {
    connection.answer(self, std::move(response));
  });
}

void Exchange::begin_stream(Response head) {
  on_connection([head = std::move(head)](Connection& connection, const auto& self) {
    connection.begin_stream(self, head);
  });
}

Flow Exchange::write(std::string bytes) {
  if (over_) return Flow::kGone;
  if (bytes.empty()) return waiting_ > kFull ? Flow::kFull : Flow::kReady;
  const std::size_t waiting = waiting_ += bytes.size();
  on_connection([bytes = std::move(bytes)](Connection& connection, const auto& self) mutable {
    connection.stream(self, std::move(bytes));
  });
  return waiting > kFull ? Flow::kFull : Flow::kReady;
}

void Exchange::end_stream() {
  on_connection([](Connection& connection, const auto& self) { connection.end_stream(self); });
}

void Exchange::break_off() {
  on_connection([](Connection& connection, const auto& self) { connection.break_off(self); });
}

void Exchange::when_gone(std::function<void()> gone) {
  const auto loop = loop_.lock();
  if (!loop) return;
  loop->post([self = shared_from_this(), gone = std::move(gone)]() mutable {
    if (self->gone_) return gone();
    if (!self->over_) self->when_gone_ = std::move(gone);
  });
}

void Exchange::when_ready(std::function<void()> ready) {
  const auto loop = loop_.lock();
  if (!loop) return;
  loop->post([self = shared_from_this(), ready = std::move(ready)]() mutable {
    self->when_ready_ = std::move(ready);
    if (self->over_ || self->waiting_ <= kReady) self->tell_ready();
  });
}

void Exchange::tell_gone() {
  if (gone_.exchange(true)) return;
  if (const auto tell = std::exchange(when_gone_, nullptr)) tell();
}

void Exchange::tell_ready() {
  if (const auto tell = std::exchange(when_ready_, nullptr)) tell();
}

void Exchange::finish() {
  over_ = true;
  when_gone_ = nullptr;
  tell_ready();
}

void Exchange::sent(std::size_t size) {
  waiting_ -= size;
  if (waiting_ <= kReady) tell_ready();
}

Responder& Responder::operator=(Responder&& other) noexcept {
  if (this != &other) {
    Responder before(std::move(*this));
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

Responder::~Responder() {
  if (exchange_) exchange_->answer(Response::text(500, "The request was given up.\n"));
}

void Responder::send(Response response) {
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->answer(std::move(response));
}

StreamWriter Responder::start_stream(Response head) {
  auto exchange = std::exchange(exchange_, nullptr);
  if (exchange) exchange->begin_stream(std::move(head));
  return StreamWriter(std::move(exchange));
}

void Responder::on_disconnect(std::function<void()> gone) {
  if (exchange_) exchange_->when_gone(std::move(gone));
}

bool Responder::disconnected() const { return exchange_ && exchange_->gone(); }

StreamWriter& StreamWriter::operator=(StreamWriter&& other) noexcept {
  if (this != &other) {
    StreamWriter before(std::move(*this));
    exchange_ = std::move(other.exchange_);
  }
  return *this;
}

StreamWriter::~StreamWriter() {
  if (exchange_) exchange_->break_off();
}

Flow StreamWriter::write(std::string bytes) {
  return exchange_ ? exchange_->write(std::move(bytes)) : Flow::kGone;
}

void StreamWriter::on_ready(std::function<void()> ready) {
  if (exchange_) exchange_->when_ready(std::move(ready));
}

void StreamWriter::end() {
  if (const auto exchange = std::exchange(exchange_, nullptr)) exchange->end_stream();
}

}  // namespace lamella::http
