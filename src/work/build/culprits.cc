// SPDX-License-Identifier: Apache-2.0
#include "build/culprits.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <numeric>
#include <set>
#include <string>
#include <tuple>

#include "build/segments.h"
#include "build/smallest.h"
#include "os/directory.h"
#include "os/temp_directory.h"
#include "package/left_out.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;
using Numbers = std::vector<std::size_t>;

constexpr std::size_t kMostUnits = 24;      // tried at a time: one attempt each, at some seconds an attempt
constexpr int kMostPasses = 3;              // over folders, over their folders, over files
constexpr std::size_t kMostHalvings = 128;  // attempts among more files than that
constexpr int kMostTries = 2;               // of an attempt that ran out of time or memory
constexpr std::size_t kShownReason = 400;

/// One file that a rule left out.
struct File {
  const ArtifactPlan* plan = nullptr;
  const package::Recipe* recipe = nullptr;
  package::LeftOut left;
  proof::PutBack place;

  std::string mounted() const { return (place.task ? "/var/task/" : "/opt/") + place.path; }
};

/// The first `depth` folders that a path stands in.
std::string folder_at(const std::string& path, std::size_t depth) {
  std::size_t end = 0;
  for (std::size_t level = 0; level < depth; ++level) {
    const auto slash = path.find('/', end);
    if (slash == std::string::npos) break;
    end = slash + 1;
  }
  return path.substr(0, end);
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

std::string one_line(std::string text) {
  std::replace(text.begin(), text.end(), '\n', ' ');
  if (text.size() > kShownReason) text = text.substr(0, kShownReason) + "...";
  return text;
}

/// What `wanted` gives back of one rule that left out `all`, by numbers of `files`.
Culprit culprit_of(const std::vector<File>& files, const std::string& rule, const Numbers& wanted,
                   const Numbers& all, const std::string& why) {
  Culprit out;
  const File& first = files[wanted.front()];
  const auto weigh = [&](const Numbers& numbers) {
    std::uint64_t bytes = 0;
    for (const std::size_t i : numbers) bytes += files[i].left.bytes;
    return bytes;
  };
  const auto paths = [&](const Numbers& numbers) {
    std::vector<std::string> found;
    for (const std::size_t i : numbers) found.push_back(files[i].left.path);
    return found;
  };
  out.files = wanted.size();
  out.bytes = weigh(wanted);
  out.files_out = all.size() - wanted.size();
  out.bytes_out = weigh(all) - out.bytes;
  out.rule = {first.plan->name,
              first.recipe->wheel.distribution,
              rule,
              package::patterns_for(paths(wanted), paths(all)),
              first.recipe->wheel.version,
              why};
  return out;
}

/// By rule, what must be given back of `files` so that those of the numbers `wanted` are there.
std::vector<Culprit> culprits_of(const std::vector<File>& files, const Numbers& wanted,
                                 const std::string& why) {
  using Key = std::tuple<std::string, std::string, std::string>;
  std::map<Key, std::pair<Numbers, Numbers>> by_rule;  // wanted, and all
  const std::set<std::size_t> is_wanted(wanted.begin(), wanted.end());
  for (std::size_t i = 0; i < files.size(); ++i) {
    for (const std::string& rule : files[i].left.rules) {
      auto& [mine, everything] = by_rule[{files[i].plan->name, files[i].recipe->wheel.distribution, rule}];
      everything.push_back(i);
      if (is_wanted.contains(i)) mine.push_back(i);
    }
  }
  std::vector<Culprit> found;
  for (const auto& [key, numbers] : by_rule) {
    if (!numbers.first.empty())
      found.push_back(culprit_of(files, std::get<2>(key), numbers.first, numbers.second, why));
  }
  return found;
}

class Search {
 public:
  Search(const CulpritInputs& inputs, const proof::Subject& subject, os::TempDirectory folder)
      : in_(inputs), subject_(subject), folder_(std::move(folder)) {}

  /// Writes what was left out of everything that the subject is made of.
  Result<> gather() {
    LAMELLA_TRY(fetch_wheels(in_.tools, recipes(), in_.stop));
    for (const ArtifactPlan* plan : parts()) {
      for (const package::Recipe& recipe : plan->wheels) LAMELLA_TRY(gather(*plan, recipe));
    }
    return {};
  }

  bool empty() const { return files_.empty(); }

  /// The numbers of the files to be put back; none when that does not help.
  Result<Numbers> run() {
    Numbers all(files_.size());
    std::iota(all.begin(), all.end(), std::size_t{0});
    LAMELLA_TRY_ASSIGN(const proof::Proof whole, conclusive(all, true));
    if (!whole.passed()) return Numbers();
    Numbers wanted = opened_of(whole);
    if (!wanted.empty()) {
      LAMELLA_TRY_ASSIGN(const bool suffices, passes(wanted));
      if (!suffices) wanted.clear();  // something looked for files without opening them
    }
    if (wanted.empty()) wanted = all;
    for (int pass = 0; pass < kMostPasses; ++pass) {
      const auto units = units_of(wanted);
      const std::size_t before = wanted.size();
      LAMELLA_TRY_ASSIGN(wanted, reduce(units));
      if (units.size() == before) return wanted;
      if (wanted.size() == before && before > kMostUnits) break;
    }
    return halve(wanted);
  }

  /// False if fewer files than run() gave may do: the attempts were used up.
  bool smallest() const { return smallest_; }

  std::vector<Culprit> culprits(const Numbers& wanted, const std::string& why) const {
    auto found = culprits_of(files_, wanted, why);
    for (Culprit& one : found) one.smallest = smallest_;
    return found;
  }

 private:
  /// The plans of the subject's layers and of its function.
  std::vector<const ArtifactPlan*> parts() const {
    std::vector<const ArtifactPlan*> found;
    for (const ArtifactPlan& plan : in_.plans) {
      if (plan.target != subject_.target) continue;
      const bool layer = plan.kind == model::ArtifactKind::kLayer &&
                         std::any_of(subject_.layers.begin(), subject_.layers.end(),
                                     [&](const proof::Mounted& one) { return one.name == plan.name; });
      const bool own =
          plan.kind == model::ArtifactKind::kFunction && subject_.function && subject_.name == plan.name;
      if (layer || own) found.push_back(&plan);
    }
    return found;
  }

  std::vector<const package::Recipe*> recipes() const {
    std::vector<const package::Recipe*> found;
    for (const ArtifactPlan* plan : parts()) {
      for (const package::Recipe& recipe : plan->wheels) found.push_back(&recipe);
    }
    return found;
  }

  Result<> gather(const ArtifactPlan& plan, const package::Recipe& recipe) {
    if (recipe.drop.empty() && recipe.rules.empty()) return {};
    const fs::path place = folder_.path() / plan.stem() / recipe.wheel.distribution;
    LAMELLA_TRY_ASSIGN(auto left, package::extract_left_out(in_.tools.store, recipe, place));
    const bool task = plan.kind == model::ArtifactKind::kFunction;
    for (package::LeftOut& one : left) {
      proof::PutBack put_back{place / one.path, recipe.layout.prefix + one.path, task};
      files_.push_back({&plan, &recipe, std::move(one), std::move(put_back)});
    }
    return {};
  }

  Result<proof::Proof> attempt(const Numbers& numbers, bool record) const {
    proof::Attempt attempt{.put_back = {}, .leave_out = {}, .record_files = record};
    for (const std::size_t i : numbers) attempt.put_back.push_back(files_[i].place);
    return in_.prover.attempt(subject_, attempt, in_.stop);
  }

  /// Time and memory say nothing about a rule: they are asked for again, and then end the search.
  Result<proof::Proof> conclusive(const Numbers& numbers, bool record) const {
    for (int tries = 1;; ++tries) {
      LAMELLA_TRY_ASSIGN(proof::Proof proof, attempt(numbers, record));
      if (!proof.exhausted) return proof;
      if (tries == kMostTries) return refusal(subject_, proof);
    }
  }

  Result<bool> passes(const Numbers& numbers) const {
    LAMELLA_TRY_ASSIGN(const proof::Proof proof, conclusive(numbers, false));
    return proof.passed();
  }

  Numbers opened_of(const proof::Proof& proof) const {
    const std::set<std::string> opened(proof.opened.begin(), proof.opened.end());
    Numbers found;
    for (std::size_t i = 0; i < files_.size(); ++i) {
      if (opened.contains(files_[i].mounted())) found.push_back(i);
    }
    return found;
  }

  /// Files one by one if they are few, else by the deepest folders that are few enough.
  std::vector<Numbers> units_of(const Numbers& numbers) const {
    std::map<std::pair<const package::Recipe*, std::string>, Numbers> best;
    for (std::size_t depth = 0; depth < 16; ++depth) {
      std::map<std::pair<const package::Recipe*, std::string>, Numbers> units;
      for (const std::size_t i : numbers)
        units[{files_[i].recipe, folder_at(files_[i].left.path, depth)}].push_back(i);
      if (depth > 0 && units.size() > kMostUnits) break;
      best = std::move(units);
    }
    std::vector<Numbers> out;
    if (numbers.size() <= kMostUnits) {
      for (const std::size_t i : numbers) out.push_back({i});
      return out;
    }
    for (auto& [key, unit] : best) out.push_back(std::move(unit));
    return out;
  }

  static Numbers joined(const std::vector<Numbers>& units, const Numbers& chosen) {
    Numbers all;
    for (const std::size_t unit : chosen) all.insert(all.end(), units[unit].begin(), units[unit].end());
    std::sort(all.begin(), all.end());
    return all;
  }

  Result<Numbers> reduce(const std::vector<Numbers>& units) const {
    const auto enough = [&](const Numbers& chosen) { return passes(joined(units, chosen)); };
    LAMELLA_TRY_ASSIGN(const Numbers chosen, smallest_enough(units.size(), enough, in_.tools.pool, in_.stop));
    return joined(units, chosen);
  }

  Result<Numbers> halve(const Numbers& numbers) {
    const auto of = [&](const Numbers& chosen) {
      Numbers found;
      for (const std::size_t i : chosen) found.push_back(numbers[i]);
      return found;
    };
    const auto enough = [&](const Numbers& chosen) { return passes(of(chosen)); };
    LAMELLA_TRY_ASSIGN(const Halved halved,
                       halved_enough(numbers.size(), enough, kMostHalvings, in_.tools.pool, in_.stop));
    smallest_ = halved.smallest;
    return of(halved.units);
  }

  const CulpritInputs& in_;
  const proof::Subject& subject_;
  os::TempDirectory folder_;
  std::vector<File> files_;
  bool smallest_ = true;
};

}  // namespace

Result<std::vector<Culprit>> rules_behind(const Tools& tools, const std::vector<const ArtifactPlan*>& parts,
                                          const model::Finding& finding, std::stop_token stop) {
  if (finding.kind != model::FindingKind::kUnresolvedLibrary) return std::vector<Culprit>();
  std::vector<const package::Recipe*> recipes;
  for (const ArtifactPlan* plan : parts) {
    for (const package::Recipe& recipe : plan->wheels) recipes.push_back(&recipe);
  }
  LAMELLA_TRY(fetch_wheels(tools, recipes, stop));
  std::vector<File> files;
  Numbers wanted;
  for (const ArtifactPlan* plan : parts) {
    for (const package::Recipe& recipe : plan->wheels) {
      if (recipe.drop.empty() && recipe.rules.empty()) continue;
      LAMELLA_TRY_ASSIGN(auto left, package::list_left_out(tools.store, recipe));
      for (package::LeftOut& one : left) {
        if (name_of(one.path) == name_of(finding.subject)) wanted.push_back(files.size());
        files.push_back({plan, &recipe, std::move(one), {}});
      }
    }
  }
  return culprits_of(files, wanted, one_line(finding.text));
}

Result<std::vector<Culprit>> find_culprits(const CulpritInputs& inputs, const proof::Subject& subject,
                                           const proof::Proof& failed) {
  if (failed.exhausted || failed.handler_missing || failed.modules_instead ||
      !failed.unknown_services.empty())
    return std::vector<Culprit>();
  const fs::path scratch = inputs.tools.cache / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  LAMELLA_TRY_ASSIGN(auto folder, os::TempDirectory::create_in(scratch, "put-back"));
  Search search(inputs, subject, std::move(folder));
  LAMELLA_TRY(search.gather());
  if (search.empty()) return std::vector<Culprit>();
  inputs.tools.events.emit({.kind = "rules.searching",
                            .subject = subject.name,
                            .text = "its proof fails; trying whether a prune rule is to blame"});
  const Error refused = refusal(subject, failed);
  const std::string why = one_line(fmt::format("{}: {}", refused.what(), refused.why()));
  auto wanted = search.run();
  if (!wanted) {
    return std::move(wanted).error().while_doing(
        fmt::format("trying whether a prune rule is to blame for '{}'; nothing was recorded", why));
  }
  return search.culprits(*wanted, why);
}

}  // namespace lamella::build
