// SPDX-License-Identifier: Apache-2.0
//
// Whose account this is.
#pragma once

#include <memory>

#include "aws/client.h"
#include "base/result.h"
#include "wire/sts.h"

namespace lamella::aws {

class Identity {
 public:
  virtual ~Identity() = default;
  virtual Result<wire::CallerIdentity> caller(const CallOptions& options) = 0;
};

/// STS GetCallerIdentity.  `client` must outlive it.
std::unique_ptr<Identity> sts_identity(Client& client, ServiceEndpoint endpoint);

}  // namespace lamella::aws
