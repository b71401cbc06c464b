// SPDX-License-Identifier: Apache-2.0
#include "endpoint/constraints.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "endpoint/page.h"
#include "endpoint/publishing.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr PageLimits kPages{10'000, 10'000};

}  // namespace

Result<FunctionRecord> publish(sqlite::Database& db, Service& service, const Call& call,
                               FunctionRecord& latest, const std::optional<std::string>& description,
                               Transition transition) {
  LAMELLA_TRY_ASSIGN(auto last, last_published(db, latest.region, latest.name));
  if (last && last->snapshot.id == latest.snapshot.id) return *std::move(last);
  FunctionRecord version = latest;
  LAMELLA_TRY_ASSIGN(version.version, take_version_number(db, latest.region, latest.name));
  version.previous.reset();
  version.description = description;
  version.modified = call.now;
  begin(version, transition, call.now, service.options.create_time, service.options.random->uuid4());
  LAMELLA_TRY(put_function(db, version));
  if (transition == Transition::kNone) {
    begin(latest, Transition::kNone, call.now, {}, service.options.random->uuid4());
    LAMELLA_TRY(put_function(db, latest));
  }
  return version;
}

Result<wire::HttpResponse> publish_version(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::PublishVersionRequest>(call.request.body));
  Constraints constraints;
  if (request.description)
    constraints.longest("description", *request.description, model::kMaxDescriptionLength);
  LAMELLA_TRY(constraints.verdict());
  const auto store = [&](sqlite::Database& db) -> Result<FunctionRecord> {
    LAMELLA_TRY_ASSIGN(auto latest, latest_of(db, call, reference.name));
    LAMELLA_TRY(check_revision(request.revision_id, revision_at(latest, call.now)));
    LAMELLA_TRY(check_settled(latest, call.now));
    const std::string& sha = latest.snapshot.configuration.code_sha256;
    const std::string wanted = request.code_sha256.value_or("");
    if (!wanted.empty() && wanted != sha)
      return wire::invalid_parameter(wire::code_sha256_differs(wanted, sha));
    return publish(db, service, call, latest, request.description, Transition::kNone);
  };
  LAMELLA_TRY_ASSIGN(const auto version, service.state.change(store));
  return answer(call, wire::render(shown(version, version_text(version.version), call.now)));
}

Result<wire::HttpResponse> list_versions_by_function(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  wire::FunctionVersionPage page;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    LAMELLA_TRY_ASSIGN(const auto versions, function_versions(db, call.region, reference.name));
    for (const auto& one : versions) {
      page.versions.push_back(shown(one, version_text(one.version), call.now, Detail::kListed));
    }
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  LAMELLA_TRY_ASSIGN(page.next_marker, cut_page(page.versions, call, kPages));
  return answer(call, wire::render(page));
}

Result<wire::HttpResponse> delete_function_operation(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  const auto store = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, reference.name));
    if (reference.qualifier.empty()) return delete_function(db, call.region, reference.name);
    const auto number = version_number(reference.qualifier);
    if (number == kLatest) return wire::invalid_parameter(wire::latest_not_deletable());
    if (!number) return wire::invalid_parameter("Deletion of aliases is not currently supported.");
    LAMELLA_TRY_ASSIGN(const auto version, find_function(db, call.region, reference.name, *number));
    if (!version) return {};
    LAMELLA_TRY_ASSIGN(const auto aliases, aliases_of(db, call.region, reference.name));
    for (const auto& alias : aliases) {
      if (alias.version == *number || alias.other == number) {
        return wire::refuse("ResourceConflictException", "Failed to delete version: version " +
                                                             reference.qualifier + " is used by alias " +
                                                             alias.name + ".");
      }
    }
    return delete_version(db, *version);
  };
  LAMELLA_TRY(service.state.change(store));
  return answer(call, "");
}

}  // namespace lamella::endpoint
