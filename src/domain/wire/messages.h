// SPDX-License-Identifier: Apache-2.0
//
// The service's sentences that tools match on, word for word.  The code each goes with stands behind it.
#pragma once

#include <string>
#include <string_view>

namespace lamella::wire {

// Layers
std::string too_many_layers();                                                    // InvalidParameterValue
std::string two_versions_of_layer(std::string_view arn, std::string_view other);  // InvalidParameterValue
std::string layer_version_unknown(std::string_view arn);      // InvalidParameterValue (attach)
std::string layers_in_other_region(std::string_view region);  // InvalidParameterValue
std::string resource_does_not_exist();                        // ResourceNotFound
std::string layer_version_below_one();                        // InvalidParameterValue

// Code
std::string unzipped_too_large();                           // InvalidParameterValue
std::string zipped_too_large();                             // RequestEntityTooLarge, 413
std::string request_too_large(std::string_view operation);  // RequestEntityTooLarge, 413
std::string cannot_unzip();                                 // InvalidParameterValue
std::string environment_too_large(std::string_view json);   // InvalidParameterValue
std::string code_sha256_differs(std::string_view given, std::string_view latest);  // InvalidParameterValue

// Functions
std::string function_not_found(std::string_view arn);                      // ResourceNotFound
std::string function_exists(std::string_view name);                        // ResourceConflict
std::string update_in_progress(std::string_view arn);                      // ResourceConflict
std::string revision_mismatch();                                           // PreconditionFailed
std::string qualifiers_differ();                                           // InvalidParameterValue
std::string latest_not_deletable();                                        // InvalidParameterValue
std::string other_region(std::string_view theirs, std::string_view ours);  // ResourceNotFound

// Aliases
std::string alias_exists(std::string_view arn);                // ResourceConflict
std::string alias_not_found_on_get(std::string_view arn);      // ResourceNotFound
std::string alias_not_found_on_update(std::string_view arn);   // ResourceNotFound
std::string too_many_weights();                                // InvalidParameterValue
std::string version_already_routed(std::string_view version);  // InvalidParameterValue
std::string latest_in_routing();                               // InvalidParameterValue

// Invoke
std::string body_not_json(std::string_view why);  // InvalidRequestContent
std::string rate_exceeded();                      // TooManyRequests

}  // namespace lamella::wire
