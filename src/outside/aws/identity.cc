// SPDX-License-Identifier: Apache-2.0
#include "aws/identity.h"

namespace lamella::aws {
namespace {

class StsIdentity final : public Identity {
 public:
  StsIdentity(Client& client, ServiceEndpoint endpoint) : client_(client), endpoint_(std::move(endpoint)) {}

  Result<wire::CallerIdentity> caller(const CallOptions& options) override {
    LAMELLA_TRY_ASSIGN(
        const wire::HttpResponse response,
        client_.call(endpoint_, wire::caller_identity_request(), wire::CallClass::kRead, options));
    return wire::parse_caller_identity(response);
  }

 private:
  Client& client_;
  ServiceEndpoint endpoint_;
};

}  // namespace

std::unique_ptr<Identity> sts_identity(Client& client, ServiceEndpoint endpoint) {
  return std::make_unique<StsIdentity>(client, std::move(endpoint));
}

}  // namespace lamella::aws
