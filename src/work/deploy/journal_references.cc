// SPDX-License-Identifier: Apache-2.0
#include "deploy/journal_references.h"

#include <fmt/format.h>

#include <charconv>
#include <set>
#include <tuple>

#include "model/arn.h"

namespace lamella::deploy {
namespace {

using document::Value;
using engine::Reference;
using ledger::Deployment;

/// "core" of "core@py311-x86_64", which a deployment calls a layer whose targets differ in content.
std::string layer_of(const std::string& key) { return key.substr(0, key.find('@')); }

class Reader {
 public:
  explicit Reader(const std::vector<Deployment>& deployments) : deployments_(deployments) {
    for (std::size_t i = 0; i < deployments.size(); ++i) {
      note_versions(deployments[i]);
      if (deployments[i].outcome == "promoted") promoted_[deployments[i].environment] = i;
    }
  }

  std::vector<Reference> run() {
    for (std::size_t i = 0; i < deployments_.size(); ++i) {
      const Deployment& one = deployments_[i];
      const auto promoted = promoted_.find(one.environment);
      const bool overtaken = promoted != promoted_.end() && promoted->second > i;
      if (!one.finished() || (one.outcome == "incomplete" && !overtaken)) add_open(one);
      if (promoted != promoted_.end() && promoted->second == i) add_current(one);
    }
    add_rollback_targets();
    return std::move(references_);
  }

 private:
  using Version = std::tuple<std::string, std::string, std::string>;  ///< environment, function, number

  void note_versions(const Deployment& deployment) {
    std::map<std::string, std::vector<std::string>> layers;
    for (const Value& intent : deployment.intents) {
      if (intent.text("step") == "prepare-function") layers[intent.text("subject")] = intent.texts("layers");
    }
    for (const Value& result : deployment.results) {
      if (result.text("step") != "prepare-function" || result.text("version").empty()) continue;
      const std::string function = result.text("subject");
      versions_[{deployment.environment, function, result.text("version")}] = layers[function];
    }
  }

  void add_arns(const std::vector<std::string>& arns, const Reason& reason) {
    for (const std::string& arn : arns) {
      if (!arn.empty()) references_.push_back({.reason = reason, .arn = arn});
    }
  }

  /// The layers of the versions that an alias record sends calls to.
  void add_record(const Deployment& deployment, const std::string& function, const Value& record,
                  const Reason* reason) {
    std::set<std::string> versions{record.text("version")};
    for (const auto& weight : record.members("weights")) versions.insert(weight.key);
    for (const std::string& version : versions) {
      const auto found = versions_.find({deployment.environment, function, version});
      if (found == versions_.end()) continue;
      const Reason rollback{
          "rollback-target", function, "", version,
          fmt::format("a roll-back of function {} in {} goes back to version {}, which uses it", function,
                      deployment.environment, version)};
      add_arns(found->second, reason == nullptr ? rollback : *reason);
    }
  }

  void add_open(const Deployment& deployment) {
    const Reason reason{"in-flight", deployment.id, "", "",
                        fmt::format("deployment {} did not end, and refers to it", deployment.id)};
    for (const Value& change : deployment.plan.items("changes")) {
      if (change.text("kind") != "layer") continue;
      const std::string from = change.text("from");
      std::int64_t version = 0;
      std::from_chars(from.data(), from.data() + from.size(), version);
      references_.push_back({.reason = reason, .layer = layer_of(change.text("name")), .version = version});
    }
    for (const Value& intent : deployment.intents) {
      const std::string subject = intent.text("subject");
      add_arns(intent.texts("layers"), reason);
      if (const auto content = Digest::from_hex(intent.text("sha256")))
        references_.push_back({.reason = reason, .layer = layer_of(subject), .content = content});
      if (const Value* before = intent.find("before")) add_record(deployment, subject, *before, &reason);
    }
    for (const Value& result : deployment.results) add_arns({result.text("arn")}, reason);
  }

  void add_current(const Deployment& deployment) {
    const Reason reason{"current", deployment.id, "", "",
                        fmt::format("deployment {} to {}, the last that succeeded, left it in place",
                                    deployment.id, deployment.environment)};
    for (const Value& layer : deployment.report.items("layers")) add_arns({layer.text("arn")}, reason);
  }

  void add_rollback_targets() {
    std::set<std::tuple<std::string, std::string, bool>>
        seen;  // environment, function, of one that succeeded
    for (auto one = deployments_.rbegin(); one != deployments_.rend(); ++one) {
      for (const Value& intent : one->intents) {
        const Value* before = intent.find("before");
        if (intent.text("step") != "shift-alias" || before == nullptr) continue;
        const std::string function = intent.text("subject");
        const bool last = seen.insert({one->environment, function, false}).second;
        const bool last_good =
            one->outcome == "promoted" && seen.insert({one->environment, function, true}).second;
        if (last || last_good) add_record(*one, function, *before, nullptr);
      }
    }
  }

  const std::vector<Deployment>& deployments_;
  std::map<std::string, std::size_t> promoted_;           ///< the last one of each environment
  std::map<Version, std::vector<std::string>> versions_;  ///< ARNs of the layers of versions made
  std::vector<Reference> references_;
};

}  // namespace

std::vector<Reference> references_of(const std::vector<Deployment>& deployments) {
  return Reader(deployments).run();
}

std::map<std::string, std::string> published_layers(const std::vector<Deployment>& deployments,
                                                    const std::string& environment,
                                                    const std::string& region) {
  std::map<std::string, std::string> layers;
  for (const Deployment& deployment : deployments) {
    if (deployment.environment != environment) continue;
    for (const Value& result : deployment.results) {
      if (result.text("step") != "publish-layer") continue;
      const auto arn = model::parse_layer_version_arn(result.text("arn"));
      if (arn && arn->layer.place.region == region)
        layers[arn->layer.name] = layer_of(result.text("subject"));
    }
  }
  return layers;
}

}  // namespace lamella::deploy
