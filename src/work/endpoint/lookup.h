// SPDX-License-Identifier: Apache-2.0
//
// From a reference to the record it means, or the service's 404; and the two guards of every update.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "endpoint/alias_record.h"
#include "endpoint/function_record.h"
#include "endpoint/service.h"
#include "wire/lambda_operations.h"

namespace lamella::endpoint {

/// $LATEST of the function.
Result<FunctionRecord> latest_of(sqlite::Database& db, const Call& call, const std::string& name);

struct Found {
  FunctionRecord record;             ///< for an alias, of its main version
  std::optional<AliasRecord> alias;  ///< the reference went through it
};
/// The version that the reference's qualifier names; without one, $LATEST.
Result<Found> find_qualified(sqlite::Database& db, const Call& call,
                             const wire::FunctionReference& reference);

/// 409 while a transition is under way.
Result<> check_settled(const FunctionRecord& latest, wire::Instant now);
/// 412 if the caller saw another revision.
Result<> check_revision(const std::optional<std::string>& seen, const std::string& current);

}  // namespace lamella::endpoint
