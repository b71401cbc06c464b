// SPDX-License-Identifier: Apache-2.0
#include "endpoint/names.h"

#include <fmt/format.h>

#include "endpoint/constraints.h"
#include "endpoint/credentials.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {

std::string function_arn(const std::string& region, const std::string& name, const std::string& qualifier) {
  return fmt::format("arn:{}:lambda:{}:{}:function:{}{}{}", wire::partition_of(region), region, kAccount,
                     name, qualifier.empty() ? "" : ":", qualifier);
}

Result<wire::FunctionReference> function_of(const Call& call) {
  const std::string& text = call.route.label("FunctionName");
  const std::string qualifier = call.route.member("Qualifier").value_or("");
  Constraints constraints;
  constraints.longest("functionName", text, model::kMaxLayerArnLength);
  if (!qualifier.empty()) constraints.qualifier("qualifier", qualifier);
  LAMELLA_TRY(constraints.verdict());
  LAMELLA_TRY_ASSIGN(auto reference, wire::parse_function_reference(text, qualifier));
  if (!reference.qualifier.empty()) constraints.qualifier("functionName", reference.qualifier);
  LAMELLA_TRY(constraints.verdict());
  if (!reference.region.empty() && reference.region != call.region) {
    return wire::refuse("ResourceNotFoundException", wire::other_region(reference.region, call.region));
  }
  if (!reference.account.empty() && reference.account != kAccount) {
    return wire::refuse("ResourceNotFoundException", wire::function_not_found(text));
  }
  return reference;
}

Result<wire::LayerReference> layer_of(const Call& call) {
  const std::string& text = call.route.label("LayerName");
  auto reference = wire::parse_layer_reference(text);
  if (!reference) {
    return wire::validation_error(text, "layerName", Constraints::pattern_text(kLayerNamePattern));
  }
  const bool foreign = (!reference->region.empty() && reference->region != call.region) ||
                       (!reference->account.empty() && reference->account != kAccount);
  if (foreign) return wire::refuse("ResourceNotFoundException", wire::resource_does_not_exist());
  return *std::move(reference);
}

}  // namespace lamella::endpoint
