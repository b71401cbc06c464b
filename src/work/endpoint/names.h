// SPDX-License-Identifier: Apache-2.0
//
// ARNs of this endpoint, and the references by which callers name functions and layers.
#pragma once

#include <string>

#include "base/result.h"
#include "endpoint/service.h"
#include "wire/lambda_operations.h"

namespace lamella::endpoint {

std::string function_arn(const std::string& region, const std::string& name,
                         const std::string& qualifier = {});

/// The function a request's path names, in the request's own region; `qualifier` from the path or the query.
/// Errors: as the service words them, also for a foreign region or account.
Result<wire::FunctionReference> function_of(const Call& call);

/// The layer a request's path names.
Result<wire::LayerReference> layer_of(const Call& call);

}  // namespace lamella::endpoint
