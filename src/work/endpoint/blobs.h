// SPDX-License-Identifier: Apache-2.0
//
// The zips behind Content.Location and Code.Location: presigned URLs on our own port, good for ten minutes.
#pragma once

#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "endpoint/service.h"
#include "http/message.h"
#include "wire/http_message.h"

namespace lamella::endpoint {

/// Paths below this are blobs and nothing else.
inline constexpr std::string_view kBlobPrefix = "/_lamella/blobs/";

/// A URL that a plain GET may fetch, on the host the client used for this call.
std::string blob_url(const Service& service, const Call& call, const Digest& digest);

/// REQUIRES: the request's signature was verified.  Errors: service errors, io.
Result<http::Response> serve_blob(Service& service, const wire::HttpRequest& request);

}  // namespace lamella::endpoint
