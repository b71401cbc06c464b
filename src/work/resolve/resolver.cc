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
#include "resolve/asked.h"
#include "resolve/choosing.h"
#include "resolve/closure.h"
#include "resolve/edges.h"
#include "resolve/in_repo.h"
#include "resolve/metadata.h"
#include "resolve/pins.h"
#include "resolve/question.h"
#include "resolve/uv.h"
#include "resolve/version.h"

namespace lamella::resolve {
namespace {

constexpr unsigned kMetadataReaders = 8;

std::string who(const RootInputs& root) { return std::string(to_string(root.kind)) + " " + root.name; }

/// What comes without its needs has no extras either.
std::vector<std::string> texts_of(const std::vector<config::RequirementLine>& lines) {
  std::vector<std::string> texts;
  for (const auto& line : lines) {
    config::Requirement requirement = line.requirement;
    if (line.no_deps) requirement.extras.clear();
    texts.push_back(config::to_string(requirement));
  }
  return texts;
}

void append(std::vector<std::string>& to, const std::vector<std::string>& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// What is asked for with all it needs.  Roots without what they need only constrain it.
UvQuestion question_of(const ResolverSettings& settings, const LockInputs& inputs) {
  UvQuestion question = question_about_nothing(settings, inputs);
  question.constraints = inputs.constraints;
  question.overrides = inputs.overrides;
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

std::vector<LockedRoot> roots_of(const LockInputs& inputs) {
  std::vector<LockedRoot> roots;
  for (const RootInputs& root : inputs.roots)
    roots.push_back({root.kind, root.name, root.canonical(), root.no_deps, root.alone()});
  return roots;
}

/// Names that single requirements take without what they need, unless another root asks for them with it.
Result<std::set<std::string>> taken_alone(const LockFile& lock) {
  std::set<std::string> names;
  std::set<std::string> with_needs;
  for (const LockedRoot& root : lock.roots) {
    if (root.no_deps) continue;
    LAMELLA_TRY_ASSIGN(const Asked asked, asked_by(root, lock.target));
    for (const auto& requirement : asked.requirements) {
      const std::string name = requirement.normalised();
      (asked.alone.contains(name) ? names : with_needs).insert(name);
    }
  }
  for (const std::string& name : with_needs) names.erase(name);
  return names;
}

/// What any root may take from source; each alone is held against its own list in the end.
std::set<std::string> allowed_by_any(const LockInputs& inputs) {
  std::set<std::string> names;
  for (const RootInputs& root : inputs.roots)
    names.insert(root.allow_source.begin(), root.allow_source.end());
  return names;
}

/// What the previous lock has from source stays so, unless it may move.
std::set<std::string> kept_from_source(const std::optional<LockFile>& previous, const Upgrade& upgrade,
                                       const std::set<std::string>& allowed) {
  std::set<std::string> names;
  if (!previous || upgrade.all) return names;
  for (const LockedPackage& package : previous->packages) {
    const bool moves =
        std::any_of(upgrade.packages.begin(), upgrade.packages.end(),
                    [&](const std::string& one) { return config::normalised_name(one) == package.name; });
    if (package.build && !moves && allowed.contains(package.name)) names.insert(package.name);
  }
  return names;
}

/// Nobody gets from source what it does not allow: another member of the group may.
Result<> check_allowed(const LockInputs& inputs, const LockFile& lock) {
  for (const RootInputs& root : inputs.roots) {
    LAMELLA_TRY_ASSIGN(const auto closure, closure_of(lock, root.kind, root.name));
    for (const LockedPackage* package : closure) {
      const auto& allowed = root.allow_source;
      if (!package->build || std::find(allowed.begin(), allowed.end(), package->name) != allowed.end())
        continue;
      const bool layer = root.kind == RootKind::kLayer;
      return Error(ErrorCode::kRejected, who(root) + " does not allow " + package->name + " from source")
          .because(source_name(*package) + " has only its source, " + package->wheel.filename +
                   ", and another member of the lock group allows that")
          .remedy("`allow_source = [\"" + package->name + "\"]` on " +
                  (layer ? who(root) : "a layer of " + who(root)));
    }
  }
  return {};
}

bool is_at_least(const std::string& version, const std::string& other) {
  const auto one = Version::parse(version);
  const auto two = Version::parse(other);
  return one && two && *one >= *two;
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
                                          const Upgrade& upgrade, const std::set<std::string>& without_needs,
                                          std::stop_token stop) {
  const Hashes pinned = pinned_hashes(inputs);
  Sourcing sourcing{.allowed = {}, .builds = settings_.sources};
  if (settings_.sources != nullptr) sourcing.allowed = allowed_by_any(inputs);
  const auto ask = [&](UvQuestion question) -> Result<Chosen> {
    if (question.requirements.empty()) return Chosen();
    if (previous && !upgrade.all) question.preferred = render_lock(*previous);
    question.upgrade = upgrade.packages;
    question.without_needs = without_needs;
    for (const std::string& name : kept_from_source(previous, upgrade, sourcing.allowed))
      question.from_source[name];
    Choosing choosing(std::move(question), pinned, sourcing, events_);
    LAMELLA_TRY_ASSIGN(auto packages, choosing.choose(stop));
    return Chosen{std::move(packages), choosing.placed(), choosing.built()};
  };
  LAMELLA_TRY_ASSIGN(Chosen chosen, ask(question_of(settings_, inputs)));
  LAMELLA_TRY_ASSIGN(Chosen alone, ask(question_without_deps(settings_, inputs, chosen.packages)));
  for (LockedPackage& package : alone.packages) {
    const bool there = std::any_of(chosen.packages.begin(), chosen.packages.end(),
                                   [&](const LockedPackage& one) { return one.name == package.name; });
    if (!there) chosen.packages.push_back(std::move(package));
  }
  chosen.placed.merge(alone.placed);
  chosen.built.merge(alone.built);
  std::sort(chosen.packages.begin(), chosen.packages.end(),
            [](const LockedPackage& a, const LockedPackage& b) { return a.name < b.name; });
  return chosen;
}

Result<std::vector<Metadata>> Resolver::metadata_of(std::vector<LockedPackage>& packages,
                                                    const std::map<std::string, Metadata>& built,
                                                    std::stop_token stop) {
  const MetadataSources sources{store_, actions_, fetcher_, events_};
  std::vector<Metadata> metadata(packages.size());
  os::ThreadPool pool(kMetadataReaders);
  LAMELLA_TRY(pool.parallel_for(
      packages.size(),
      [&](std::size_t i) -> Result<> {
        if (const auto known = built.find(packages[i].name); known != built.end()) {
          metadata[i] = known->second;
        } else {
          LAMELLA_TRY_ASSIGN(metadata[i], read_metadata(sources, packages[i], stop));
        }
        packages[i].requires_python = metadata[i].requires_python;
        return {};
      },
      stop));
  return metadata;
}

Result<std::set<std::string>> Resolver::fill(LockFile& lock, const LockInputs& inputs,
                                             const std::optional<LockFile>& previous, const Upgrade& upgrade,
                                             const std::set<std::string>& without_needs,
                                             std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(Chosen chosen, choose(inputs, previous, upgrade, without_needs, stop));
  lock.packages = std::move(chosen.packages);
  LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(lock.packages, chosen.built, stop));
  for (const LockedPackage& package : lock.packages) {
    if (!without_needs.contains(package.name) || allows_python(package.requires_python, lock.target))
      continue;
    return Error(ErrorCode::kUsage, package.name + " " + package.version + " is not for " +
                                        model::to_string(lock.target.runtime))
        .because("it requires Python " + package.requires_python)
        .remedy("require a version that is");
  }
  return fill_needs(lock, metadata, inputs, chosen.placed, without_needs);
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
  LAMELLA_TRY_ASSIGN(std::set<std::string> without_needs, taken_alone(lock));
  while (true) {
    const auto lacking = fill(lock, inputs, previous, upgrade, without_needs, stop);
    if (!lacking) return Error(lacking.error()).while_doing(doing);
    if (lacking->empty()) break;
    for (const std::string& name : *lacking) without_needs.erase(name);
  }
  LAMELLA_TRY(check_pinned(inputs, lock));
  if (auto allowed = check_allowed(inputs, lock); !allowed)
    return Error(std::move(allowed).error()).while_doing(doing);
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
  for (const LockedPackage& package : lock.packages) {
    if (package.build) question.from_source[package.name];
  }
  Choosing choosing(question, {}, {}, events_);
  LAMELLA_TRY_ASSIGN(auto packages, choosing.choose(stop));
  auto built = choosing.built();
  for (LockedPackage& package : packages) {
    if (!package.build) continue;
    question.from_source.clear();
    question.requirements = {{"lock group " + lock.group, {package.name}}};
    auto wheels = Choosing(question, {}, {}, events_).choose(stop);
    const bool better =
        wheels && wheels->size() == 1 && is_at_least(wheels->front().version, package.version);
    if (!better) continue;
    built.erase(package.name);
    package = std::move(wheels->front());
  }
  LAMELLA_TRY_ASSIGN(const auto metadata, metadata_of(packages, built, stop));
  std::vector<Newest> found;
  for (std::size_t i = 0; i < packages.size(); ++i) {
    found.push_back({std::move(packages[i]), metadata[i].changelog});
  }
  return found;
}

}  // namespace lamella::resolve
