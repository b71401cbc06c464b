// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <charconv>

#include "endpoint/blobs.h"
#include "endpoint/constraints.h"
#include "endpoint/credentials.h"
#include "endpoint/layer_record.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "endpoint/page.h"
#include "endpoint/runtimes.h"
#include "endpoint/upload.h"
#include "model/limits.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr PageLimits kPages{50, 50};

wire::LayerVersion with_content(const Service& service, const Call& call, const LayerRecord& record) {
  wire::LayerVersion version = listed(record);
  version.layer_arn = layer_arn(record);
  version.content =
      wire::LayerContent{blob_url(service, call, record.blob), record.blob.base64(), record.size};
  return version;
}

Result<> check_publish(const std::string& name, const wire::PublishLayerVersionRequest& request) {
  Constraints constraints;
  constraints.longest("layerName", name, model::kMaxLayerNameLength);
  if (request.description)
    constraints.longest("description", *request.description, model::kMaxDescriptionLength);
  if (request.license_info)
    constraints.longest("licenseInfo", *request.license_info, model::kMaxLicenseLength);
  if (request.compatible_runtimes) {
    constraints.at_most_items("compatibleRuntimes", *request.compatible_runtimes,
                              model::kMaxCompatibleRuntimes);
    for (const auto& runtime : *request.compatible_runtimes) {
      constraints.one_of("compatibleRuntimes", runtime, known_runtimes());
    }
  }
  if (request.compatible_architectures) {
    constraints.at_most_items("compatibleArchitectures", *request.compatible_architectures,
                              model::kMaxCompatibleArchitectures);
    for (const auto& one : *request.compatible_architectures) {
      constraints.one_of("compatibleArchitectures", one, known_architectures());
    }
  }
  return constraints.verdict();
}

Result<std::int64_t> version_of(const Call& call) {
  const std::string& text = call.route.label("VersionNumber");
  std::int64_t version = 0;
  const auto [end, failure] = std::from_chars(text.data(), text.data() + text.size(), version);
  if (failure != std::errc() || end != text.data() + text.size()) {
    return wire::validation_error(text, "versionNumber", "Member must be a number");
  }
  if (version < 1) return wire::invalid_parameter(wire::layer_version_below_one());
  return version;
}

Result<wire::HttpResponse> read_layer(Service& service, const Call& call, const std::string& name,
                                      std::int64_t version) {
  LAMELLA_TRY_ASSIGN(const auto record, service.state.read([&](sqlite::Database& db) {
    return find_layer(db, call.region, name, version, Deleted::kHidden);
  }));
  if (!record) return wire::refuse("ResourceNotFoundException", wire::resource_does_not_exist());
  return answer(call, wire::render(with_content(service, call, *record)));
}

/// True if a version that states `list` fits a filter; one that states none fits every filter's absence only.
bool fits(const std::optional<wire::Strings>& list, const std::optional<std::string>& wanted) {
  return !wanted || (list && std::find(list->begin(), list->end(), *wanted) != list->end());
}

bool fits(const LayerRecord& record, const Call& call) {
  return fits(record.runtimes, call.route.member("CompatibleRuntime")) &&
         fits(record.architectures, call.route.member("CompatibleArchitecture"));
}

}  // namespace

Result<wire::HttpResponse> publish_layer_version(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, layer_of(call));
  LAMELLA_TRY_ASSIGN(const auto request, wire::parse<wire::PublishLayerVersionRequest>(call.request.body));
  LAMELLA_TRY(check_publish(reference.name, request));
  LAMELLA_TRY_ASSIGN(const Upload upload,
                     take_upload(service, request.content.zip_file, request.content.s3_bucket));
  LayerRecord record;
  record.region = call.region;
  record.name = reference.name;
  record.blob = upload.digest;
  record.size = upload.size;
  record.unzipped = upload.unzipped;
  record.description = request.description.value_or("");
  record.license = request.license_info;
  record.runtimes = request.compatible_runtimes;
  record.architectures = request.compatible_architectures;
  record.created = call.now;
  LAMELLA_TRY(service.state.change([&](sqlite::Database& db) { return add_layer(db, record); }));
  return answer(call, wire::render(with_content(service, call, record)));
}

Result<wire::HttpResponse> get_layer_version(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, layer_of(call));
  LAMELLA_TRY_ASSIGN(const auto version, version_of(call));
  return read_layer(service, call, reference.name, version);
}

Result<wire::HttpResponse> get_layer_version_by_arn(Service& service, const Call& call) {
  const std::string arn = call.route.member("Arn").value_or("");
  const auto reference = wire::parse_layer_reference(arn);
  if (!reference || !reference->version) {
    return wire::validation_error(
        arn, "arn",
        Constraints::pattern_text(
            "arn:[a-zA-Z0-9-]+:lambda:[a-zA-Z0-9-]+:\\d{12}:layer:[a-zA-Z0-9-_]+:[0-9]+"));
  }
  if (reference->region != call.region || reference->account != kAccount) {
    return wire::refuse("ResourceNotFoundException", wire::resource_does_not_exist());
  }
  return read_layer(service, call, reference->name, *reference->version);
}

Result<wire::HttpResponse> list_layers(Service& service, const Call& call) {
  wire::LayerPage page;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto names, layer_names(db, call.region));
    for (const auto& name : names) {
      LAMELLA_TRY_ASSIGN(const auto versions, layer_versions(db, call.region, name));
      const auto newest = std::find_if(versions.begin(), versions.end(),
                                       [&](const LayerRecord& record) { return fits(record, call); });
      if (newest != versions.end()) page.layers.push_back({name, layer_arn(*newest), listed(*newest)});
    }
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  LAMELLA_TRY_ASSIGN(page.next_marker, cut_page(page.layers, call, kPages));
  return answer(call, wire::render(page));
}

Result<wire::HttpResponse> list_layer_versions(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, layer_of(call));
  LAMELLA_TRY_ASSIGN(const auto records, service.state.read([&](sqlite::Database& db) {
    return layer_versions(db, call.region, reference.name);
  }));
  wire::LayerVersionPage page;
  for (const auto& record : records) {
    if (fits(record, call)) page.layer_versions.push_back(listed(record));
  }
  LAMELLA_TRY_ASSIGN(page.next_marker, cut_page(page.layer_versions, call, kPages));
  return answer(call, wire::render(page));
}

Result<wire::HttpResponse> delete_layer_version(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, layer_of(call));
  LAMELLA_TRY_ASSIGN(const auto version, version_of(call));
  LAMELLA_TRY(service.state.change(
      [&](sqlite::Database& db) { return delete_layer(db, call.region, reference.name, version); }));
  return answer(call, "");
}

}  // namespace lamella::endpoint
