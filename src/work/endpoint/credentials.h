// SPDX-License-Identifier: Apache-2.0
//
// The key pair that the local endpoint takes and our own client signs with.  Made once per workspace, kept in
// <local>/credentials.json (0600), format "local-credentials".  It opens nothing but this endpoint.
//
// Threads: any.  Two processes that make it at once end up with the same one.
// Errors: io; corrupt (the file is there and is none of ours).
//
//   LAMELLA_TRY_ASSIGN(const auto keys, endpoint::local_credentials(root / ".lamella/local",
//   os::system_random()));
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/secret.h"
#include "os/random.h"

namespace lamella::endpoint {

/// Everything lives in this account.
inline constexpr std::string_view kAccount = "000000000000";
/// The region of clients that were told none; the endpoint itself takes every region's name.
inline constexpr std::string_view kDefaultRegion = "us-east-1";

struct LocalCredentials {
  std::string access_key_id;
  Secret secret_access_key;
};

/// Reads the file, or makes it.
Result<LocalCredentials> local_credentials(const std::filesystem::path& folder, os::Random& random);

}  // namespace lamella::endpoint
