// SPDX-License-Identifier: Apache-2.0
#include "resolve/choosing.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "config/requirement.h"
#include "resolve/marker.h"
#include "resolve/pip.h"
#include "resolve/version.h"
#include "resolve/wheel_tag.h"

namespace lamella::resolve {
namespace {

/// Each round excludes every version found unloadable; a package that dropped old systems rarely has more
/// releases since than this.
constexpr int kMostRounds = 80;

/// Names that are asked for directly and come from an index beside the default one.
Result<std::set<std::string>> placed_from_start(const UvQuestion& question) {
  std::set<std::string> placed;
  const MarkerEnvironment environment = marker_environment(question.target);
  for (const auto& [root, texts] : question.requirements) {
    for (const std::string& text : texts) {
      LAMELLA_TRY_ASSIGN(const auto requirement, config::parse_requirement(text));
      LAMELLA_TRY_ASSIGN(const bool applies, marker_holds(requirement.marker, environment, ""));
      const std::string name = requirement.normalised();
      if (applies && index_for(question.indexes, name) > 0) placed.insert(name);
    }
  }
  return placed;
}

/// The wheel the target likes best; a higher build number decides between equals.
const LockedWheel* best_wheel(const std::vector<const LockedWheel*>& wheels,
                              const std::vector<std::string>& accepted) {
  const LockedWheel* best = nullptr;
  std::size_t best_fit = 0;
  std::uint64_t best_build = 0;
  for (const LockedWheel* wheel : wheels) {
    const auto name = parse_wheel_name(wheel->filename);
    const auto place = name ? fit(*name, accepted) : std::nullopt;
    if (!place) continue;
    std::uint64_t build = 0;
    for (const char c : name->build) {
      if (c < '0' || c > '9' || build > 1'000'000'000) break;
      build = build * 10 + static_cast<std::uint64_t>(c - '0');
    }
    if (best == nullptr || *place < best_fit || (*place == best_fit && build > best_build)) {
      best = wheel;
      best_fit = *place;
      best_build = build;
    }
  }
  return best;
}

std::string tags_seen(const std::vector<LockedWheel>& wheels) {
  std::set<std::string> tags;
  for (const LockedWheel& wheel : wheels) {
    const auto name = parse_wheel_name(wheel.filename);
    tags.insert(name ? name->tag() : wheel.filename);
  }
  std::string out;
  for (const std::string& tag : tags) out += (out.empty() ? "" : ", ") + tag;
  return out;
}

/// Every word that could be a distribution's name.
std::set<std::string> names_in(std::string_view text) {
  std::set<std::string> names;
  std::string word;
  for (const char c : std::string(text) + " ") {
    const bool in_name = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    if (in_name) {
      word += c;
      continue;
    }
    if (!word.empty()) names.insert(word);
    word.clear();
  }
  return names;
}

/// What uv says it would have to build: "Wheels are required for `docopt` because ...".
std::vector<std::string> wanting_wheels(std::string_view words) {
  constexpr std::string_view kBefore = "Wheels are required for `";
  std::vector<std::string> names;
  for (auto at = words.find(kBefore); at != std::string_view::npos; at = words.find(kBefore, at + 1)) {
    const std::string_view rest = words.substr(at + kBefore.size());
    names.push_back(config::normalised_name(rest.substr(0, rest.find('`'))));
  }
  return names;
}

/// What pip finds no file for: "No matching distribution found for docopt>=1".
std::string not_found(std::string_view words) {
  constexpr std::string_view kBefore = "No matching distribution found for ";
  const auto at = words.find(kBefore);
  if (at == std::string_view::npos) return {};
  const std::string_view rest = words.substr(at + kBefore.size());
  return config::normalised_name(rest.substr(0, rest.find_first_of(" <>=!~[;(\n")));
}

/// The requirements that name `name`, or the name alone; and who asks for it, or "the layer".
std::pair<std::vector<std::string>, std::string> asking_for(const UvQuestion& question,
                                                            const std::string& name) {
  std::vector<std::string> texts;
  std::string asker;
  for (const auto& [root, requirements] : question.requirements) {
    for (const std::string& text : requirements) {
      const auto requirement = config::parse_requirement(text);
      if (!requirement || requirement->normalised() != name) continue;
      texts.push_back(text);
      if (asker.empty()) asker = root;
    }
  }
  if (texts.empty()) texts.push_back(name);
  return {std::move(texts), asker.starts_with("layer ") ? asker : "the layer that needs it"};
}

std::set<std::string> required_names(const UvQuestion& question) {
  std::set<std::string> names;
  for (const auto& [root, texts] : question.requirements) {
    for (const std::string& text : texts) {
      if (const auto requirement = config::parse_requirement(text)) names.insert(requirement->normalised());
    }
  }
  return names;
}

bool same_version(const std::string& a, const std::string& b) {
  const auto left = Version::parse(a);
  const auto right = Version::parse(b);
  return left && right ? *left == *right : a == b;
}

}  // namespace

Choosing::Choosing(UvQuestion question, Hashes pinned, Sourcing sourcing, EventSink& events)
    : question_(std::move(question)),
      pinned_(std::move(pinned)),
      sourcing_(std::move(sourcing)),
      events_(events),
      accepted_(accepted_tags(question_.target)) {}

Result<std::vector<LockedPackage>> Choosing::choose(std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(question_.placed, placed_from_start(question_));
  for (int round = 0; round < kMostRounds; ++round) {
    auto answer = question_.uv.empty() ? ask_pip(question_, stop) : ask_uv(question_, stop);
    if (!answer) {
      if (place_named(answer.error().why()) || allow_named(answer.error().why())) continue;
      if (question_.uv.empty()) {
        auto trouble = wheel_trouble(answer.error(), stop);
        if (trouble && question_.newer_glibc) return explain_pip(*trouble);
        question_.newer_glibc = trouble.has_value();
        if (trouble) continue;
      }
      return explain(std::move(answer).error(), stop);
    }
    bool misplaced = false;
    for (const UvPackage& package : *answer) {
      misplaced = place(package.name) || misplaced;
      misplaced = leave_yanked(package) || misplaced;
    }
    if (misplaced) continue;
    std::vector<LockedPackage> chosen;
    bool all_load = true;
    for (UvPackage& package : *answer) {
      LAMELLA_TRY_ASSIGN(const bool loads, take(package, chosen, stop));
      all_load = all_load && loads;
    }
    if (all_load) return chosen;
  }
  return Error(ErrorCode::kLimit,
               "too many versions have no wheel for " + model::short_name(question_.target))
      .because(refused_)
      .remedy("pin an older version of the packages named");
}

/// True if the name belongs to another index than the default, and that was not said yet.
bool Choosing::place(const std::string& name) {
  return index_for(question_.indexes, name) > 0 && question_.placed.insert(name).second;
}

/// place() for every word of a message: what was looked for in the wrong index.
bool Choosing::place_named(std::string_view words) {
  bool found = false;
  for (const std::string& name : names_in(words)) found = place(name) || found;
  return found;
}

/// True if a release that was taken back was only kept from the lock, so that another one may be asked for.
/// Where it is required by its version, that is said.
bool Choosing::leave_yanked(const UvPackage& package) {
  if (package.yanked.empty()) return false;
  auto& moving = question_.upgrade;
  const bool kept =
      !question_.preferred.empty() && std::find(moving.begin(), moving.end(), package.name) == moving.end();
  if (kept) moving.push_back(package.name);
  if (kept || warned_.insert(package.name).second) {
    events_.emit({.kind = "lock.yanked",
                  .subject = package.name,
                  .text = package.yanked + (kept ? "; another version is looked for" : "; it is required so"),
                  .severity = base::Severity::kWarning,
                  .fields = {{"version", package.version}}});
  }
  return kept;
}

/// True if something that a message names may come from source, and was not looked for there yet.
bool Choosing::allow_named(std::string_view words) {
  bool found = false;
  for (const std::string& name : names_in(words)) found = take_from_source(name) || found;
  return found;
}

bool Choosing::take_from_source(const std::string& name) {
  if (!sourcing_.allowed.contains(name) || !question_.from_source.try_emplace(name).second) return false;
  std::erase_if(question_.constraints, [&](const std::string& one) {
    return excluded_.contains(one) && one.starts_with(name + "!=");
  });
  events_.emit(
      {.kind = "lock.source", .subject = name, .text = "has no wheel that fits; its source is looked for"});
  return true;
}

/// False if the package must be asked for again.
Result<bool> Choosing::take(UvPackage& package, std::vector<LockedPackage>& chosen,
                            const std::stop_token& stop) {
  if (question_.from_source.contains(package.name)) return take_source(package, chosen, stop);
  std::vector<const LockedWheel*> candidates;
  for (const LockedWheel& wheel : package.wheels) candidates.push_back(&wheel);
  if (const auto pins = pinned_.find(package.name); pins != pinned_.end()) {
    std::erase_if(candidates, [&](const LockedWheel* w) { return !pins->second.contains(w->sha256.hex()); });
    if (candidates.empty()) {
      return Error(ErrorCode::kMismatch,
                   "no wheel of " + package.name + " " + package.version + " has a pinned hash")
          .because("seen " + tags_seen(package.wheels))
          .remedy("add the sha256 of a wheel for this target to the requirement");
    }
  }
  if (const LockedWheel* best = best_wheel(candidates, accepted_)) {
    chosen.push_back({package.name, package.version, {}, *best, {}, {}});
    return true;
  }
  exclude(package);
  return false;
}

Result<bool> Choosing::take_source(const UvPackage& package, std::vector<LockedPackage>& chosen,
                                   const std::stop_token& stop) {
  if (!package.source) {
    return Error(ErrorCode::kRejected, package.name + " " + package.version + " has no source distribution")
        .remedy("require a version that has one, or a wheel");
  }
  if (const auto pins = pinned_.find(package.name);
      pins != pinned_.end() && !pins->second.contains(package.source->sha256.hex())) {
    return Error(ErrorCode::kMismatch, "the source of " + package.name + " has no pinned hash")
        .because("seen " + package.source->filename)
        .remedy("add its sha256 to the requirement");
  }
  LockedPackage locked{package.name, package.version, {}, *package.source, {}, {}};
  locked.build.emplace();
  const auto [known, is_new] = learnt_.try_emplace(source_name(locked));
  if (sourcing_.builds != nullptr && is_new) {
    auto learnt = sourcing_.builds->learn(locked, question_.target, stop);
    if (!learnt) return std::move(learnt).error();
    known->second = *std::move(learnt);
    const Metadata& metadata = known->second.metadata;
    if (!same_version(metadata.version, package.version)) {
      return Error(ErrorCode::kRejected, package.source->filename + " is built to another version")
          .because("to " + metadata.name + " " + metadata.version)
          .remedy("report it to the package's maintainers, and require another version");
    }
    question_.from_source[package.name].push_back(
        {package.version, metadata.requires_python, metadata.requires_dist});
  }
  locked.build = known->second.build;
  locked.wheel.size = known->second.size;
  built_[package.name] = known->second.metadata;
  chosen.push_back(std::move(locked));
  return !is_new || sourcing_.builds == nullptr;
}

void Choosing::exclude(const UvPackage& package) {
  const std::string seen = tags_seen(package.wheels);
  question_.constraints.push_back(package.name + "!=" + package.version);
  excluded_.insert(question_.constraints.back());
  refused_ += (refused_.empty() ? "" : "\n") + package.name + " " + package.version + " has only " + seen;
  events_.emit({.kind = "lock.excluded",
                .subject = package.name,
                .text = package.version + " has no wheel that " + model::short_name(question_.target) +
                        " can load (" + seen + ")",
                .fields = {{"version", package.version}}});
}

Error Choosing::explain(Error error, std::stop_token stop) const {
  if (error.code() != ErrorCode::kUsage && error.code() != ErrorCode::kRejected) return error;
  if (const auto names = wanting_wheels(error.why()); !names.empty() && !question_.uv.empty())
    return without_wheels(error, names, std::move(stop));
  if (refused_.empty()) return error;
  const std::string why =
      "seen: " + refused_ + "\nwanted: " + describe_wanted(question_.target) + "\n" + error.why();
  return Error(ErrorCode::kRejected, "no wheel for " + model::short_name(question_.target))
      .because(why)
      .remedy("require a version whose wheels this target can load")
      .with("requirements", error.fact("requirements"));
}

/// pip calls it a conflict when something that a constraint names has no wheel, so each requirement that it mentions
/// is asked for alone.
std::optional<Error> Choosing::wheel_trouble(const Error& error, std::stop_token stop) const {
  if (error.code() == ErrorCode::kRejected) return error;
  if (error.code() != ErrorCode::kUsage || !refused_.empty()) return std::nullopt;
  const auto mentioned = names_in(error.why());
  for (const std::string& name : required_names(question_)) {
    if (!mentioned.contains(name)) continue;
    UvQuestion probe = question_;
    probe.requirements = {{"lock", asking_for(question_, name).first}};
    probe.constraints.clear();
    probe.preferred.clear();
    probe.no_deps = true;
    auto found = ask_pip(probe, stop);
    if (!found && found.error().code() == ErrorCode::kRejected) return std::move(found).error();
  }
  return std::nullopt;
}

/// pip is never asked for sources, which it would build to look at.
Error Choosing::explain_pip(const Error& error) const {
  const std::string name = not_found(error.why());
  const bool seen = ("\n" + refused_).find("\n" + name + " ") != std::string::npos;
  const auto [texts, asker] = asking_for(question_, name);
  Error out(ErrorCode::kRejected, "no wheel of " + name + " for " + model::short_name(question_.target));
  return std::move(out)
      .because((refused_.empty() ? "" : "seen: " + refused_ + "\n") +
               "wanted: " + describe_wanted(question_.target) + "\n" + error.why())
      .remedy(
          seen ? "require a version whose wheels this target can load"
               : "require a version that has wheels for this target; or install uv, and `allow_source = [\"" +
                     name + "\"]` on " + asker + " lets its source be built in a sandbox without a network");
}

/// Of packages without a wheel, says which have a source, and how it may be used.
Error Choosing::without_wheels(const Error& error, const std::vector<std::string>& names,
                               std::stop_token stop) const {
  std::string seen = refused_;
  std::string remedy;
  std::string all;
  for (const std::string& name : names) {
    const auto [texts, asker] = asking_for(question_, name);
    UvQuestion probe = question_;
    probe.requirements = {{"lock", texts}};
    probe.preferred.clear();
    probe.no_deps = true;
    probe.from_source = {{name, {}}};
    all += (all.empty() ? "" : ", ") + name;
    const auto found = ask_uv(probe, stop);
    const auto* source = found && found->size() == 1 ? &found->front() : nullptr;
    if (source == nullptr || !source->source) continue;
    seen += (seen.empty() ? "" : "\n") + source_name({name, source->version, {}, {}, {}, {}}) +
            " has only its source, " + source->source->filename;
    if (sourcing_.allowed.contains(name)) continue;
    remedy += (remedy.empty() ? "" : "; ") + std::string("`allow_source = [\"") + name + "\"]` on " + asker;
  }
  const std::string why = (seen.empty() ? "" : "seen: " + seen + "\n") +
                          "wanted: " + describe_wanted(question_.target) + "\n" + error.why();
  Error out(ErrorCode::kRejected, "no wheel of " + all + " for " + model::short_name(question_.target));
  return std::move(out)
      .because(why)
      .remedy(remedy.empty() ? "require a version that has wheels for this target"
                             : remedy +
                                   " lets it be built in a sandbox without a network; or require a version "
                                   "that has wheels")
      .with("requirements", error.fact("requirements"));
}

}  // namespace lamella::resolve
