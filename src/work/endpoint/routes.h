// SPDX-License-Identifier: Apache-2.0
//
// Which function does which operation: one table for each protocol.
#pragma once

#include "endpoint/reply.h"
#include "endpoint/service.h"

namespace lamella::endpoint {

/// What a request's signature says it is for, and who does it.
struct Destination {
  Operate operate = nullptr;  ///< nullptr for Invoke, which answers later
  wire::Route route;
};

/// Errors: UnknownOperationException; InvalidSignatureException when `service`, of the signature's scope, is
/// not the one the operation belongs to.
Result<Destination> find_destination(const wire::HttpRequest& request, Dialect dialect,
                                     std::string_view service);

}  // namespace lamella::endpoint
