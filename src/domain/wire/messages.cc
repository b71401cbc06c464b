// SPDX-License-Identifier: Apache-2.0
#include "wire/messages.h"

#include <fmt/format.h>

#include "model/limits.h"

namespace lamella::wire {

std::string too_many_layers() {
  return fmt::format("Cannot reference more than {} layers.", model::kMaxLayersPerFunction);
}

std::string two_versions_of_layer(std::string_view arn, std::string_view other) {
  return fmt::format(
      "Two different versions of the same layer are not allowed to be referenced in the same function. "
      "{} and {} are versions of the same layer.",
      arn, other);
}

std::string layer_version_unknown(std::string_view arn) {
  return fmt::format("Layer version {} does not exist.", arn);
}

std::string layers_in_other_region(std::string_view region) {
  return fmt::format(
      "Layers are not in the same region as the function. Layers are expected to be in region {}.", region);
}

std::string resource_does_not_exist() { return "The resource you requested does not exist."; }

std::string layer_version_below_one() { return "Layer Version Cannot be less than 1"; }

std::string unzipped_too_large() {
  return fmt::format("Unzipped size must be smaller than {} bytes", model::kMaxUnzippedBytes);
}

std::string zipped_too_large() {
  return fmt::format("Zipped size must be smaller than {} bytes", model::kMaxDirectZipBytes);
}

std::string request_too_large(std::string_view operation) {
  return fmt::format("Request must be smaller than {} bytes for the {} operation", model::kMaxRequestBytes,
                     operation);
}

std::string cannot_unzip() {
  return "Could not unzip uploaded file. Please check your file, then try to upload again.";
}

std::string environment_too_large(std::string_view json) {
  return fmt::format(
      "Lambda was unable to configure your environment variables because the environment variables you have "
      "provided exceeded the 4KB limit. String measured: {}",
      json);
}

std::string code_sha256_differs(std::string_view given, std::string_view latest) {
  return fmt::format(
      "CodeSHA256 ({}) is different from current CodeSHA256 in $LATEST ({}). Please try again with the "
      "CodeSHA256 in $LATEST.",
      given, latest);
}

std::string function_not_found(std::string_view arn) { return fmt::format("Function not found: {}", arn); }

std::string function_exists(std::string_view name) { return fmt::format("Function already exist: {}", name); }

std::string update_in_progress(std::string_view arn) {
  return fmt::format(
      "The operation cannot be performed at this time. An update is in progress for resource: {}", arn);
}

std::string revision_mismatch() {
  return "The Revision Id provided does not match the latest Revision Id. Call the GetFunction/GetAlias API "
         "to "
         "retrieve the latest Revision Id";
}

std::string qualifiers_differ() {
  return "The derived qualifier from the function name does not match the specified qualifier.";
}

std::string latest_not_deletable() {
  return "$LATEST version cannot be deleted without deleting the function.";
}

std::string other_region(std::string_view theirs, std::string_view ours) {
  return fmt::format("Functions from '{}' are not reachable in this region ('{}')", theirs, ours);
}

std::string alias_exists(std::string_view arn) { return fmt::format("Alias already exists: {}", arn); }

std::string alias_not_found_on_get(std::string_view arn) {
  return fmt::format("Cannot find alias arn: {}", arn);
}

std::string alias_not_found_on_update(std::string_view arn) {
  return fmt::format("Alias not found: {}", arn);
}

std::string too_many_weights() {
  return "Number of items in AdditionalVersionWeights cannot be greater than 1";
}

std::string version_already_routed(std::string_view version) {
  return fmt::format(
      "Invalid function version {0}. Function version {0} is already included in routing configuration.",
      version);
}

std::string latest_in_routing() {
  return "$LATEST is not supported for an alias pointing to more than 1 version";
}

std::string body_not_json(std::string_view why) {
  return fmt::format("Could not parse request body into json: {}", why);
}

std::string rate_exceeded() { return "Rate Exceeded."; }

}  // namespace lamella::wire
