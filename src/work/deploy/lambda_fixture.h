// SPDX-License-Identifier: Apache-2.0
//
// A Lambda account in memory for this room's tests, with the service's own rules: revision ids that change at
// every transition, updates that take their time and refuse others meanwhile (409), 412 for a stale revision,
// layer numbers never used twice, an unchanged function giving its last version again.  Time is virtual.
//
// One fault can be armed: what happens to the call of that index, counted from arm().
#pragma once

#include <fmt/format.h>

#include <functional>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "aws/invoker.h"
#include "aws/lambda_control.h"
#include "aws/transport.h"
#include "crypto/sha256.h"
#include "deploy/lambda_faults.h"
#include "model/report_line.h"
#include "os/clock.h"
#include "wire/service_error.h"

namespace lamella::deploy {

class SimulatedLambda final : public aws::LambdaControl, public aws::Invoker {
 public:
  explicit SimulatedLambda(os::ManualClock& clock) : clock_(clock) {}

  void arm(Fault fault, int call) {
    fault_ = fault;
    fault_at_ = call;
    calls_ = 0;
    fired = false;
  }
  int calls() const { return calls_; }

  bool fired = false;
  int mutations = 0;
  std::function<void(const std::string& operation, const std::string& subject)> before_mutation;
  std::function<void()> after_call;
  std::chrono::milliseconds list_lag{0};
  bool blind_to_layers = false;      ///< PublishVersion does not see that only layers changed
  std::set<std::string> bad_code;    ///< base64 digests of code whose invocations fail
  std::set<std::string> passed;      ///< "function:version" that answered well
  std::string update_fails;          ///< the next update ends Failed with this reason
  std::string refuse_update;         ///< the next configuration update is refused with this message
  std::int64_t refuse_deletion = 0;  ///< of the layer versions of this number
  std::string extra_answer;          ///< what a function answers beside its status
  std::string cannot_start;          ///< why no function can be started; "" when they can
  int invocations = 0;

  struct Layer {
    wire::LayerVersion version;
    os::MonotonicTime visible;
    bool deleted = false;
  };
  struct Function {
    wire::FunctionConfiguration latest;
    os::MonotonicTime ready;
    std::string fails;
    std::map<int, wire::FunctionConfiguration> versions;
    std::map<std::string, wire::Alias> aliases;
  };
  std::map<std::string, std::vector<Layer>> layers;
  std::map<std::string, Function> functions;

  /// Somebody else publishes version 900 and puts every alias on it.
  void move_aliases() {
    for (auto& [name, function] : functions) {
      if (function.versions.empty()) continue;
      function.versions[900] = function.versions.begin()->second;
      function.versions[900].version = "900";
      passed.insert(name + ":900");
      for (auto& [alias_name, alias] : function.aliases) {
        alias.function_version = "900";
        alias.revision_id = revision();
      }
    }
  }
  void change_latest() {
    for (auto& [name, function] : functions) {
      settle(function);
      function.latest.memory_size = 3008;
      function.latest.revision_id = revision();
    }
  }

  Result<wire::LayerVersion> publish_layer_version(std::string_view layer,
                                                   const wire::PublishLayerVersionRequest& request,
                                                   const aws::CallOptions&) override {
    const std::string name(layer);
    return mutate<wire::LayerVersion>("publish-layer", name, [&]() -> Result<wire::LayerVersion> {
      wire::LayerVersion version;
      version.version = static_cast<std::int64_t>(layers[name].size()) + 1;
      version.layer_version_arn =
          fmt::format("arn:aws:lambda:us-west-2:111122223333:layer:{}:{}", name, version.version);
      version.description = request.description.value_or("");
      version.content = wire::LayerContent{"", crypto::sha256(request.content.zip_file->bytes).base64(), 1};
      layers[name].push_back({version, clock_.monotonic() + list_lag});
      return version;
    });
  }
  Result<std::optional<wire::LayerVersion>> get_layer_version(std::string_view layer, std::int64_t version,
                                                              const aws::CallOptions&) override {
    return read<std::optional<wire::LayerVersion>>([&]() -> Result<std::optional<wire::LayerVersion>> {
      const Layer& found = layers[std::string(layer)].at(static_cast<std::size_t>(version - 1));
      return found.deleted ? std::nullopt : std::optional(found.version);
    });
  }
  Result<> delete_layer_version(std::string_view layer, std::int64_t version,
                                const aws::CallOptions&) override {
    const std::string name(layer);
    return mutate<void>("delete-layer-version", name, [&]() -> Result<> {
      if (refuse_deletion == version) return refuse("ResourceConflictException", "no");
      layers[name].at(static_cast<std::size_t>(version - 1)).deleted = true;
      return {};
    });
  }
  Result<std::vector<wire::LayerVersion>> list_layer_versions(std::string_view layer,
                                                              const aws::CallOptions&) override {
    return read<std::vector<wire::LayerVersion>>([&]() -> Result<std::vector<wire::LayerVersion>> {
      std::vector<wire::LayerVersion> newest_first;
      for (const Layer& one : layers[std::string(layer)]) {
        if (!one.deleted && one.visible <= clock_.monotonic())
          newest_first.insert(newest_first.begin(), one.version);
      }
      return newest_first;
    });
  }

  Result<wire::FunctionConfiguration> create_function(const wire::CreateFunctionRequest& request,
                                                      const aws::CallOptions&) override {
    const std::string name = request.function_name;
    return mutate<wire::FunctionConfiguration>(
        "prepare-function", name, [&]() -> Result<wire::FunctionConfiguration> {
          if (functions.contains(name))
            return refuse("ResourceConflictException", "Function already exist: " + name);
          Function& function = functions[name];
          function.latest.function_name = name;
          function.latest.version = "$LATEST";
          function.latest.state = "Pending";
          function.latest.code_sha256 = crypto::sha256(request.code.zip_file->bytes).base64();
          function.latest.architectures = request.architectures;
          set(function.latest, request.settings);
          begin_update(function);
          return function.latest;
        });
  }
  Result<std::optional<wire::Function>> get_function(std::string_view name, std::string_view qualifier,
                                                     const aws::CallOptions&) override {
    return read<std::optional<wire::Function>>([&]() -> Result<std::optional<wire::Function>> {
      const auto found = functions.find(std::string(name));
      if (found == functions.end()) return std::optional<wire::Function>();
      settle(found->second);
      wire::Function answer;
      if (qualifier.empty())
        answer.configuration = found->second.latest;
      else
        answer.configuration = found->second.versions.at(std::stoi(std::string(qualifier)));
      return std::optional(answer);
    });
  }
  Result<wire::FunctionConfiguration> update_function_code(std::string_view name,
                                                           const wire::UpdateFunctionCodeRequest& request,
                                                           const aws::CallOptions&) override {
    return update(name, request.revision_id, [&](Function& function) {
      function.latest.code_sha256 = crypto::sha256(request.code.zip_file->bytes).base64();
      function.latest.architectures = request.architectures;
    });
  }
  Result<wire::FunctionConfiguration> update_function_configuration(
      std::string_view name, const wire::UpdateFunctionConfigurationRequest& request,
      const aws::CallOptions&) override {
    if (!refuse_update.empty())
      return refuse("InvalidParameterValueException", std::exchange(refuse_update, ""));
    return update(name, request.revision_id,
                  [&](Function& function) { set(function.latest, request.settings); });
  }
  Result<wire::FunctionConfiguration> publish_version(std::string_view name,
                                                      const wire::PublishVersionRequest& request,
                                                      const aws::CallOptions&) override {
    return mutate<wire::FunctionConfiguration>(
        "prepare-function", std::string(name), [&]() -> Result<wire::FunctionConfiguration> {
          Function& function = functions.at(std::string(name));
          settle(function);
          if (function.latest.last_update_status == "InProgress") return in_progress();
          if (request.revision_id != function.latest.revision_id) return stale();
          if (request.code_sha256 != function.latest.code_sha256)
            return refuse("InvalidParameterValueException", "CodeSHA256 is different");
          if (!function.versions.empty() && same(function.versions.rbegin()->second, function.latest))
            return function.versions.rbegin()->second;
          const int number = function.versions.empty() ? 1 : function.versions.rbegin()->first + 1;
          wire::FunctionConfiguration version = function.latest;
          version.version = std::to_string(number);
          version.revision_id = revision();
          function.latest.revision_id = revision();
          return function.versions[number] = version;
        });
  }

  Result<wire::Alias> create_alias(std::string_view name, const wire::CreateAliasRequest& request,
                                   const aws::CallOptions&) override {
    return mutate<wire::Alias>("shift-alias", std::string(name), [&]() -> Result<wire::Alias> {
      Function& function = functions.at(std::string(name));
      if (function.aliases.contains(request.name))
        return refuse("ResourceConflictException", "Alias already exists");
      wire::Alias alias{.name = request.name,
                        .function_version = request.function_version,
                        .description = request.description.value_or(""),
                        .revision_id = revision()};
      return function.aliases[request.name] = alias;
    });
  }
  Result<wire::Alias> update_alias(std::string_view name, std::string_view alias_name,
                                   const wire::UpdateAliasRequest& request,
                                   const aws::CallOptions&) override {
    return mutate<wire::Alias>("shift-alias", std::string(name), [&]() -> Result<wire::Alias> {
      wire::Alias& alias = functions.at(std::string(name)).aliases.at(std::string(alias_name));
      if (request.revision_id && request.revision_id != alias.revision_id) return stale();
      if (request.function_version) alias.function_version = *request.function_version;
      if (request.description) alias.description = *request.description;
      if (request.routing_config) alias.routing_config = request.routing_config;
      if (alias.routing_config && alias.routing_config->additional_version_weights->empty())
        alias.routing_config.reset();
      alias.revision_id = revision();
      return alias;
    });
  }
  Result<std::optional<wire::Alias>> get_alias(std::string_view name, std::string_view alias,
                                               const aws::CallOptions&) override {
    return read<std::optional<wire::Alias>>([&]() -> Result<std::optional<wire::Alias>> {
      const auto& aliases = functions.at(std::string(name)).aliases;
      const auto found = aliases.find(std::string(alias));
      return found == aliases.end() ? std::nullopt : std::optional(found->second);
    });
  }

  Result<wire::InvokeOutcome> invoke(const wire::InvokeRequest& request, const aws::CallOptions&) override {
    return read<wire::InvokeOutcome>([&]() -> Result<wire::InvokeOutcome> {
      ++invocations;
      if (!cannot_start.empty()) return refuse("InvalidRuntimeException", cannot_start);
      const auto& version = functions.at(request.function).versions.at(std::stoi(request.qualifier));
      wire::InvokeOutcome outcome;
      outcome.executed_version = version.version;
      outcome.log_tail = model::render_report_line({.request_id = "r",
                                                    .duration_ms = 2,
                                                    .billed_duration_ms = 2,
                                                    .memory_size_mb = 128,
                                                    .max_memory_used_mb = 40});
      if (bad_code.contains(version.code_sha256)) {
        outcome.function_error = "Unhandled";
        outcome.payload = R"({"errorType":"ValueError","errorMessage":")" + extra_answer + R"("})";
      } else {
        outcome.payload = R"({"statusCode":200,"said":")" + extra_answer + R"("})";
        passed.insert(request.function + ":" + version.version);
      }
      return outcome;
    });
  }

  Result<std::optional<wire::LayerVersion>> get_layer_version_by_arn(std::string_view,
                                                                     const aws::CallOptions&) override {
    return unused();
  }
  Result<std::vector<wire::Layer>> list_layers(const aws::CallOptions&) override { return unused(); }
  Result<std::vector<wire::FunctionConfiguration>> list_functions(const aws::CallOptions&) override {
    return unused();
  }
  Result<std::vector<wire::FunctionConfiguration>> list_versions(std::string_view,
                                                                 const aws::CallOptions&) override {
    return unused();
  }
  Result<std::vector<wire::FunctionConfiguration>> list_every_version(const aws::CallOptions&) override {
    return read<std::vector<wire::FunctionConfiguration>>(
        [&]() -> Result<std::vector<wire::FunctionConfiguration>> {
          std::vector<wire::FunctionConfiguration> every;
          for (const auto& [name, function] : functions) {
            every.push_back(function.latest);
            for (const auto& [number, version] : function.versions) every.push_back(version);
          }
          return every;
        });
  }
  Result<std::vector<wire::Alias>> list_aliases(std::string_view name, const aws::CallOptions&) override {
    return read<std::vector<wire::Alias>>([&]() -> Result<std::vector<wire::Alias>> {
      std::vector<wire::Alias> all;
      for (const auto& [alias_name, alias] : functions.at(std::string(name)).aliases) all.push_back(alias);
      return all;
    });
  }
  Result<wire::AccountSettings> account_settings(const aws::CallOptions&) override { return unused(); }

 private:
  static Error unused() { return Error(ErrorCode::kInternal, "this call is not simulated"); }
  static Error refuse(std::string_view code, std::string message) {
    return aws::with_certainty(wire::refuse(code, std::move(message)), aws::Certainty::kNotApplied);
  }
  static Error in_progress() {
    return refuse("ResourceConflictException", "An update is in progress for resource");
  }
  static Error stale() {
    return refuse("PreconditionFailedException", "The Revision Id provided does not match");
  }
  static Error remote(std::string what, aws::Certainty certainty) {
    return aws::with_certainty(Error(ErrorCode::kRemote, std::move(what)), certainty);
  }
  std::string revision() { return fmt::format("rev-{}", ++revisions_); }

  void settle(Function& function) {
    if (function.latest.last_update_status != "InProgress" || clock_.monotonic() < function.ready) return;
    const bool failed = !function.fails.empty();
    function.latest.last_update_status = failed ? "Failed" : "Successful";
    function.latest.last_update_status_reason = std::exchange(function.fails, "");
    function.latest.state = "Active";
    function.latest.revision_id = revision();
  }
  void begin_update(Function& function) {
    function.latest.last_update_status = "InProgress";
    function.latest.revision_id = revision();
    function.ready = clock_.monotonic() + std::chrono::milliseconds(50);
    function.fails = std::exchange(update_fails, "");
  }
  static void set(wire::FunctionConfiguration& to, const wire::FunctionSettings& from) {
    if (from.runtime) to.runtime = from.runtime;
    if (from.role) to.role = *from.role;
    if (from.handler) to.handler = from.handler;
    if (from.description) to.description = *from.description;
    if (from.timeout) to.timeout = *from.timeout;
    if (from.memory_size) to.memory_size = *from.memory_size;
    if (from.environment) to.environment = from.environment;
    if (!from.layers) return;
    to.layers.emplace();
    for (const std::string& arn : *from.layers) to.layers->push_back({arn, 1});
  }
  bool same(const wire::FunctionConfiguration& version, const wire::FunctionConfiguration& latest) const {
    return version.code_sha256 == latest.code_sha256 && version.architectures == latest.architectures &&
           version.description == latest.description && version.handler == latest.handler &&
           version.memory_size == latest.memory_size && version.timeout == latest.timeout &&
           version.role == latest.role && version.environment == latest.environment &&
           (blind_to_layers || version.layers == latest.layers);
  }
  Result<wire::FunctionConfiguration> update(std::string_view name,
                                             const std::optional<std::string>& expected,
                                             const std::function<void(Function&)>& change) {
    return mutate<wire::FunctionConfiguration>("prepare-function", std::string(name),
                                               [&]() -> Result<wire::FunctionConfiguration> {
                                                 Function& function = functions.at(std::string(name));
                                                 settle(function);
                                                 if (function.latest.last_update_status == "InProgress")
                                                   return in_progress();
                                                 if (expected && expected != function.latest.revision_id)
                                                   return stale();
                                                 change(function);
                                                 begin_update(function);
                                                 return function.latest;
                                               });
  }

  template <class T>
  Result<T> mutate(const std::string& operation, const std::string& subject,
                   const std::function<Result<T>()>& work) {
    ++mutations;
    if (before_mutation) before_mutation(operation, subject);
    return read<T>(work);
  }
  /// Every call goes through here.
  template <class T>
  Result<T> read(const std::function<Result<T>()>& work) {
    const Fault fault = calls_++ == fault_at_ ? fault_ : Fault::kNone;
    fired = fired || fault != Fault::kNone;
    switch (fault) {
      case Fault::kNeverSent: return remote("connection refused", aws::Certainty::kNotApplied);
      case Fault::kThrottled: return refuse("TooManyRequestsException", "Rate exceeded");
      case Fault::kKilledBefore: throw Killed();
      case Fault::kForeignAlias: move_aliases(); break;
      case Fault::kForeignLatest: change_latest(); break;
      default: break;
    }
    Result<T> answer = work();
    if (after_call) after_call();
    switch (fault) {
      case Fault::kKilledAfter: throw Killed();
      case Fault::kAnswerLost: return remote("connection reset", aws::Certainty::kUnknown);
      case Fault::kServerErrorApplied:
        return aws::with_certainty(wire::refuse("ServiceException", "oops"), aws::Certainty::kUnknown);
      default: return answer;
    }
  }

  os::ManualClock& clock_;
  Fault fault_ = Fault::kNone;
  int fault_at_ = -1;
  int calls_ = 0;
  int revisions_ = 0;
};

}  // namespace lamella::deploy
