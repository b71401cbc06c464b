// SPDX-License-Identifier: Apache-2.0
#include "aws/lambda_control.h"

#include <fmt/format.h>

#include <algorithm>
#include <limits>

#include "os/clock.h"

namespace lamella::aws {
namespace {

using std::chrono::milliseconds;
using wire::Operation;

// A list that has not ended after so many pages is going in circles.
constexpr int kMostPages = 10'000;

/// The body as a shape.  A 2xx answer that cannot be read says nothing about what was done.
template <class Shape>
Result<Shape> read(const wire::HttpResponse& response, Operation operation) {
  auto shape = wire::parse<Shape>(response.body);
  if (shape) return shape;
  return with_certainty(
      Error(ErrorCode::kRemote, fmt::format("the answer to {} cannot be read", wire::row(operation).name))
          .because(shape.error().what())
          .with("unreadable", "true")
          .remedy("check that the endpoint URL is one of Lambda"),
      Certainty::kUnknown);
}

/// Absence as a value.
template <class Shape>
Result<std::optional<Shape>> if_present(Result<Shape> result) {
  if (result) return std::optional<Shape>(*std::move(result));
  if (wire::is_service_error(result.error(), "ResourceNotFoundException")) return std::optional<Shape>();
  return std::move(result).error();
}

class RealLambdaControl final : public LambdaControl {
 public:
  RealLambdaControl(Client& client, ServiceEndpoint endpoint)
      : client_(client), endpoint_(std::move(endpoint)) {}

  Result<wire::LayerVersion> publish_layer_version(std::string_view layer,
                                                   const wire::PublishLayerVersionRequest& request,
                                                   const CallOptions& options) override {
    return call<wire::LayerVersion>(Operation::kPublishLayerVersion, layer_label(layer), {},
                                    wire::render(request), options);
  }

  Result<std::optional<wire::LayerVersion>> get_layer_version(std::string_view layer, std::int64_t version,
                                                              const CallOptions& options) override {
    return if_present(call<wire::LayerVersion>(Operation::kGetLayerVersion,
                                               layer_version_labels(layer, version), {}, {}, options));
  }

  Result<std::optional<wire::LayerVersion>> get_layer_version_by_arn(std::string_view arn,
                                                                     const CallOptions& options) override {
    return if_present(call<wire::LayerVersion>(Operation::kGetLayerVersionByArn, {},
                                               {{"Arn", std::string(arn)}}, {}, options));
  }

  Result<std::vector<wire::Layer>> list_layers(const CallOptions& options) override {
    return pages<wire::LayerPage>(Operation::kListLayers, {}, &wire::LayerPage::layers, options);
  }

  Result<std::vector<wire::LayerVersion>> list_layer_versions(std::string_view layer,
                                                              const CallOptions& options) override {
    return pages<wire::LayerVersionPage>(Operation::kListLayerVersions, layer_label(layer),
                                         &wire::LayerVersionPage::layer_versions, options);
  }

  Result<> delete_layer_version(std::string_view layer, std::int64_t version,
                                const CallOptions& options) override {
    const wire::Labels labels = layer_version_labels(layer, version);
    LAMELLA_TRY(check_labels(Operation::kDeleteLayerVersion, labels));
    const auto answer =
        client_.call(endpoint_, wire::make_request(Operation::kDeleteLayerVersion, labels, {}, {}),
                     wire::row(Operation::kDeleteLayerVersion).call_class, options);
    if (answer || wire::is_service_error(answer.error(), "ResourceNotFoundException")) return {};
    return answer.error();
  }

  Result<wire::FunctionConfiguration> create_function(const wire::CreateFunctionRequest& request,
                                                      const CallOptions& options) override {
    return call<wire::FunctionConfiguration>(Operation::kCreateFunction, {}, {}, wire::render(request),
                                             options);
  }

  Result<std::optional<wire::Function>> get_function(std::string_view function, std::string_view qualifier,
                                                     const CallOptions& options) override {
    wire::QueryPairs query;
    if (!qualifier.empty()) query.emplace_back("Qualifier", qualifier);
    return if_present(
        call<wire::Function>(Operation::kGetFunction, function_label(function), query, {}, options));
  }

  Result<wire::FunctionConfiguration> update_function_code(std::string_view function,
                                                           const wire::UpdateFunctionCodeRequest& request,
                                                           const CallOptions& options) override {
    return call<wire::FunctionConfiguration>(Operation::kUpdateFunctionCode, function_label(function), {},
                                             wire::render(request), options);
  }

  Result<wire::FunctionConfiguration> update_function_configuration(
      std::string_view function, const wire::UpdateFunctionConfigurationRequest& request,
      const CallOptions& options) override {
    return call<wire::FunctionConfiguration>(Operation::kUpdateFunctionConfiguration,
                                             function_label(function), {}, wire::render(request), options);
  }

  Result<std::vector<wire::FunctionConfiguration>> list_functions(const CallOptions& options) override {
    return pages<wire::FunctionPage>(Operation::kListFunctions, {}, &wire::FunctionPage::functions, options);
  }

  Result<std::vector<wire::FunctionConfiguration>> list_every_version(const CallOptions& options) override {
    return pages<wire::FunctionPage>(Operation::kListFunctions, {}, &wire::FunctionPage::functions, options,
                                     {{"FunctionVersion", "ALL"}});
  }

  Result<wire::FunctionConfiguration> publish_version(std::string_view function,
                                                      const wire::PublishVersionRequest& request,
                                                      const CallOptions& options) override {
    return call<wire::FunctionConfiguration>(Operation::kPublishVersion, function_label(function), {},
                                             wire::render(request), options);
  }

  Result<std::vector<wire::FunctionConfiguration>> list_versions(std::string_view function,
                                                                 const CallOptions& options) override {
    return pages<wire::FunctionVersionPage>(Operation::kListVersionsByFunction, function_label(function),
                                            &wire::FunctionVersionPage::versions, options);
  }

  Result<wire::Alias> create_alias(std::string_view function, const wire::CreateAliasRequest& request,
                                   const CallOptions& options) override {
    return call<wire::Alias>(Operation::kCreateAlias, function_label(function), {}, wire::render(request),
                             options);
  }

  Result<wire::Alias> update_alias(std::string_view function, std::string_view alias,
                                   const wire::UpdateAliasRequest& request,
                                   const CallOptions& options) override {
    return call<wire::Alias>(Operation::kUpdateAlias, alias_labels(function, alias), {},
                             wire::render(request), options);
  }

  Result<std::optional<wire::Alias>> get_alias(std::string_view function, std::string_view alias,
                                               const CallOptions& options) override {
    return if_present(
        call<wire::Alias>(Operation::kGetAlias, alias_labels(function, alias), {}, {}, options));
  }

  Result<std::vector<wire::Alias>> list_aliases(std::string_view function,
                                                const CallOptions& options) override {
    return pages<wire::AliasPage>(Operation::kListAliases, function_label(function),
                                  &wire::AliasPage::aliases, options);
  }

  Result<wire::AccountSettings> account_settings(const CallOptions& options) override {
    return call<wire::AccountSettings>(Operation::kGetAccountSettings, {}, {}, {}, options);
  }

 private:
  static wire::Labels layer_label(std::string_view layer) { return {{"LayerName", std::string(layer)}}; }
  static wire::Labels layer_version_labels(std::string_view layer, std::int64_t version) {
    return {{"LayerName", std::string(layer)}, {"VersionNumber", std::to_string(version)}};
  }
  static wire::Labels function_label(std::string_view function) {
    return {{"FunctionName", std::string(function)}};
  }
  static wire::Labels alias_labels(std::string_view function, std::string_view alias) {
    return {{"FunctionName", std::string(function)}, {"Name", std::string(alias)}};
  }

  /// An empty label would name another resource: ".../functions//code".
  static Result<> check_labels(Operation operation, const wire::Labels& labels) {
    for (const auto& [label, value] : labels) {
      if (value.empty()) {
        return with_certainty(
            Error(ErrorCode::kUsage, fmt::format("{} needs a {}", wire::row(operation).name, label)),
            Certainty::kNotApplied);
      }
    }
    return {};
  }

  template <class Shape>
  Result<Shape> call(Operation operation, const wire::Labels& labels, const wire::QueryPairs& query,
                     std::string body, const CallOptions& options) {
    LAMELLA_TRY(check_labels(operation, labels));
    const wire::OperationRow& row = wire::row(operation);
    const auto once = [&](std::string text) -> Result<Shape> {
      LAMELLA_TRY_ASSIGN(
          const wire::HttpResponse response,
          client_.call(endpoint_, wire::make_request(operation, labels, query, std::move(text)),
                       row.call_class, options));
      return read<Shape>(response, operation);
    };
    auto first = once(std::move(body));
    // An answer cut short on its way: a read may simply be made again.
    const bool unreadable = !first && first.error().facts().contains("unreadable");
    return unreadable && row.call_class == wire::CallClass::kRead ? once({}) : first;
  }

  template <class Page, class Items>
  Result<Items> pages(Operation operation, const wire::Labels& labels, Items Page::*items,
                      const CallOptions& options, const wire::QueryPairs& always = {}) {
    Items all;
    wire::QueryPairs query = always;
    std::string marker;
    for (int page = 0; page < kMostPages; ++page) {
      LAMELLA_TRY_ASSIGN(Page one, (call<Page>(operation, labels, query, {}, options)));
      std::move((one.*items).begin(), (one.*items).end(), std::back_inserter(all));
      if (!one.next_marker || one.next_marker->empty()) return all;
      if (*one.next_marker == marker) break;
      marker = *one.next_marker;
      query = always;
      query.emplace_back("Marker", marker);
    }
    return Error(ErrorCode::kRemote, fmt::format("{} does not end", wire::row(operation).name))
        .because("the service keeps answering the same page marker");
  }

  Client& client_;
  ServiceEndpoint endpoint_;
};

enum class Readiness { kReady, kWaiting, kFailed, kStrange };

Readiness readiness(const wire::FunctionConfiguration& configuration) {
  const std::string state = configuration.state.value_or("Active");
  const std::string update = configuration.last_update_status.value_or("Successful");
  if (state == "Failed" || update == "Failed") return Readiness::kFailed;
  if (state == "Pending" || update == "InProgress") return Readiness::kWaiting;
  const bool known = (state == "Active" || state == "Inactive") && update == "Successful";
  return known ? Readiness::kReady : Readiness::kStrange;
}

Error not_ready(const wire::FunctionConfiguration& configuration, ErrorCode code, std::string what) {
  return Error(code, std::move(what))
      .at(configuration.function_arn)
      .because(fmt::format("state {} {}, last update {} {}", configuration.state.value_or("-"),
                           configuration.state_reason.value_or(""),
                           configuration.last_update_status.value_or("-"),
                           configuration.last_update_status_reason.value_or("")));
}

}  // namespace

std::unique_ptr<LambdaControl> lambda_control(Client& client, ServiceEndpoint endpoint) {
  return std::make_unique<RealLambdaControl>(client, std::move(endpoint));
}

Result<wire::Function> wait_until_updated(LambdaControl& lambda, os::Clock& clock, std::string_view function,
                                          std::string_view qualifier, const CallOptions& options) {
  const auto end = clock.monotonic() + options.deadline;
  // Local updates are done in milliseconds, the service's in a second or more: begin fast, settle at 1 s.
  milliseconds pause{20};
  for (;;) {
    CallOptions slice = options;
    slice.deadline = std::max(milliseconds(1), std::chrono::ceil<milliseconds>(end - clock.monotonic()));
    LAMELLA_TRY_ASSIGN(std::optional<wire::Function> found, lambda.get_function(function, qualifier, slice));
    if (!found) {
      return Error(ErrorCode::kUsage, fmt::format("function {} does not exist", function))
          .with("service-code", "ResourceNotFoundException");
    }
    const wire::FunctionConfiguration& configuration = found->configuration;
    switch (readiness(configuration)) {
      case Readiness::kReady: return *std::move(found);
      case Readiness::kFailed:
        return not_ready(configuration, ErrorCode::kRefused, "the service could not bring the function up");
      case Readiness::kStrange:
        return not_ready(configuration, ErrorCode::kRemote,
                         "the function is in a state unknown to this program");
      case Readiness::kWaiting: break;
    }
    if (clock.monotonic() + pause >= end) {
      return not_ready(configuration, ErrorCode::kRemote, "the function was not ready in time");
    }
    if (!clock.sleep(pause, options.stop)) return Error(ErrorCode::kInterrupted, "interrupted while waiting");
    pause = std::min(pause * 2, milliseconds(1000));
  }
}

}  // namespace lamella::aws
