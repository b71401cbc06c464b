// SPDX-License-Identifier: Apache-2.0
//
// Who may come in.  A request must name us by a loopback name, must not come from a web page of somebody
// else's, and must be signed with the local credentials; a presigned URL opens blobs and nothing else.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "endpoint/credentials.h"
#include "wire/http_message.h"
#include "wire/sigv4.h"

namespace lamella::endpoint {

/// Host, Origin and Sec-Fetch-Site.  Errors: AccessDeniedException.
Result<> check_origin(const wire::HttpRequest& request, std::uint16_t port);

/// Errors: those of wire::verify; AccessDeniedException for a presigned URL outside of blobs.
Result<wire::Identity> authenticate(const wire::HttpRequest& request, const LocalCredentials& credentials,
                                    std::chrono::sys_seconds now);

}  // namespace lamella::endpoint
