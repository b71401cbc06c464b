// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "endpoint/alias_record.h"
#include "endpoint/constraints.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "endpoint/page.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr PageLimits kPages{10'000, 10'000};

using Weights = std::map<std::string, double>;

const Weights* weights_of(const std::optional<wire::RoutingConfig>& routing) {
  return routing && routing->additional_version_weights ? &*routing->additional_version_weights : nullptr;
}

Result<> check_members(const std::string& name, const std::optional<std::string>& version,
                       const std::optional<std::string>& description,
                       const std::optional<wire::RoutingConfig>& routing) {
  Constraints constraints;
  constraints.require(model::check_alias_name(name).has_value(), "name", name,
                      Constraints::pattern_text("(?!^[0-9]+$)([a-zA-Z0-9-_]+)"));
  if (version) {
    constraints.require(version_number(*version).has_value(), "functionVersion", *version,
                        Constraints::pattern_text("(\\$LATEST|[0-9]+)"));
  }
  if (description) constraints.longest("description", *description, model::kMaxDescriptionLength);
  if (const Weights* weights = weights_of(routing)) {
    for (const auto& [other, weight] : *weights) {
      constraints.between("routingConfig.additionalVersionWeights", weight, 0.0, 1.0);
      constraints.require(version_number(other).has_value(), "routingConfig.additionalVersionWeights", other,
                          Constraints::pattern_text("(\\$LATEST|[0-9]+)"));
    }
  }
  return constraints.verdict();
}

/// Puts the weights into the alias and checks that every version it leads to is there.
Result<> route(sqlite::Database& db, const Call& call, const std::optional<wire::RoutingConfig>& routing,
               AliasRecord& alias) {
  if (routing) {
    alias.other.reset();
    alias.weight = 0;
  }
  if (const Weights* weights = weights_of(routing)) {
    if (weights->size() > 1) return wire::invalid_parameter(wire::too_many_weights());
    for (const auto& [other, weight] : *weights) {
      alias.other = version_number(other);
      alias.weight = weight;
    }
  }
  if (alias.other == alias.version) {
    return wire::invalid_parameter(wire::version_already_routed(version_text(alias.version)));
  }
  if (alias.other && (alias.version == kLatest || alias.other == kLatest)) {
    return wire::invalid_parameter(wire::latest_in_routing());
  }
  for (const std::int64_t version : {alias.version, alias.other.value_or(alias.version)}) {
    wire::FunctionReference reference{alias.function, version_text(version), {}, {}};
    LAMELLA_TRY(find_qualified(db, call, reference));
  }
  return {};
}

Error absent(const Call& call, const std::string& function, const std::string& name,
             std::string (*message)(std::string_view)) {
  return wire::refuse("ResourceNotFoundException", message(function_arn(call.region, function, name)));
}

}  // namespace

Result<wire::HttpResponse> create_alias(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::CreateAliasRequest>(call.request.body));
  LAMELLA_TRY(
      check_members(request.name, request.function_version, request.description, request.routing_config));
  AliasRecord alias;
  alias.region = call.region;
  alias.function = reference.name;
  alias.name = request.name;
  alias.version = version_number(request.function_version).value_or(kLatest);
  alias.description = request.description.value_or("");
  alias.revision = service.options.random->uuid4();
  const auto store = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    LAMELLA_TRY_ASSIGN(const auto there, find_alias(db, call.region, alias.function, alias.name));
    if (there) {
      return wire::refuse("ResourceConflictException",
                          wire::alias_exists(function_arn(call.region, alias.function, alias.name)));
    }
    LAMELLA_TRY(route(db, call, request.routing_config, alias));
    return put_alias(db, alias);
  };
  LAMELLA_TRY(service.state.change(store));
  return answer(call, wire::render(shown(alias)));
}

Result<wire::HttpResponse> update_alias(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::UpdateAliasRequest>(call.request.body));
  const std::string& name = call.route.label("Name");
  LAMELLA_TRY(check_members(name, request.function_version, request.description, request.routing_config));
  const auto store = [&](sqlite::Database& db) -> Result<AliasRecord> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    LAMELLA_TRY_ASSIGN(auto there, find_alias(db, call.region, reference.name, name));
    if (!there) return absent(call, reference.name, name, wire::alias_not_found_on_update);
    LAMELLA_TRY(check_revision(request.revision_id, there->revision));
    if (request.function_version)
      there->version = version_number(*request.function_version).value_or(kLatest);
    there->description = request.description.value_or(there->description);
    LAMELLA_TRY(route(db, call, request.routing_config, *there));
    there->revision = service.options.random->uuid4();
    LAMELLA_TRY(put_alias(db, *there));
    return *std::move(there);
  };
  LAMELLA_TRY_ASSIGN(const auto alias, service.state.change(store));
  return answer(call, wire::render(shown(alias)));
}

Result<wire::HttpResponse> get_alias(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  const std::string& name = call.route.label("Name");
  LAMELLA_TRY_ASSIGN(const auto alias, service.state.read([&](sqlite::Database& db) {
    return find_alias(db, call.region, reference.name, name);
  }));
  if (!alias) return absent(call, reference.name, name, wire::alias_not_found_on_get);
  return answer(call, wire::render(shown(*alias)));
}

Result<wire::HttpResponse> list_aliases(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  const auto wanted = call.route.member("FunctionVersion");
  wire::AliasPage page;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    LAMELLA_TRY_ASSIGN(const auto aliases, aliases_of(db, call.region, reference.name));
    for (const auto& alias : aliases) {
      const bool leads =
          version_text(alias.version) == wanted || (alias.other && version_text(*alias.other) == wanted);
      if (!wanted || leads) page.aliases.push_back(shown(alias));
    }
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  LAMELLA_TRY_ASSIGN(page.next_marker, cut_page(page.aliases, call, kPages));
  return answer(call, wire::render(page));
}

Result<wire::HttpResponse> delete_alias_operation(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  const auto store = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    return delete_alias(db, call.region, reference.name, call.route.label("Name"));
  };
  LAMELLA_TRY(service.state.change(store));
  return answer(call, "");
}

}  // namespace lamella::endpoint
