// SPDX-License-Identifier: Apache-2.0
#include "base/event.h"

namespace lamella::base {
namespace {

class NoEvents final : public EventSink {
 public:
  void emit(const Event&) override {}
};

}  // namespace

EventSink& no_events() {
  static NoEvents sink;
  return sink;
}

}  // namespace lamella::base
