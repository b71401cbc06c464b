// SPDX-License-Identifier: Apache-2.0
//
// One step of a build for one thing, timed: its end is an event of kind "job.done" with the fields "step",
// "start_us" (monotonic) and "duration_us".  Logs and traces are made of these.
//
//   const Job job(tools.events, "prove", plan.name);
#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <utility>

#include "base/event.h"
#include "base/units.h"
#include "os/clock.h"

namespace lamella::build {

class Job {
 public:
  Job(EventSink& events, std::string_view step, std::string subject)
      : events_(events), step_(step), subject_(std::move(subject)), start_(os::system_clock().monotonic()) {}
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;
  ~Job() {
    const auto micros = [](auto duration) {
      return std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(duration).count());
    };
    const auto took = os::system_clock().monotonic() - start_;
    events_.emit({.kind = "job.done",
                  .subject = subject_,
                  .text = step_ + " took " + base::format_duration(took),
                  .severity = base::Severity::kDebug,
                  .fields = {{"step", step_},
                             {"start_us", micros(start_.time_since_epoch())},
                             {"duration_us", micros(took)}}});
  }

 private:
  EventSink& events_;
  std::string step_;
  std::string subject_;
  os::MonotonicTime start_;
};

}  // namespace lamella::build
