// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <utility>

#include "config/requirement.h"
#include "resolve/indexes.h"
#include "resolve/pip.h"
#include "resolve/question.h"
#include "resolve/resolver.h"
#include "resolve/uv.h"

namespace lamella::resolve {
namespace {

constexpr std::string_view kGone = "no index has it any more";
constexpr std::string_view kOtherFile = "its index has no file of the locked sha256 any more";

std::string pin_of(const LockedPackage& package) { return package.name + "==" + package.version; }

/// True if one of the clauses, "==1.0" or "===1.0", is that version and no other.
bool pins(std::string_view specifier, std::string_view version) {
  while (!specifier.empty()) {
    const auto comma = specifier.find(',');
    const std::string_view clause = specifier.substr(0, comma);
    for (const std::string_view word : {"===", "=="}) {
      if (clause.starts_with(word) && clause.substr(word.size()) == version) return true;
    }
    specifier = comma == std::string_view::npos ? std::string_view() : specifier.substr(comma + 1);
  }
  return false;
}

/// What the workspace itself says of a package.
class OwnWords {
 public:
  explicit OwnWords(const LockInputs& inputs) {
    for (const RootInputs& root : inputs.roots) {
      for (const auto* lines : {&root.requirements.requirements, &root.requirements.constraints}) {
        for (const config::RequirementLine& line : *lines) said_.push_back(line.requirement);
      }
    }
    for (const auto* texts : {&inputs.constraints, &inputs.overrides}) {
      for (const std::string& text : *texts) {
        if (auto requirement = config::parse_requirement(text)) said_.push_back(*std::move(requirement));
      }
    }
  }

  bool pin(const LockedPackage& package) const {
    return std::any_of(said_.begin(), said_.end(), [&](const config::Requirement& one) {
      return one.normalised() == package.name && pins(one.specifier, package.version);
    });
  }
  bool give_an_address(const LockedPackage& package) const {
    return std::any_of(said_.begin(), said_.end(), [&](const config::Requirement& one) {
      return one.normalised() == package.name && !one.url.empty();
    });
  }

 private:
  std::vector<config::Requirement> said_;
};

/// Nothing but these packages, at these versions.
UvQuestion question_for(const ResolverSettings& settings, const LockInputs& inputs,
                        const std::vector<const LockedPackage*>& packages) {
  UvQuestion question = question_about_nothing(settings, inputs);
  question.no_deps = true;
  std::vector<std::string> texts;
  for (const LockedPackage* package : packages) {
    texts.push_back(pin_of(*package));
    if (index_for(settings.indexes, package->name) > 0) question.placed.insert(package->name);
    if (package->build) question.from_source[package->name].push_back({package->version, "", {}});
  }
  question.requirements = {{"lock group " + inputs.group.name, std::move(texts)}};
  return question;
}

bool has_file(const UvPackage& answer, const LockedPackage& package) {
  if (answer.source && answer.source->sha256 == package.wheel.sha256) return true;
  return std::any_of(answer.wheels.begin(), answer.wheels.end(),
                     [&](const LockedWheel& wheel) { return wheel.sha256 == package.wheel.sha256; });
}

}  // namespace

Result<std::vector<TakenBack>> Resolver::taken_back(const LockInputs& inputs, const LockFile& lock,
                                                    std::stop_token stop) {
  const OwnWords words(inputs);
  std::vector<const LockedPackage*> asked;
  for (const LockedPackage& package : lock.packages) {
    if (!words.give_an_address(package)) asked.push_back(&package);
  }
  std::vector<TakenBack> found;
  const auto ask = [&](const std::vector<const LockedPackage*>& packages) {
    const UvQuestion question = question_for(settings_, inputs, packages);
    return question.uv.empty() ? ask_pip(question, stop) : ask_uv(question, stop);
  };
  const auto judge = [&](const std::vector<UvPackage>& answer, const LockedPackage& package) {
    const auto one = std::find_if(answer.begin(), answer.end(),
                                  [&](const UvPackage& each) { return each.name == package.name; });
    if (one == answer.end()) {
      found.push_back({package.name, package.version, TakenBack::Kind::kGone, std::string(kGone), false});
    } else if (!one->yanked.empty()) {
      found.push_back(
          {package.name, package.version, TakenBack::Kind::kYanked, one->yanked, words.pin(package)});
    } else if (!settings_.uv.empty() && !has_file(*one, package)) {  // pip tells one file alone
      found.push_back(
          {package.name, package.version, TakenBack::Kind::kGone, std::string(kOtherFile), false});
    }
  };
  if (asked.empty()) return found;
  if (const auto answer = ask(asked)) {
    for (const LockedPackage* package : asked) judge(*answer, *package);
    return found;
  } else if (answer.error().code() != ErrorCode::kUsage && answer.error().code() != ErrorCode::kRejected) {
    return answer.error();
  }
  for (const LockedPackage* package : asked) {
    const auto answer = ask({package});
    if (answer) {
      judge(*answer, *package);
    } else if (answer.error().code() == ErrorCode::kUsage || answer.error().code() == ErrorCode::kRejected) {
      judge({}, *package);
    } else {
      return answer.error();
    }
  }
  return found;
}

}  // namespace lamella::resolve
