// SPDX-License-Identifier: Apache-2.0
#include "resolve/resolver.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "config/requirement.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/process.h"
#include "os/thread_pool.h"
#include "resolve/edges.h"
#include "resolve/marker.h"
#include "resolve/metadata.h"
#include "resolve/pins.h"
#include "resolve/pip.h"
#include "resolve/uv.h"
#include "resolve/wheel_tag.h"

namespace lamella::resolve {
namespace {

/// Each round excludes every version found unloadable; a package that dropped old systems rarely has more
/// releases since than this.
constexpr int kMostRounds = 80;
constexpr unsigned kMetadataReaders = 8;

std::string who(const RootInputs& root) { return std::string(to_string(root.kind)) + " " + root.name; }

std::vector<std::string> texts_of(const std::vector<config::RequirementLine>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) texts.push_back(config::to_string(line.requirement));
  return texts;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// What is asked for with all it needs.  Roots without what they need only constrain it.
UvQuestion question_of(const ResolverSettings& settings, const LockInputs& inputs) {
  UvQuestion question;
  question.uv = settings.uv;
  question.pip = settings.pip;
  question.cache = settings.cache;
  question.wheelhouse = settings.wheelhouse;
  question.indexes = settings.indexes;
  question.target = inputs.group.target;
  question.constraints = inputs.constraints;
  question.overrides = inputs.overrides;
  question.exclude_newer = inputs.exclude_newer;
  question.patience = settings.patience;
  for (const RootInputs& root : inputs.roots) {
    auto texts = texts_of(root.requirements.requirements);
    append(question.constraints, texts_of(root.requirements.constraints));
    if (root.no_deps) {
      append(question.constraints, texts);
    } else if (!texts.empty()) {
      question.requirements.emplace_back(who(root), std::move(texts));
    }
  }
  return question;
}

/// What roots take without its needs, at the versions chosen for the others.
UvQuestion question_without_deps(const ResolverSettings& settings, const LockInputs& inputs,
                                 const std::vector<LockedPackage>& chosen) {
  UvQuestion question = question_of(settings, inputs);
  question.no_deps = true;
  question.requirements.clear();
  for (const RootInputs& root : inputs.roots) {
    if (root.no_deps) question.requirements.emplace_back(who(root), texts_of(root.requirements.requirements));
  }
  for (const LockedPackage& package : chosen)
    question.constraints.push_back(package.name + "==" + package.version);
  return question;
}

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

/// Asks uv again and again, without what the target cannot load, until all of it loads.
class Choosing {
 public:
  Choosing(UvQuestion question, Hashes pinned, EventSink& events)
      : question_(std::move(question)),
        pinned_(std::move(pinned)),
        events_(events),
        accepted_(accepted_tags(question_.target)) {}

  Result<std::vector<LockedPackage>> choose(std::stop_token stop) {
    LAMELLA_TRY_ASSIGN(question_.placed, placed_from_start(question_));
    for (int round = 0; round < kMostRounds; ++round) {
      auto answer = question_.uv.empty() ? ask_pip(question_, stop) : ask_uv(question_, stop);
      if (!answer) {
        if (place_named(answer.error().why())) continue;
        return explain(std::move(answer).error());
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
        LAMELLA_TRY_ASSIGN(const bool loads, take(package, chosen));
        all_load = all_load && loads;
      }
      if (all_load) return chosen;
    }
    return Error(ErrorCode::kLimit,
                 "too many versions have no wheel for " + model::short_name(question_.target))
        .because(refused_)
        .remedy("pin an older version of the packages named");
  }

  /// Names that were asked for only to say which index they come from.
  const std::set<std::string>& placed() const { return question_.placed; }

 private:
  /// True if the name belongs to another index than the default, and that was not said yet.
  bool place(const std::string& name) {
    return index_for(question_.indexes, name) > 0 && question_.placed.insert(name).second;
  }

  /// True if a release that was taken back was only kept from the lock, so that another one may be asked for.
  /// Where it is required by its version, that is said.
  bool leave_yanked(const UvPackage& package) {
    if (package.yanked.empty()) return false;
    auto& moving = question_.upgrade;
    const bool kept =
        !question_.preferred.empty() && std::find(moving.begin(), moving.end(), package.name) == moving.end();
    if (kept) moving.push_back(package.name);
    if (kept || warned_.insert(package.name).second) {
      events_.emit(
          {.kind = "lock.yanked",
           .subject = package.name,
           .text = package.yanked + (kept ? "; another version is looked for" : "; it is required so"),
           .severity = base::Severity::kWarning,
           .fields = {{"version", package.version}}});
    }
    return kept;
  }

  /// place() for every word of a message: what was looked for in the wrong index.
  bool place_named(std::string_view words) {
    bool found = false;
    std::string word;
    for (const char c : std::string(words) + " ") {
      const bool in_name = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
      if (in_name) {
        word += c;
        continue;
      }
      if (!word.empty()) found = place(word) || found;
      word.clear();
    }
    return found;
  }

  Result<bool> take(UvPackage& package, std::vector<LockedPackage>& chosen) {
    std::vector<const LockedWheel*> candidates;
    for (const LockedWheel& wheel : package.wheels) candidates.push_back(&wheel);
    if (const auto pins = pinned_.find(package.name); pins != pinned_.end()) {
      std::erase_if(candidates,
                    [&](const LockedWheel* w) { return !pins->second.contains(w->sha256.hex()); });
      if (candidates.empty()) {
        return Error(ErrorCode::kMismatch,
                     "no wheel of " + package.name + " " + package.version + " has a pinned hash")
            .because("seen " + tags_seen(package.wheels))
            .remedy("add the sha256 of a wheel for this target to the requirement");
      }
    }
    if (const LockedWheel* best = best_wheel(candidates, accepted_)) {
      chosen.push_back({package.name, package.version, {}, *best, {}});
      return true;
    }
    const std::string seen = tags_seen(package.wheels);
    question_.constraints.push_back(package.name + "!=" + package.version);
    refused_ += (refused_.empty() ? "" : "\n") + package.name + " " + package.version + " has only " + seen;
    events_.emit({.kind = "lock.excluded",
                  .subject = package.name,
                  .text = package.version + " has no wheel that " + model::short_name(question_.target) +
                          " can load (" + seen + ")",
                  .fields = {{"version", package.version}}});
    return false;
  }

  Error explain(Error error) const {
    if (refused_.empty() || (error.code() != ErrorCode::kUsage && error.code() != ErrorCode::kRejected))
      return error;
    const std::string why =
        "seen: " + refused_ + "\nwanted: " + describe_wanted(question_.target) + "\n" + error.why();
    return Error(ErrorCode::kRejected, "no wheel for " + model::short_name(question_.target))
        .because(why)
        .remedy("require a version whose wheels this target can load")
        .with("requirements", error.fact("requirements"));
  }

  UvQuestion question_;
  const Hashes pinned_;
  EventSink& events_;
  const std::vector<std::string> accepted_;
  std::string refused_;
  std::set<std::string> warned_;
};

std::vector<LockedRoot> roots_of(const LockInputs& inputs) {
  std::vector<LockedRoot> roots;
  for (const RootInputs& root : inputs.roots) {
    std::set<std::string> texts;
    for (const auto& line : root.requirements.requirements) texts.insert(config::to_string(line.requirement));
    roots.push_back({root.kind, root.name, {texts.begin(), texts.end()}, root.no_deps});
  }
  return roots;
}

store::FetchOptions fetching(const std::vector<Index>& indexes) {
  store::FetchOptions options;
  for (const Index& index : indexes) {
    if (index.login) options.logins.push_back(*index.login);
  }
  return options;
}

}  // namespace

Result<std::filesystem::path> find_uv(const std::filesystem::path& cache_directory) {
  if (const auto named = os::get_environment("LAMELLA_UV"); named && !named->empty()) {
    if (os::exists(*named)) return std::filesystem::path(*named);
    return Error(ErrorCode::kToolMissing, "LAMELLA_UV names no program").at(*named);
  }
  if (const auto own = cache_directory / "tools" / "bin" / "uv"; os::exists(own)) return own;
  if (auto found = os::find_program("uv")) return std::move(*found);
  return Error(ErrorCode::kToolMissing, "uv is not installed; it chooses the versions of packages")
      .remedy("`pip install uv` in a virtual environment on the PATH, or set LAMELLA_UV to the program")
      .with("program", "uv");
}

Resolver::Resolver(ResolverSettings settings, store::ContentStore& store, store::ActionCache& actions,
                   EventSink& events)
    : settings_(std::move(settings)),
      store_(store),
      actions_(actions),
      events_(events),
      fetcher_(store, fetching(settings_.indexes)) {}

Result<Resolver::Chosen> Resolver::choose(const LockInputs& inputs, const std::optional<LockFile>& previous,
                                          const Upgrade& upgrade, std::stop_token stop) {
  const Hashes pinned = pinned_hashes(inputs);
  const auto ask = [&](UvQuestion question) -> Result<Chosen> {
    if (question.requirements.empty()) return Chosen();
    if (previous && !upgrade.all) question.preferred = render_lock(*previous);
    question.upgrade = upgrade.packages;
    Choosing choosing(std::move(question), pinned, events_);
    LAMELLA_TRY_ASSIGN(auto packages, choosing.choose(stop));
    return Chosen{std::move(packages), choosing.placed()};
  };
  LAMELLA_TRY_ASSIGN(Chosen chosen, ask(question_of(settings_, inputs)));
  LAMELLA_TRY_ASSIGN(Chosen alone, ask(question_without_deps(settings_, inputs, chosen.packages)));
  for (LockedPackage& package : alone.packages) {
    const bool there = std::any_of(chosen.packages.begin(), chosen.packages.end(),
                                   [&](const LockedPackage& one) { return one.name == package.name; });
    if (!there) chosen.packages.push_back(std::move(package));
  }
  chosen.placed.merge(alone.placed);
  std::sort(chosen.packages.begin(), chosen.packages.end(),
            [](const LockedPackage& a, const LockedPackage& b) { return a.name < b.name; });
  return chosen;
}

Result<std::vector<Metadata>> Resolver::metadata_of(std::vector<LockedPackage>& packages,
                                                    std::stop_token stop) {
  const MetadataSources sources{store_, actions_, fetcher_, events_};
  std::vector<Metadata> metadata(packages.size());
  os::ThreadPool pool(kMetadataReaders);
  LAMELLA_TRY(pool.parallel_for(
      packages.size(),
      [&](std::size_t i) -> Result<> {
        LAMELLA_TRY_ASSIGN(metadata[i], read_metadata(sources, packages[i], stop));
        packages[i].requires_python = metadata[i].requires_python;
        return {};
      },
      stop));
  return metadata;
}

Result<LockFile> Resolver::resolve(const LockInputs& inputs, const std::optional<LockFile>& previous,
                                   const Upgrade& upgrade, std::stop_token stop) {
  LockFile lock{.group = inputs.group.name,
                .target = inputs.group.target,
                .inputs = inputs.digest(),
                .roots = roots_of(inputs),
                .packages = {}};
  if (inputs.empty()) return lock;
  LAMELLA_TRY(check_pinned(inputs));
  const std::string doing = "resolving lock group " + inputs.group.name;
  auto chosen = choose(inputs, previous, upgrade, stop);
  if (!chosen) return Error(std::move(chosen).error()).while_doing(doing);
  lock.packages = std::move(chosen->packages);
  LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(lock.packages, stop));
  if (auto filled = fill_needs(lock, metadata, inputs, chosen->placed); !filled)
    return Error(std::move(filled).error()).while_doing(doing);
  LAMELLA_TRY(check_pinned(inputs, lock));
  return lock;
}

Result<std::vector<Newest>> Resolver::newest(const LockInputs& inputs, const LockFile& lock,
                                             std::stop_token stop) {
  if (lock.packages.empty()) return std::vector<Newest>();
  UvQuestion question = question_of(settings_, inputs);
  question.constraints.clear();
  question.overrides.clear();
  question.no_deps = true;
  std::vector<std::string> names;
  for (const LockedPackage& package : lock.packages) names.push_back(package.name);
  question.requirements = {{"lock group " + lock.group, std::move(names)}};
  LAMELLA_TRY_ASSIGN(auto packages, Choosing(std::move(question), {}, events_).choose(stop));
  LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(packages, stop));
  std::vector<Newest> found;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    found.push_back({std::move(packages[i]), metadata[i].changelog});
  }
  return found;
}

}  // namespace lamella::resolve
