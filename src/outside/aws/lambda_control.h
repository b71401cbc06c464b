// SPDX-License-Identifier: Apache-2.0
//
// Lambda's control plane, typed.  Abstract so that deploys are tested without a network.
//
// Functions are named by name or ARN, qualifiers apart ("" is none).  Lists follow their markers to the end.
// Absence is a value for the reads that say so; everything else is an Error as client.h describes it.
// PublishLayerVersion and PublishVersion after an unknown outcome are not repeated: look with
// list_layer_versions or list_versions, then decide.
//
// Threads: every method from any thread.
//
//   LAMELLA_TRY_ASSIGN(auto layer, lambda.publish_layer_version("core", {.content = {.zip_file =
//   wire::Blob{zip}}})); LAMELLA_TRY_ASSIGN(auto updated, wait_until_updated(lambda, clock, "predictions",
//   options));
#pragma once

#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "aws/client.h"
#include "base/result.h"
#include "wire/lambda_shapes.h"

namespace lamella::aws {

class LambdaControl {
 public:
  virtual ~LambdaControl() = default;

  virtual Result<wire::LayerVersion> publish_layer_version(std::string_view layer,
                                                           const wire::PublishLayerVersionRequest& request,
                                                           const CallOptions& options) = 0;
  virtual Result<std::optional<wire::LayerVersion>> get_layer_version(std::string_view layer,
                                                                      std::int64_t version,
                                                                      const CallOptions& options) = 0;
  virtual Result<std::optional<wire::LayerVersion>> get_layer_version_by_arn(std::string_view arn,
                                                                             const CallOptions& options) = 0;
  virtual Result<std::vector<wire::Layer>> list_layers(const CallOptions& options) = 0;
  /// Newest first; empty for an unknown layer.
  virtual Result<std::vector<wire::LayerVersion>> list_layer_versions(std::string_view layer,
                                                                      const CallOptions& options) = 0;
  /// One that is not there is success.
  virtual Result<> delete_layer_version(std::string_view layer, std::int64_t version,
                                        const CallOptions& options) = 0;

  virtual Result<wire::FunctionConfiguration> create_function(const wire::CreateFunctionRequest& request,
                                                              const CallOptions& options) = 0;
  virtual Result<std::optional<wire::Function>> get_function(std::string_view function,
                                                             std::string_view qualifier,
                                                             const CallOptions& options) = 0;
  virtual Result<wire::FunctionConfiguration> update_function_code(
      std::string_view function, const wire::UpdateFunctionCodeRequest& request,
      const CallOptions& options) = 0;
  virtual Result<wire::FunctionConfiguration> update_function_configuration(
      std::string_view function, const wire::UpdateFunctionConfigurationRequest& request,
      const CallOptions& options) = 0;
  virtual Result<std::vector<wire::FunctionConfiguration>> list_functions(const CallOptions& options) = 0;
  /// Every published version of every function of the account in the region, and each one's $LATEST.
  virtual Result<std::vector<wire::FunctionConfiguration>> list_every_version(const CallOptions& options) = 0;
  virtual Result<wire::FunctionConfiguration> publish_version(std::string_view function,
                                                              const wire::PublishVersionRequest& request,
                                                              const CallOptions& options) = 0;
  /// "$LATEST" first, then ascending.
  virtual Result<std::vector<wire::FunctionConfiguration>> list_versions(std::string_view function,
                                                                         const CallOptions& options) = 0;

  virtual Result<wire::Alias> create_alias(std::string_view function, const wire::CreateAliasRequest& request,
                                           const CallOptions& options) = 0;
  virtual Result<wire::Alias> update_alias(std::string_view function, std::string_view alias,
                                           const wire::UpdateAliasRequest& request,
                                           const CallOptions& options) = 0;
  virtual Result<std::optional<wire::Alias>> get_alias(std::string_view function, std::string_view alias,
                                                       const CallOptions& options) = 0;
  virtual Result<std::vector<wire::Alias>> list_aliases(std::string_view function,
                                                        const CallOptions& options) = 0;

  virtual Result<wire::AccountSettings> account_settings(const CallOptions& options) = 0;
};

/// The real one.  `client` must outlive it.
std::unique_ptr<LambdaControl> lambda_control(Client& client, ServiceEndpoint endpoint);

/// Polls GetFunction, quickly at first and then once a second, until the function (or version) is
/// neither Pending nor InProgress.  Errors: refused (Failed, with the service's reason), remote (a state
/// this code does not know, or the deadline), usage (no such function), interrupted.
Result<wire::Function> wait_until_updated(LambdaControl& lambda, os::Clock& clock, std::string_view function,
                                          std::string_view qualifier, const CallOptions& options);

}  // namespace lamella::aws
