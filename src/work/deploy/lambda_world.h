// SPDX-License-Identifier: Apache-2.0
//
// The World of a Lambda account: the real service, or the embedded endpoint, through the same client.
#pragma once

#include <filesystem>
#include <functional>

#include "aws/invoker.h"
#include "aws/lambda_control.h"
#include "base/event.h"
#include "deploy/world.h"
#include "os/clock.h"

namespace lamella::deploy {

class LambdaWorld final : public World {
 public:
  /// `workspace` is the folder that event files are relative to.  The references outlive it.
  LambdaWorld(aws::LambdaControl& lambda, aws::Invoker& invoker, os::Clock& clock,
              std::filesystem::path workspace, EventSink& events)
      : lambda_(lambda),
        invoker_(invoker),
        clock_(clock),
        workspace_(std::move(workspace)),
        events_(events) {}

  Result<engine::Actual> read(const engine::Wanted& wanted, std::stop_token stop) override;
  Result<engine::LayerVersion> publish_layer(const engine::WantedLayer& layer, std::stop_token stop) override;
  Result<std::string> prepare_function(const engine::WantedFunction& function,
                                       const std::vector<std::string>& layer_arns,
                                       std::stop_token stop) override;
  Result<Checked> check_version(const engine::WantedFunction& function, const std::string& version,
                                std::stop_token stop) override;
  Result<> shift_alias(const engine::WantedFunction& function, const std::string& version,
                       const std::optional<engine::AliasRecord>& before, std::stop_token stop) override;
  Result<> restore_alias(const engine::WantedFunction& function, const std::string& version,
                         const std::optional<engine::AliasRecord>& before, std::stop_token stop) override;

 private:
  struct Intent;
  Result<std::optional<engine::LayerVersion>> find_layer(const engine::WantedLayer& layer,
                                                         const aws::CallOptions& options);
  Result<engine::ActualFunction> read_function(const engine::WantedFunction& function,
                                               const aws::CallOptions& options);
  Result<std::optional<engine::AliasRecord>> read_alias(const engine::WantedFunction& function,
                                                        const aws::CallOptions& options);
  Result<> create(Intent& intent, const aws::CallOptions& options);
  Result<wire::FunctionConfiguration> settle(const Intent& intent, const aws::CallOptions& options);
  Result<std::optional<wire::FunctionConfiguration>> converge(Intent& intent,
                                                              const aws::CallOptions& options);
  Result<std::string> publish(Intent& intent, const wire::FunctionConfiguration& latest,
                              const aws::CallOptions& options);
  /// nullopt: no answer within `limit`.
  Result<std::optional<wire::InvokeOutcome>> invoke(const engine::WantedFunction& function,
                                                    const std::string& version, const document::Value& event,
                                                    std::chrono::milliseconds limit, std::stop_token stop);
  /// Repeats `work` while it fails in ways that may pass, up to a deadline and at least six times.
  Result<> persist(const std::function<Result<bool>()>& work, std::stop_token stop);

  aws::LambdaControl& lambda_;
  aws::Invoker& invoker_;
  os::Clock& clock_;
  std::filesystem::path workspace_;
  EventSink& events_;
};

}  // namespace lamella::deploy
