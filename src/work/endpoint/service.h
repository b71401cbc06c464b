// SPDX-License-Identifier: Apache-2.0
//
// What an operation gets to work with, and what it is: Call in, response or error out.  One row of routes.cc
// leads to one such function; all of them run on the pool, never on the server's loop.
#pragma once

#include <memory>
#include <string>

#include "base/event.h"
#include "base/result.h"
#include "endpoint/endpoint.h"
#include "endpoint/log_store.h"
#include "endpoint/state.h"
#include "os/thread_pool.h"
#include "store/content_store.h"
#include "trees/tree_store.h"
#include "wire/http_message.h"
#include "wire/lambda_operations.h"
#include "wire/lambda_shapes.h"

namespace lamella::endpoint {

/// Outlives every Call.
struct Service {
  const EndpointOptions& options;
  EventSink& events;
  State& state;
  LogStore& logs;
  store::ContentStore& blobs;
  trees::TreeStore& trees;
  os::ThreadPool& pool;
};

/// An authentic request for one operation.
struct Call {
  wire::Route route;
  wire::HttpRequest request;
  std::string region;  ///< of the signature
  std::string host;    ///< as the client named us, with port
  std::string request_id;
  wire::Instant now{};
};

using Operate = Result<wire::HttpResponse> (*)(Service&, const Call&);

/// `body` as the answer of the call's operation.
wire::HttpResponse answer(const Call& call, std::string body);

}  // namespace lamella::endpoint
