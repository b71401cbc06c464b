// SPDX-License-Identifier: Apache-2.0
#include "endpoint/constraints.h"
#include "endpoint/function_record.h"
#include "endpoint/function_settings.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "endpoint/publishing.h"
#include "endpoint/upload.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

/// The name of a function to be made, which may come as an ARN.
Result<std::string> new_name(const Call& call, const std::string& text) {
  LAMELLA_TRY_ASSIGN(const auto reference, wire::parse_function_reference(text));
  if (!reference.region.empty() && reference.region != call.region) {
    return wire::refuse("ResourceNotFoundException", wire::other_region(reference.region, call.region));
  }
  if (reference.name.size() > model::kMaxFunctionNameLength) {
    return wire::validation_error(text, "functionName", "Member must have length less than or equal to 64");
  }
  return reference.name;
}

Result<> check_create(const wire::CreateFunctionRequest& request) {
  LAMELLA_TRY(check_settings(request.settings));
  LAMELLA_TRY(check_architectures(request.architectures));
  if (!request.settings.role) {
    return wire::validation_error("null", "role", "Member must not be null");
  }
  if (request.package_type.value_or("Zip") != "Zip") {
    return wire::invalid_parameter("This endpoint runs functions of package type Zip only.");
  }
  if (!request.settings.runtime || !request.settings.handler) {
    return wire::invalid_parameter(
        "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  }
  return {};
}

void set_code(Snapshot& snapshot, const Upload& upload, const std::optional<wire::Strings>& architectures) {
  snapshot.blob = upload.digest;
  snapshot.unzipped = upload.unzipped;
  snapshot.configuration.code_sha256 = upload.digest.base64();
  snapshot.configuration.code_size = upload.size;
  if (architectures) snapshot.configuration.architectures = architectures;
}

/// Stores an update of $LATEST; what it was serves on until the transition ends.
Result<> store_update(sqlite::Database& db, const Service& service, const Call& call, FunctionRecord& latest,
                      std::int64_t previous) {
  latest.previous = previous;
  latest.modified = call.now;
  begin(latest, Transition::kUpdate, call.now, service.options.update_time, service.options.random->uuid4());
  return put_function(db, latest);
}

}  // namespace

Result<wire::HttpResponse> create_function(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::CreateFunctionRequest>(call.request.body));
  LAMELLA_TRY_ASSIGN(const auto name, new_name(call, request.function_name));
  LAMELLA_TRY(check_create(request));
  LAMELLA_TRY_ASSIGN(const Upload upload,
                     take_upload(service, request.code.zip_file, request.code.s3_bucket));
  FunctionRecord made;
  const auto store = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto there, find_function(db, call.region, name, kLatest));
    if (there) return wire::refuse("ResourceConflictException", wire::function_exists(name));
    FunctionRecord latest;
    latest.region = call.region;
    latest.name = name;
    latest.modified = call.now;
    latest.snapshot.configuration = default_configuration(call.region, name);
    set_code(latest.snapshot, upload, request.architectures);
    LAMELLA_TRY(apply_settings(db, call, request.settings, latest.snapshot));
    begin(latest, Transition::kCreate, call.now, service.options.create_time,
          service.options.random->uuid4());
    LAMELLA_TRY(put_function_name(db, call.region, name, request.tags));
    LAMELLA_TRY(put_function(db, latest));
    made = latest;
    if (!request.publish.value_or(false)) return {};
    LAMELLA_TRY_ASSIGN(made, publish(db, service, call, latest, std::nullopt, Transition::kCreate));
    return {};
  };
  LAMELLA_TRY(service.state.change(store));
  const std::string qualifier = made.version == kLatest ? "" : version_text(made.version);
  return answer(call, wire::render(shown(made, qualifier, call.now)));
}

Result<wire::HttpResponse> update_function_code(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::UpdateFunctionCodeRequest>(call.request.body));
  LAMELLA_TRY(check_architectures(request.architectures));
  LAMELLA_TRY_ASSIGN(const Upload upload,
                     take_upload(service, request.code.zip_file, request.code.s3_bucket));
  FunctionRecord result;
  const auto store = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(auto latest, latest_of(db, call, reference.name));
    LAMELLA_TRY(check_revision(request.revision_id, revision_at(latest, call.now)));
    LAMELLA_TRY(check_settled(latest, call.now));
    const std::int64_t previous = latest.snapshot.id;
    set_code(latest.snapshot, upload, request.architectures);
    LAMELLA_TRY(check_total(db, call, latest.snapshot));
    result = latest;
    if (request.dry_run.value_or(false)) return {};
    LAMELLA_TRY(store_update(db, service, call, latest, previous));
    result = latest;
    if (!request.publish.value_or(false)) return {};
    LAMELLA_TRY_ASSIGN(result, publish(db, service, call, latest, std::nullopt, Transition::kCreate));
    return {};
  };
  LAMELLA_TRY(service.state.change(store));
  const std::string qualifier = result.version == kLatest ? "" : version_text(result.version);
  return answer(call, wire::render(shown(result, qualifier, call.now)));
}

Result<wire::HttpResponse> update_function_configuration(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const auto request,
                     wire::parse<wire::UpdateFunctionConfigurationRequest>(call.request.body));
  LAMELLA_TRY(check_settings(request.settings));
  const auto store = [&](sqlite::Database& db) -> Result<FunctionRecord> {
    LAMELLA_TRY_ASSIGN(auto latest, latest_of(db, call, reference.name));
    LAMELLA_TRY(check_revision(request.revision_id, revision_at(latest, call.now)));
    LAMELLA_TRY(check_settled(latest, call.now));
    const std::int64_t previous = latest.snapshot.id;
    LAMELLA_TRY(apply_settings(db, call, request.settings, latest.snapshot));
    LAMELLA_TRY(store_update(db, service, call, latest, previous));
    return latest;
  };
  LAMELLA_TRY_ASSIGN(const auto result, service.state.change(store));
  return answer(call, wire::render(shown(result, "", call.now)));
}

}  // namespace lamella::endpoint
