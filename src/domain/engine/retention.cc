// SPDX-License-Identifier: Apache-2.0
#include "engine/retention.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

namespace lamella::engine {
namespace {

using Place = std::pair<std::string, std::string>;  ///< function, version

/// Why each ARN is in use by functions.
class Users {
 public:
  explicit Users(const Usage& usage) {
    for (const FunctionAlias& alias : usage.aliases) {
      for (const std::string& version : alias.versions)
        aliases_[{alias.function, version}].push_back(alias.alias);
    }
    for (const FunctionVersion& function : usage.functions) {
      for (const std::string& arn : function.layer_arns) by_arn_[arn].push_back(reason_of(function));
    }
  }

  const std::vector<Reason>& of(const std::string& arn) const {
    static const std::vector<Reason> none;
    const auto found = by_arn_.find(arn);
    return found == by_arn_.end() ? none : found->second;
  }

 private:
  Reason reason_of(const FunctionVersion& function) const {
    const auto found = aliases_.find({function.function, function.version});
    const bool aliased = found != aliases_.end();
    const bool latest = function.version == "$LATEST";
    const std::string which = latest ? function.version : "version " + function.version;
    std::string text = fmt::format("{} of function {} uses it", which, function.function);
    if (aliased) text += fmt::format(" (alias {})", fmt::join(found->second, ", "));
    const char* kind = aliased ? "used-by-alias" : latest ? "used-by-latest" : "used-by-version";
    return {kind, function.function, "", function.version, std::move(text)};
  }

  std::map<Place, std::vector<std::string>> aliases_;
  std::map<std::string, std::vector<Reason>> by_arn_;
};

bool names(const Reference& reference, const ListedLayer& layer, const ListedVersion& version) {
  if (!reference.arn.empty() && reference.arn == version.arn) return true;
  if (reference.layer.empty() || reference.layer != layer.layer) return false;
  return (reference.version != 0 && reference.version == version.version) ||
         (reference.content && reference.content == version.content);
}

Fate fate_of(const ListedLayer& layer, const ListedVersion& version, std::int64_t newer, const Users& users,
             const Usage& usage) {
  Fate fate;
  const auto because = [&](const char* kind, std::string text) {
    fate.reasons.push_back({kind, layer.layer, "", "", std::move(text)});
  };
  if (!version.content) because("foreign", "Lamella did not publish it");
  if (version.content && newer < layer.retain) {
    because("newest", layer.retain == 1 ? std::string("it is the newest")
                                        : fmt::format("it is one of the newest {}", layer.retain));
  }
  const auto& used = users.of(version.arn);
  fate.reasons.insert(fate.reasons.end(), used.begin(), used.end());
  for (const Reference& reference : usage.references) {
    const bool told =
        std::find(fate.reasons.begin(), fate.reasons.end(), reference.reason) != fate.reasons.end();
    if (!told && names(reference, layer, version)) fate.reasons.push_back(reference.reason);
  }
  fate.goes = fate.reasons.empty();
  if (fate.goes) {
    because("unused", layer.managed ? fmt::format("nothing uses it, and {} newer {}", newer,
                                                  newer == 1 ? "version is there" : "versions are there")
                                    : "nothing uses it, and the workspace has no such layer");
  }
  return fate;
}

}  // namespace

std::vector<Fate> decide(const std::vector<ListedLayer>& layers, const Usage& usage) {
  const Users users(usage);
  std::vector<Fate> fates;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    const auto& versions = layers[i].versions;
    std::vector<std::size_t> order(versions.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::sort(order.begin(), order.end(),
              [&](std::size_t a, std::size_t b) { return versions[a].version > versions[b].version; });
    std::map<std::string, std::int64_t> seen;  // of our versions, by what they are for
    for (const std::size_t at : order) {
      const std::int64_t newer = versions[at].content ? seen[versions[at].targets]++ : 0;
      fates.push_back(fate_of(layers[i], versions[at], newer, users, usage));
      fates.back().layer = i;
      fates.back().version = at;
    }
  }
  return fates;
}

}  // namespace lamella::engine
