// SPDX-License-Identifier: Apache-2.0
//
// One accepted socket as a state machine; private to this room.  Loop thread only.
//
//   reading -> handling -> sending -> reading ...      one request after the other
//              handling -> streaming -> sending
//   reading -> sending -> lingering                    a refusal, or an answer that closes
//
// Lingering: our half is shut, what still arrives is thrown away for a moment.  Closing at once would
// reset the connection and take the answer from a client that is still sending.
#pragma once

#include <chrono>
#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>

#include "http/outbox.h"
#include "http/reactor.h"
#include "http/request_reader.h"
#include "http/response_head.h"
#include "http/server.h"

namespace lamella::http {

class Exchange;
class ListenerState;
class Loop;

class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(Loop& loop, ListenerState& listener, os::UniqueFd socket, std::string peer);

  void start();
  /// Closes now; whoever still has to answer learns that the client is gone.
  void close();
  /// Nothing of a request has been seen, nothing is to be sent.
  bool idle() const { return phase_ == Phase::kReading && reader_.state() == RequestReader::State::kIdle; }
  std::uint64_t id() const { return id_; }

  /// Each does nothing unless `exchange` is the one under way.
  void answer(const std::shared_ptr<Exchange>& exchange, Response response);
  void begin_stream(const std::shared_ptr<Exchange>& exchange, const Response& head);
  void stream(const std::shared_ptr<Exchange>& exchange, std::string bytes);
  void end_stream(const std::shared_ptr<Exchange>& exchange);
  void break_off(const std::shared_ptr<Exchange>& exchange);

 private:
  enum class Phase { kReading, kHandling, kStreaming, kSending, kLingering, kClosed };

  void await_input();
  void on_input();
  void receive(std::string_view fresh);
  void on_reader_state();
  void on_end_of_input();
  void be_idle();
  void guard_body();
  void dispatch();
  void refuse(const Refusal& refusal);
  void send_whole(Response response);
  void flush();
  void guard_sending();
  void on_all_sent();
  void next_request();
  void linger();

  Loop& loop_;
  ListenerState& listener_;
  Reactor::Watch socket_;
  Reactor::Alarm alarm_;  ///< of the phase: idle, head, body, linger
  Reactor::Alarm sending_alarm_;
  std::string peer_;
  std::uint64_t id_;
  Phase phase_ = Phase::kReading;
  RequestReader reader_;
  RequestReader::State last_state_ = RequestReader::State::kIdle;
  std::string in_;  ///< received, not read yet
  Outbox out_;
  std::shared_ptr<Exchange> exchange_;
  bool awaiting_input_ = false;
  bool awaiting_output_ = false;
  bool input_ended_ = false;
  bool sending_guarded_ = false;
  bool close_after_ = false;  ///< after the answer under way
  bool head_only_ = false;    ///< the request was HEAD
  int minor_version_ = 1;
  Framing framing_ = Framing::kLength;
  std::size_t body_received_ = 0;   ///< in the current slice of progress_time
  std::size_t bytes_sent_ = 0;      ///< in the current slice of progress_time
  std::size_t stream_waiting_ = 0;  ///< payload in out_
};

}  // namespace lamella::http
