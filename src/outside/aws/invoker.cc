// SPDX-License-Identifier: Apache-2.0
#include "aws/invoker.h"

namespace lamella::aws {
namespace {

class RealInvoker final : public Invoker {
 public:
  RealInvoker(Client& client, ServiceEndpoint endpoint) : client_(client), endpoint_(std::move(endpoint)) {}

  Result<wire::InvokeOutcome> invoke(const wire::InvokeRequest& request,
                                     const CallOptions& options) override {
    if (request.function.empty()) {
      return with_certainty(Error(ErrorCode::kUsage, "an invocation needs a function"),
                            Certainty::kNotApplied);
    }
    LAMELLA_TRY_ASSIGN(wire::HttpResponse response,
                       client_.call(endpoint_, wire::render_invoke(request), wire::CallClass::kRun, options));
    auto outcome = wire::parse_outcome(std::move(response));
    if (!outcome) return with_certainty(std::move(outcome).error(), Certainty::kUnknown);
    return outcome;
  }

 private:
  Client& client_;
  ServiceEndpoint endpoint_;
};

}  // namespace

std::unique_ptr<Invoker> invoker(Client& client, ServiceEndpoint endpoint) {
  return std::make_unique<RealInvoker>(client, std::move(endpoint));
}

}  // namespace lamella::aws
