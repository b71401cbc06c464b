// SPDX-License-Identifier: Apache-2.0
#include "aws/endpoint.h"

#include <fmt/format.h>

#include <algorithm>

#include "wire/lambda_operations.h"

namespace lamella::aws {
namespace {

struct ServiceNames {
  std::string_view variable;  ///< behind AWS_ENDPOINT_URL_
  std::string_view config;    ///< in a services section
  std::string_view host;      ///< first label of the default host, and signing name
};

ServiceNames names_of(Service service) {
  switch (service) {
    case Service::kLambda: return {"LAMBDA", "lambda", "lambda"};
    case Service::kSts: return {"STS", "sts", "sts"};
    case Service::kLogs: return {"CLOUDWATCH_LOGS", "cloudwatch_logs", "logs"};
  }
  return {};
}

std::string_view suffix_of(std::string_view region) {
  const std::string_view partition = wire::partition_of(region);
  if (partition == "aws-cn") return "amazonaws.com.cn";
  if (partition == "aws-eusc") return "amazonaws.eu";
  if (partition == "aws-iso") return "c2s.ic.gov";
  if (partition == "aws-iso-b") return "sc2s.sgov.gov";
  return "amazonaws.com";
}

Result<std::string> checked_origin(std::string url, std::string_view source) {
  while (url.ends_with('/')) url.pop_back();
  const auto scheme = url.find("://");
  const bool known = url.starts_with("https://") || url.starts_with("http://");
  const std::string host = known ? url.substr(scheme + 3) : "";
  const bool plain = std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
           c == '-' || c == ':' || c == '[' || c == ']' || c == '_';
  });
  if (!known || host.empty() || !plain) {
    return Error(ErrorCode::kUsage, fmt::format("{} is not an endpoint URL", source))
        .because("expected http://HOST[:PORT] or https://HOST[:PORT]")
        .at(base::escaped(url));
  }
  return url;
}

struct Configured {
  std::string url;
  std::string source;
};

Result<std::optional<Configured>> configured_url(const ServiceNames& names, const Settings& settings) {
  const std::string own = fmt::format("AWS_ENDPOINT_URL_{}", names.variable);
  if (const auto url = settings.variable(own)) return Configured{*url, own};
  if (const auto url = settings.variable("AWS_ENDPOINT_URL")) return Configured{*url, "AWS_ENDPOINT_URL"};
  if (const auto services = settings.config_value("services")) {
    const auto section = settings.config.find("services " + *services);
    if (section == settings.config.end()) {
      return Error(ErrorCode::kUsage,
                   fmt::format("profile {} names services {}, which the config file does not have",
                               settings.profile, *services));
    }
    const auto url = section->second.find(fmt::format("{}.endpoint_url", names.config));
    if (url != section->second.end()) return Configured{url->second, "services " + *services};
  }
  if (const auto url = settings.config_value("endpoint_url")) {
    return Configured{*url, fmt::format("endpoint_url of profile {}", settings.profile)};
  }
  return std::optional<Configured>();
}

}  // namespace

Result<ServiceEndpoint> resolve_endpoint(Service service, std::string_view region,
                                         std::string_view explicit_url, const Settings& settings) {
  if (region.empty()) return Error(ErrorCode::kUsage, "no region to call a service in");
  const ServiceNames names = names_of(service);
  ServiceEndpoint endpoint{{}, {std::string(region), std::string(names.host)}};
  if (!explicit_url.empty()) {
    LAMELLA_TRY_ASSIGN(endpoint.origin, checked_origin(std::string(explicit_url), "the given endpoint"));
    return endpoint;
  }
  if (settings.variable("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS") != "true") {
    LAMELLA_TRY_ASSIGN(const auto configured, configured_url(names, settings));
    if (configured) {
      LAMELLA_TRY_ASSIGN(endpoint.origin, checked_origin(configured->url, configured->source));
      return endpoint;
    }
  }
  endpoint.origin = fmt::format("https://{}.{}.{}", names.host, region, suffix_of(region));
  LAMELLA_TRY_ASSIGN(endpoint.origin, checked_origin(endpoint.origin, fmt::format("region {}", region)));
  return endpoint;
}

Result<std::string> resolve_region(std::string_view explicit_region, const Settings& settings) {
  if (!explicit_region.empty()) return std::string(explicit_region);
  for (const std::string_view name : {"AWS_REGION", "AWS_DEFAULT_REGION"}) {
    if (auto region = settings.variable(name)) return *std::move(region);
  }
  if (auto region = settings.config_value("region")) return *std::move(region);
  return Error(ErrorCode::kUsage, "no region is set")
      .because(
          fmt::format("neither AWS_REGION, AWS_DEFAULT_REGION nor profile {} names one", settings.profile))
      .remedy("write `regions` into the environment in lamella.toml, or set AWS_REGION");
}

}  // namespace lamella::aws
