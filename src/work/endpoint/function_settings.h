// SPDX-License-Identifier: Apache-2.0
//
// What a caller may set on a function: checked, and laid over a configuration.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "endpoint/function_record.h"
#include "endpoint/service.h"

namespace lamella::endpoint {

/// The schema's constraints and the rules about variables.  Errors: service errors.
Result<> check_settings(const wire::FunctionSettings& settings);
Result<> check_architectures(const std::optional<wire::Strings>& architectures);

/// What a function has before anything is set.
wire::FunctionConfiguration default_configuration(const std::string& region, const std::string& name);

/// Lays `settings` over the snapshot; `layers`, if given, replaces the list and must all exist.
/// Errors: service errors: unknown or doubled layers, over the limits.
Result<> apply_settings(sqlite::Database& db, const Call& call, const wire::FunctionSettings& settings,
                        Snapshot& snapshot);

/// Function and layers together, unpacked, fit the service.
Result<> check_total(sqlite::Database& db, const Call& call, const Snapshot& snapshot);

}  // namespace lamella::endpoint
