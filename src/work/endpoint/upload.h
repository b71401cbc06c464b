// SPDX-License-Identifier: Apache-2.0
//
// A zip that came in a request: checked, kept and unpacked, so that what is answered 2xx can also be mounted.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/digest.h"
#include "base/result.h"
#include "endpoint/service.h"

namespace lamella::endpoint {

struct Upload {
  Digest digest;
  std::int64_t size = 0;
  std::int64_t unzipped = 0;
};

/// Errors: service errors for what the service refuses (not a zip, too large, empty, from S3); io.
Result<Upload> take_upload(Service& service, const std::optional<wire::Blob>& zip,
                           const std::optional<std::string>& s3_bucket);

}  // namespace lamella::endpoint
