// SPDX-License-Identifier: Apache-2.0
#include "endpoint/lookup.h"

#include "endpoint/names.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

Error not_found(const Call& call, const std::string& name, const std::string& qualifier) {
  return wire::refuse("ResourceNotFoundException",
                      wire::function_not_found(function_arn(call.region, name, qualifier)));
}

Result<FunctionRecord> version_of(sqlite::Database& db, const Call& call, const std::string& name,
                                  std::int64_t version, const std::string& said) {
  LAMELLA_TRY_ASSIGN(auto record, find_function(db, call.region, name, version));
  if (!record) return not_found(call, name, said);
  return *std::move(record);
}

}  // namespace

Result<FunctionRecord> latest_of(sqlite::Database& db, const Call& call, const std::string& name) {
  return version_of(db, call, name, kLatest, "");
}

Result<Found> find_qualified(sqlite::Database& db, const Call& call,
                             const wire::FunctionReference& reference) {
  Found found;
  const std::string& qualifier = reference.qualifier;
  if (qualifier.empty()) {
    LAMELLA_TRY_ASSIGN(found.record, latest_of(db, call, reference.name));
    return found;
  }
  if (const auto number = version_number(qualifier)) {
    LAMELLA_TRY_ASSIGN(found.record, version_of(db, call, reference.name, *number, qualifier));
    return found;
  }
  LAMELLA_TRY_ASSIGN(found.alias, find_alias(db, call.region, reference.name, qualifier));
  if (!found.alias) return not_found(call, reference.name, qualifier);
  LAMELLA_TRY_ASSIGN(found.record, version_of(db, call, reference.name, found.alias->version, qualifier));
  return found;
}

Result<> check_settled(const FunctionRecord& latest, wire::Instant now) {
  if (!in_transition(latest, now)) return {};
  if (latest.transition == Transition::kCreate) {
    return wire::refuse(
        "ResourceConflictException",
        "The operation cannot be performed at this time. The function is currently in the following "
        "state: Pending");
  }
  return wire::refuse("ResourceConflictException",
                      wire::update_in_progress(latest.snapshot.configuration.function_arn));
}

Result<> check_revision(const std::optional<std::string>& seen, const std::string& current) {
  if (!seen || *seen == current) return {};
  return wire::refuse("PreconditionFailedException", wire::revision_mismatch());
}

}  // namespace lamella::endpoint
