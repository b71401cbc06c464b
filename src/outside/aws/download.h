// SPDX-License-Identifier: Apache-2.0
//
// Fetches what a presigned URL points to (Code.Location, Content.Location): a plain GET without an
// Authorization header.  The bytes go to `sink` as they come; whoever knows a digest compares it.
#pragma once

#include <cstdint>
#include <string_view>

#include "aws/client.h"
#include "base/byte_stream.h"
#include "base/result.h"

namespace lamella::aws {

/// The number of bytes written.  Not repeated: a sink cannot be rewound.  Errors: usage (not an http(s) URL),
/// remote, interrupted.
Result<std::uint64_t> download(Transport& transport, std::string_view url, base::ByteSink& sink,
                               const CallOptions& options = {});

}  // namespace lamella::aws
