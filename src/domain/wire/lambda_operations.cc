// SPDX-License-Identifier: Apache-2.0
#include "wire/lambda_operations.h"

#include <algorithm>
#include <vector>

#include "base/percent.h"
#include "base/split.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::wire {
namespace {

#define LAMELLA_L "/2018-10-31/layers"
#define LAMELLA_F "/2015-03-31/functions"

using enum Operation;
using enum CallClass;

// A row with a fixed query member stands before the row of the same path without one.
// clang-format off
constexpr std::array kOperations = {
    OperationRow{kPublishLayerVersion, "PublishLayerVersion", "POST", LAMELLA_L "/{LayerName}/versions", 201,
                 kCreate, {}},
    OperationRow{kGetLayerVersion, "GetLayerVersion", "GET",
                 LAMELLA_L "/{LayerName}/versions/{VersionNumber}", 200, kRead, {}},
    OperationRow{kGetLayerVersionByArn, "GetLayerVersionByArn", "GET", LAMELLA_L, 200, kRead,
                 {"find=LayerVersion", "Arn"}},
    OperationRow{kListLayers, "ListLayers", "GET", LAMELLA_L, 200, kRead,
                 {"CompatibleRuntime", "CompatibleArchitecture", "Marker", "MaxItems"}},
    OperationRow{kListLayerVersions, "ListLayerVersions", "GET", LAMELLA_L "/{LayerName}/versions", 200,
                 kRead, {"CompatibleRuntime", "CompatibleArchitecture", "Marker", "MaxItems"}},
    OperationRow{kDeleteLayerVersion, "DeleteLayerVersion", "DELETE",
                 LAMELLA_L "/{LayerName}/versions/{VersionNumber}", 204, kDelete, {}},
    OperationRow{kCreateFunction, "CreateFunction", "POST", LAMELLA_F, 201, kCreate, {}},
    OperationRow{kGetFunction, "GetFunction", "GET", LAMELLA_F "/{FunctionName}", 200, kRead,
                 {"Qualifier"}},
    OperationRow{kGetFunctionConfiguration, "GetFunctionConfiguration", "GET",
                 LAMELLA_F "/{FunctionName}/configuration", 200, kRead, {"Qualifier"}},
    OperationRow{kUpdateFunctionCode, "UpdateFunctionCode", "PUT", LAMELLA_F "/{FunctionName}/code", 200,
                 kCompareAndSet, {}},
    OperationRow{kUpdateFunctionConfiguration, "UpdateFunctionConfiguration", "PUT",
                 LAMELLA_F "/{FunctionName}/configuration", 200, kCompareAndSet, {}},
    OperationRow{kPublishVersion, "PublishVersion", "POST", LAMELLA_F "/{FunctionName}/versions", 201,
                 kCreate, {}},
    OperationRow{kListVersionsByFunction, "ListVersionsByFunction", "GET",
                 LAMELLA_F "/{FunctionName}/versions", 200, kRead, {"Marker", "MaxItems"}},
    OperationRow{kListFunctions, "ListFunctions", "GET", LAMELLA_F, 200, kRead,
                 {"FunctionVersion", "Marker", "MaxItems", "MasterRegion"}},
    OperationRow{kDeleteFunction, "DeleteFunction", "DELETE", LAMELLA_F "/{FunctionName}", 204, kDelete,
                 {"Qualifier"}},
    OperationRow{kCreateAlias, "CreateAlias", "POST", LAMELLA_F "/{FunctionName}/aliases", 201, kCreate,
                 {}},
    OperationRow{kUpdateAlias, "UpdateAlias", "PUT", LAMELLA_F "/{FunctionName}/aliases/{Name}", 200,
                 kCompareAndSet, {}},
    OperationRow{kGetAlias, "GetAlias", "GET", LAMELLA_F "/{FunctionName}/aliases/{Name}", 200, kRead,
                 {}},
    OperationRow{kListAliases, "ListAliases", "GET", LAMELLA_F "/{FunctionName}/aliases", 200, kRead,
                 {"FunctionVersion", "Marker", "MaxItems"}},
    OperationRow{kDeleteAlias, "DeleteAlias", "DELETE", LAMELLA_F "/{FunctionName}/aliases/{Name}", 204,
                 kDelete, {}},
    OperationRow{kInvoke, "Invoke", "POST", LAMELLA_F "/{FunctionName}/invocations", 200,
                 kRun, {"Qualifier"}},
    OperationRow{kGetAccountSettings, "GetAccountSettings", "GET", "/2016-08-19/account-settings", 200, kRead,
                 {}},
    OperationRow{kListTags, "ListTags", "GET", "/2017-03-31/tags/{Resource}", 200, kRead, {}},
    OperationRow{kGetFunctionCodeSigningConfig, "GetFunctionCodeSigningConfig", "GET",
                 "/2020-06-30/functions/{FunctionName}/code-signing-config", 200, kRead, {}},
    OperationRow{kGetFunctionRecursionConfig, "GetFunctionRecursionConfig", "GET",
                 "/2024-08-31/functions/{FunctionName}/recursion-config", 200, kRead, {}},
    OperationRow{kGetRuntimeManagementConfig, "GetRuntimeManagementConfig", "GET",
                 "/2021-07-20/functions/{FunctionName}/runtime-management-config", 200, kRead, {"Qualifier"}},
    OperationRow{kGetFunctionUrlConfig, "GetFunctionUrlConfig", "GET",
                 "/2021-10-31/functions/{FunctionName}/url", 200, kRead, {"Qualifier"}},
    OperationRow{kGetFunctionEventInvokeConfig, "GetFunctionEventInvokeConfig", "GET",
                 "/2019-09-25/functions/{FunctionName}/event-invoke-config", 200, kRead, {"Qualifier"}},
    OperationRow{kGetFunctionConcurrency, "GetFunctionConcurrency", "GET",
                 "/2019-09-30/functions/{FunctionName}/concurrency", 200, kRead, {}},
    OperationRow{kListProvisionedConcurrencyConfigs, "ListProvisionedConcurrencyConfigs", "GET",
                 "/2019-09-30/functions/{FunctionName}/provisioned-concurrency", 200, kRead,
                 {"List=ALL", "Marker", "MaxItems"}},
};
// clang-format on

#undef LAMELLA_L
#undef LAMELLA_F

bool is_label(std::string_view segment) { return segment.starts_with('{'); }
std::string_view label_name(std::string_view segment) { return segment.substr(1, segment.size() - 2); }

std::optional<Labels> match_path(std::string_view path_template, std::span<const std::string_view> segments) {
  const auto wanted = base::split(path_template, '/');
  if (wanted.size() != segments.size()) return std::nullopt;
  Labels labels;
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    if (!is_label(wanted[i])) {
      if (wanted[i] != segments[i]) return std::nullopt;
      continue;
    }
    auto value = base::percent_decode(segments[i]);
    if (!value || value->empty()) return std::nullopt;
    labels.emplace(label_name(wanted[i]), *std::move(value));
  }
  return labels;
}

bool is_fixed(std::string_view member) { return member.find('=') != std::string_view::npos; }

bool fixed_members_present(const OperationRow& row, const QueryPairs& query) {
  return std::all_of(row.query.begin(), row.query.end(), [&](std::string_view member) {
    if (!is_fixed(member)) return true;
    const auto equals = member.find('=');
    const std::pair<std::string, std::string> pair(member.substr(0, equals), member.substr(equals + 1));
    return std::find(query.begin(), query.end(), pair) != query.end();
  });
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

std::span<const OperationRow> operations() { return kOperations; }

const OperationRow& row(Operation operation) {
  return *std::find_if(kOperations.begin(), kOperations.end(),
                       [&](const OperationRow& candidate) { return candidate.operation == operation; });
}

std::optional<std::string> Route::member(std::string_view name) const {
  for (const auto& [key, value] : query) {
    if (key == name) return value;
  }
  return std::nullopt;
}

std::optional<Route> find_route(std::string_view method, std::string_view path, std::string_view query) {
  if (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto segments = base::split(path, '/');
  auto pairs = parse_query(query);
  if (!pairs) return std::nullopt;
  for (const OperationRow& candidate : kOperations) {
    if (candidate.method != method || !fixed_members_present(candidate, *pairs)) continue;
    if (auto labels = match_path(candidate.path, segments)) {
      return Route{&candidate, *std::move(labels), *std::move(pairs)};
    }
  }
  return std::nullopt;
}

HttpRequest make_request(Operation operation, const Labels& labels, const QueryPairs& query,
                         std::string body) {
  const OperationRow& wanted = row(operation);
  HttpRequest request;
  request.method = wanted.method;
  request.path.clear();
  for (const std::string_view segment : base::split(wanted.path.substr(1), '/')) {
    request.path += '/';
    if (is_label(segment)) {
      request.path += base::percent_encode(labels.find(label_name(segment))->second);
    } else {
      request.path += segment;
    }
  }
  for (const std::string_view member : wanted.query) {
    if (is_fixed(member)) request.query = member;
  }
  const std::string rest = render_query(query);
  if (!request.query.empty() && !rest.empty()) request.query += '&';
  request.query += rest;
  request.body = std::move(body);
  return request;
}

Result<FunctionReference> parse_function_reference(std::string_view text, std::string_view qualifier) {
  const auto invalid = [&] {
    return validation_error(
        text, "functionName",
        "Member must satisfy regular expression pattern: "
        "(arn:(aws[a-zA-Z-]*)?:lambda:)?([a-z]{2}((-gov)|(-iso([a-z]?)))?-[a-z]+-\\d{1}:)?"
        "(\\d{12}:)?(function:)?([a-zA-Z0-9-_\\.]+)(:(\\$LATEST|[a-zA-Z0-9-_]+))?");
  };
  auto parts = base::split(text, ':');
  FunctionReference reference;
  std::size_t at = 0;
  if (parts[0] == "arn") {
    if (parts.size() < 7 || !parts[1].starts_with("aws") || parts[2] != "lambda" || parts[3].empty() ||
        !all_digits(parts[4]) || parts[5] != "function") {
      return invalid();
    }
    reference.region = parts[3];
    reference.account = parts[4];
    at = 6;
  } else if (parts.size() >= 3 && parts[1] == "function") {
    if (!all_digits(parts[0]) || parts[0].size() != 12) return invalid();
    reference.account = parts[0];
    at = 2;
  } else if (parts.size() >= 2 && parts[0] == "function") {
    at = 1;
  }
  if (parts.size() > at + 2 || parts[at].empty()) return invalid();
  reference.name = parts[at];
  if (parts.size() == at + 2) {
    if (parts[at + 1].empty()) return invalid();
    reference.qualifier = parts[at + 1];
  }
  const bool plain = std::all_of(reference.name.begin(), reference.name.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
  if (!plain) return invalid();
  if (!qualifier.empty()) {
    if (!reference.qualifier.empty() && reference.qualifier != qualifier) {
      return invalid_parameter(qualifiers_differ());
    }
    reference.qualifier = qualifier;
  }
  return reference;
}

std::optional<LayerReference> parse_layer_reference(std::string_view text) {
  const auto name_ok = [](std::string_view name) {
    return !name.empty() && name.size() <= 140 && std::all_of(name.begin(), name.end(), [](char c) {
      return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
             c == '_';
    });
  };
  const auto parts = base::split(text, ':');
  if (parts.size() == 1) {
    if (!name_ok(text)) return std::nullopt;
    return LayerReference{std::string(text), {}, {}, std::nullopt};
  }
  if (parts.size() < 7 || parts.size() > 8 || parts[0] != "arn" || !parts[1].starts_with("aws") ||
      parts[2] != "lambda" || parts[3].empty() || parts[4].size() != 12 || !all_digits(parts[4]) ||
      parts[5] != "layer" || !name_ok(parts[6])) {
    return std::nullopt;
  }
  LayerReference reference{std::string(parts[6]), std::string(parts[4]), std::string(parts[3]), std::nullopt};
  if (parts.size() == 8) {
    if (!all_digits(parts[7]) || parts[7].size() > 18) return std::nullopt;
    std::int64_t version = 0;
    for (const char c : parts[7]) version = version * 10 + (c - '0');
    reference.version = version;
  }
  return reference;
}

std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  if (region.starts_with("us-gov-")) return "aws-us-gov";
  if (region.starts_with("us-isob-")) return "aws-iso-b";
  if (region.starts_with("us-iso-")) return "aws-iso";
  if (region.starts_with("eusc-")) return "aws-eusc";
  return "aws";
}

}  // namespace lamella::wire
