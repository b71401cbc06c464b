// SPDX-License-Identifier: Apache-2.0
//
// Where a service is: explicit URL > AWS_ENDPOINT_URL_<SERVICE> > AWS_ENDPOINT_URL > profile `services`
// section > profile endpoint_url > the partition's default host.  AWS_IGNORE_CONFIGURED_ENDPOINT_URLS=true
// skips everything but the explicit one.
#pragma once

#include <string>
#include <string_view>

#include "aws/client.h"
#include "aws/profile.h"
#include "base/result.h"

namespace lamella::aws {

enum class Service { kLambda, kSts, kLogs };

/// Errors: usage (no region, URL that is not http(s)://host[:port], dangling `services` name).
Result<ServiceEndpoint> resolve_endpoint(Service service, std::string_view region,
                                         std::string_view explicit_url, const Settings& settings);

/// AWS_REGION, AWS_DEFAULT_REGION, then the profile's region.  Errors: usage, when there is none.
Result<std::string> resolve_region(std::string_view explicit_region, const Settings& settings);

}  // namespace lamella::aws
