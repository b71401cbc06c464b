// SPDX-License-Identifier: Apache-2.0
//
// Invoke: from a request to an event for a sandbox, and from its outcome to the answer.
#pragma once

#include <memory>

#include "endpoint/fleet.h"
#include "endpoint/function_record.h"
#include "endpoint/reply.h"
#include "endpoint/runtimes.h"
#include "endpoint/service.h"

namespace lamella::endpoint {

class Invoker {
 public:
  Invoker(Service& service, Fleet& fleet, RuntimeRoots& roots)
      : service_(service), fleet_(fleet), roots_(roots) {}

  /// Answers now (refusals, DryRun) or when the function has.
  void invoke(const Call& call, std::shared_ptr<Reply> reply);

 private:
  struct Task;
  Result<std::shared_ptr<Task>> prepare(const Call& call);
  Result<Recruit> recruit(const Task& task);
  Result<wire::HttpResponse> conclude(const Task& task, Result<Finished> finished);
  Result<trees::Tree> tree_of(const Digest& digest);
  /// What the sandbox has at /var/task and /opt.
  Result<> mount(const Snapshot& serving, Recruit& out);

  Service& service_;
  Fleet& fleet_;
  RuntimeRoots& roots_;
};

}  // namespace lamella::endpoint
