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
#include "resolve/marker.h"
#include "resolve/metadata.h"
#include "resolve/uv.h"
#include "resolve/wheel_tag.h"

namespace lamella::resolve {
namespace {

/// Each round excludes every version found unloadable; a package that dropped old systems rarely has more
/// releases since than this.
constexpr int kMostRounds = 80;
constexpr unsigned kMetadataReaders = 8;

using Hashes = std::map<std::string, std::set<std::string>>;

/// Digests that requirement lines pin, by package: only these files will do.
Hashes pinned_hashes(const LockInputs& inputs) {
  Hashes hashes;
  for (const RootInputs& root : inputs.roots) {
    for (const auto& line : root.requirements.requirements) {
      for (const std::string& hash : line.hashes) {
        if (hash.starts_with("sha256:")) hashes[line.requirement.normalised()].insert(hash.substr(7));
      }
    }
  }
  return hashes;
}

UvQuestion question_of(const ResolverSettings& settings, const LockInputs& inputs) {
  UvQuestion question{.uv = settings.uv,
                      .cache = settings.cache,
                      .wheelhouse = settings.wheelhouse,
                      .target = inputs.group.target,
                      .requirements = {},
                      .constraints = inputs.constraints,
                      .exclude_newer = inputs.exclude_newer,
                      .preferred = {},
                      .upgrade = {},
                      .patience = settings.patience};
  for (const RootInputs& root : inputs.roots) {
    std::vector<std::string> texts;
    for (const auto& line : root.requirements.requirements)
      texts.push_back(config::to_string(line.requirement));
    for (const auto& line : root.requirements.constraints) {
      question.constraints.push_back(config::to_string(line.requirement));
    }
    if (texts.empty()) continue;
    question.requirements.emplace_back(std::string(to_string(root.kind)) + " " + root.name, std::move(texts));
  }
  return question;
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
    for (int round = 0; round < kMostRounds; ++round) {
      auto answer = ask_uv(question_, stop);
      if (!answer) return explain(std::move(answer).error());
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

 private:
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
};

/// "urllib3" or "urllib3[brotli,socks]".
std::string need_text(const config::Requirement& requirement) {
  std::set<std::string> extras;
  for (const std::string& extra : requirement.extras) extras.insert(config::normalised_name(extra));
  std::string out;
  for (const std::string& extra : extras) out += (out.empty() ? "[" : ",") + extra;
  return requirement.normalised() + (out.empty() ? "" : out + "]");
}

/// Fills in who needs whom, starting from the roots, extra by extra.
class Edges {
 public:
  Edges(LockFile& lock, const std::vector<Metadata>& metadata)
      : lock_(lock), metadata_(metadata), environment_(marker_environment(lock.target)) {}

  Result<> fill() {
    for (const LockedRoot& root : lock_.roots) {
      for (const std::string& text : root.requirements) {
        LAMELLA_TRY_ASSIGN(const auto requirement, config::parse_requirement(text));
        LAMELLA_TRY_ASSIGN(const bool applies, marker_holds(requirement.marker, environment_, ""));
        if (applies) LAMELLA_TRY(reach(requirement, root.name));
      }
    }
    while (!open_.empty()) {
      const auto [index, extra] = std::move(open_.back());
      open_.pop_back();
      LAMELLA_TRY(expand(index, extra));
    }
    for (std::size_t i = 0; i < lock_.packages.size(); ++i) {
      if (!seen_.contains({i, ""}))
        return disagree(lock_.packages[i].name + " is chosen, but nothing needs it");
    }
    return {};
  }

 private:
  static Error disagree(std::string why) {
    return Error(ErrorCode::kInternal, "uv and the wheels' metadata disagree on what is needed")
        .because(std::move(why));
  }

  Result<> reach(const config::Requirement& requirement, const std::string& from) {
    const LockedPackage* package = lock_.find(requirement.normalised());
    if (package == nullptr)
      return disagree(from + " needs " + requirement.normalised() + ", which was not chosen");
    const auto index = static_cast<std::size_t>(package - lock_.packages.data());
    const auto open = [&](const std::string& extra) {
      if (seen_.insert({index, extra}).second) open_.emplace_back(index, extra);
    };
    open("");
    for (const std::string& extra : requirement.extras) open(config::normalised_name(extra));
    return {};
  }

  Result<> expand(std::size_t index, const std::string& extra) {
    LockedPackage& package = lock_.packages[index];
    std::set<std::string> needs;
    for (const std::string& text : metadata_[index].requires_dist) {
      LAMELLA_TRY_ASSIGN(const auto requirement, config::parse_requirement(text));
      LAMELLA_TRY_ASSIGN(const bool holds, marker_holds(requirement.marker, environment_, extra));
      if (!holds) continue;
      if (!extra.empty()) {
        LAMELLA_TRY_ASSIGN(const bool always, marker_holds(requirement.marker, environment_, ""));
        if (always) continue;
      }
      LAMELLA_TRY(reach(requirement, package.name));
      needs.insert(need_text(requirement));
    }
    if (!needs.empty()) package.needs[extra].assign(needs.begin(), needs.end());
    return {};
  }

  LockFile& lock_;
  const std::vector<Metadata>& metadata_;
  const MarkerEnvironment environment_;
  std::set<std::pair<std::size_t, std::string>> seen_;
  std::vector<std::pair<std::size_t, std::string>> open_;
};

std::vector<LockedRoot> roots_of(const LockInputs& inputs) {
  std::vector<LockedRoot> roots;
  for (const RootInputs& root : inputs.roots) {
    std::set<std::string> texts;
    for (const auto& line : root.requirements.requirements) texts.insert(config::to_string(line.requirement));
    roots.push_back({root.kind, root.name, {texts.begin(), texts.end()}});
  }
  return roots;
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
    : settings_(std::move(settings)), store_(store), actions_(actions), events_(events), fetcher_(store) {}

Result<LockFile> Resolver::resolve(const LockInputs& inputs, const std::optional<LockFile>& previous,
                                   const Upgrade& upgrade, std::stop_token stop) {
  LockFile lock{.group = inputs.group.name,
                .target = inputs.group.target,
                .inputs = inputs.digest(),
                .roots = roots_of(inputs),
                .packages = {}};
  if (inputs.empty()) return lock;
  UvQuestion question = question_of(settings_, inputs);
  if (previous && !upgrade.all) question.preferred = render_lock(*previous);
  question.upgrade = upgrade.packages;
  const std::string doing = "resolving lock group " + inputs.group.name;
  auto chosen = Choosing(std::move(question), pinned_hashes(inputs), events_).choose(stop);
  if (!chosen) return Error(std::move(chosen).error()).while_doing(doing);
  lock.packages = std::move(*chosen);

  const MetadataSources sources{store_, actions_, fetcher_, events_};
  std::vector<Metadata> metadata(lock.packages.size());
  os::ThreadPool pool(kMetadataReaders);
  LAMELLA_TRY(pool.parallel_for(
      lock.packages.size(),
      [&](std::size_t i) -> Result<> {
        LAMELLA_TRY_ASSIGN(metadata[i], read_metadata(sources, lock.packages[i], stop));
        lock.packages[i].requires_python = metadata[i].requires_python;
        return {};
      },
      stop));
  if (auto filled = Edges(lock, metadata).fill(); !filled)
    return Error(std::move(filled).error()).while_doing(doing);
  return lock;
}

}  // namespace lamella::resolve
