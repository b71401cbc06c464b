// SPDX-License-Identifier: Apache-2.0
//
// Making a version of $LATEST, for PublishVersion and for Publish inside other operations.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "endpoint/function_record.h"
#include "endpoint/service.h"

namespace lamella::endpoint {

/// The new version, or the last one if nothing changed since.  A new one also changes $LATEST's revision id,
/// unless `transition` says that $LATEST is on its way itself.
Result<FunctionRecord> publish(sqlite::Database& db, Service& service, const Call& call,
                               FunctionRecord& latest, const std::optional<std::string>& description,
                               Transition transition);

}  // namespace lamella::endpoint
