// SPDX-License-Identifier: Apache-2.0
//
// One request and its answer, between the thread that answers and the loop; private to this room.
//
// Threads: the methods marked "any" from any thread; they post to the loop.  The rest on the loop.
#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <string>

#include "http/server.h"

namespace lamella::http {

class Connection;
class Loop;

class Exchange : public std::enable_shared_from_this<Exchange> {
 public:
  Exchange(std::weak_ptr<Loop> loop, std::weak_ptr<Connection> connection)
      : loop_(std::move(loop)), connection_(std::move(connection)) {}

  void answer(Response response);                // any
  void begin_stream(Response head);              // any
  Flow write(std::string bytes);                 // any
  void end_stream();                             // any
  void break_off();                              // any
  void when_gone(std::function<void()> gone);    // any
  void when_ready(std::function<void()> ready);  // any
  bool gone() const { return gone_; }            // any

  /// The client closed its side: tell who asked.
  void tell_gone();
  /// The exchange is over, or its connection is: nothing written any more can arrive.
  void finish();
  /// `size` bytes of the stream are with the kernel.
  void sent(std::size_t size);

 private:
  template <class Action>
  void on_connection(Action action);
  void tell_ready();

  std::weak_ptr<Loop> loop_;
  std::weak_ptr<Connection> connection_;
  std::atomic<bool> gone_{false};
  std::atomic<bool> over_{false};
  std::atomic<std::size_t> waiting_{0};  ///< bytes of a stream that are not with the kernel yet
  std::function<void()> when_gone_;      ///< loop only, as is when_ready_
  std::function<void()> when_ready_;
};

}  // namespace lamella::http
