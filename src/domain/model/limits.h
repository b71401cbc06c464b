// SPDX-License-Identifier: Apache-2.0
//
// What Lambda accepts.  Sizes are the service's own numbers, read from its error messages, its API
// model and GetAccountSettings; the page is "Lambda quotas" of the developer guide.
//
// Errors: usage for a malformed name or setting (the pattern is shown), limit for a number exceeded.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::model {

/// Function and layers together, unpacked: "Unzipped size must be smaller than 262144000 bytes".
inline constexpr std::uint64_t kMaxUnzippedBytes = 262'144'000;
/// A zip sent in the request: "Zipped size must be smaller than 52428800 bytes".
inline constexpr std::uint64_t kMaxDirectZipBytes = 52'428'800;
/// The whole request with the zip as base64: "Request must be smaller than 70167211 bytes".
inline constexpr std::uint64_t kMaxRequestBytes = 70'167'211;
inline constexpr std::size_t kMaxLayersPerFunction = 5;
/// Names, values and punctuation of the variables as compact JSON.
inline constexpr std::size_t kMaxEnvironmentBytes = 4'096;
inline constexpr std::size_t kMaxDescriptionLength = 256;
inline constexpr std::size_t kMaxLicenseLength = 512;
inline constexpr std::size_t kMaxLayerNameLength = 140;  ///< the API model's; the ARN must fit 140 as well
inline constexpr std::size_t kMaxLayerArnLength = 140;
inline constexpr std::size_t kMaxFunctionNameLength = 64;
inline constexpr std::size_t kMaxHandlerLength = 128;
inline constexpr std::size_t kMaxAliasNameLength = 128;
inline constexpr std::size_t kMaxCompatibleRuntimes = 15;
inline constexpr std::size_t kMaxCompatibleArchitectures = 2;
inline constexpr int kMinMemoryMb = 128;
inline constexpr int kMaxMemoryMb = 10'240;
inline constexpr int kDefaultMemoryMb = 128;
inline constexpr int kMinTimeoutSeconds = 1;
inline constexpr int kMaxTimeoutSeconds = 900;
inline constexpr int kDefaultTimeoutSeconds = 3;
inline constexpr std::uint64_t kMaxSyncRequestBytes = 6'291'456;
inline constexpr std::uint64_t kMaxSyncResponseBytes = 6'291'556;
inline constexpr std::uint64_t kDefaultCodeStorageBytes = 80'530'636'800;

/// [a-zA-Z0-9-_]+, at most 140 characters.
Result<> check_layer_name(std::string_view name);
/// [a-zA-Z0-9-_]+, at most 64 characters.
Result<> check_function_name(std::string_view name);
/// As a function's name, but neither all digits nor "$LATEST".
Result<> check_alias_name(std::string_view name);
/// "module.function" or "folder/module.function", no spaces, at most 128 characters.
Result<> check_handler(std::string_view handler);
/// [a-zA-Z][a-zA-Z0-9_]+, and not one of the names Lambda keeps for itself.
Result<> check_environment_name(std::string_view name);
/// The 4 KB rule over the resolved values; the error tells sizes, never a value.
Result<> check_environment_size(const std::map<std::string, std::string>& variables);
/// The bytes the 4 KB rule counts.
std::size_t environment_bytes(const std::map<std::string, std::string>& variables);
Result<> check_memory(std::int64_t megabytes);
Result<> check_timeout(std::int64_t seconds);
/// `unzipped` is the sum over a function's code and its layers.
Result<> check_unzipped_total(std::uint64_t unzipped);
Result<> check_layer_count(std::size_t count);

}  // namespace lamella::model
