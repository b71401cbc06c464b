// SPDX-License-Identifier: Apache-2.0
#include "build/source_learner.h"

#include <utility>

#include "archive/source_archive.h"
#include "build/recipes.h"
#include "build/source_wheel.h"
#include "package/bytecode.h"

namespace lamella::build {
namespace {

using resolve::BuiltSource;
using resolve::LockedPackage;

/// A backend may ask for more after each thing it gets; no honest one does so often.
constexpr int kMostAsked = 4;

Result<archive::SourceArchive> open_source(const Tools& tools, const LockedPackage& package,
                                           std::uint64_t& size) {
  LAMELLA_TRY_ASSIGN(auto blob, tools.store.open(package.wheel.sha256));
  if (!blob) return Error(ErrorCode::kIo, "a file that was just fetched is gone").at(package.wheel.filename);
  size = blob->size();
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  auto opened = archive::SourceArchive::open(bytes, package.wheel.filename);
  if (opened) return opened;
  return Error(std::move(opened).error())
      .while_doing("reading " + package.wheel.filename)
      .remedy("report it to the package's maintainers, and pin another version");
}

/// What PKG-INFO says; without one, that there is such a package.
Result<resolve::Metadata> written_metadata(const archive::SourceArchive& source,
                                           const LockedPackage& package) {
  LAMELLA_TRY_ASSIGN(const auto text, source.read(source.top() + "/PKG-INFO"));
  if (text) return resolve::parse_metadata(*text);
  return resolve::Metadata{.name = package.name, .version = package.version};
}

}  // namespace

Result<BuiltSource> SourceLearner::learn(const LockedPackage& package, const model::Target& target,
                                         std::stop_token stop) {
  store::FetchOptions options;
  options.logins = tools_.logins;
  store::Fetcher fetcher(tools_.store, std::move(options));
  const store::Download one{package.wheel.filename, package.wheel.url, package.wheel.sha256,
                            package.wheel.size};
  LAMELLA_TRY(fetcher.fetch({&one, 1}, tools_.events, stop));
  std::uint64_t size = 0;
  LAMELLA_TRY_ASSIGN(const auto source, open_source(tools_, package, size));
  LockedPackage building = package;
  LAMELLA_TRY_ASSIGN(building.build, resolve::build_of(source, package));
  BuiltSource learnt{.metadata = {}, .build = {}, .size = size};
  if (learning_ == Learning::kRead) {
    LAMELLA_TRY_ASSIGN(learnt.metadata, written_metadata(source, package));
    learnt.build = *building.build;
    return learnt;
  }
  for (int asked = 0;; ++asked) {
    auto wheel = build(building, target, stop);
    if (!wheel) {
      const std::string missing = wheel.error().fact("missing");
      if (asked < kMostAsked && !missing.empty() && resolve::add_requirements(missing, *building.build))
        continue;
      Error error = Error(std::move(wheel).error()).while_doing("building " + resolve::source_name(package));
      if (missing.empty()) return error;
      return std::move(error).remedy(
          "require a version that has wheels; what a build needs comes from the indexes");
    }
    LAMELLA_TRY_ASSIGN(learnt.metadata,
                       resolve::metadata_in(tools_.store, wheel->filename, wheel->sha256, tools_.events));
    learnt.build = *building.build;
    return learnt;
  }
}

/// The one in the workspace where it answers, else one that is made now.
Result<resolve::LockFile> SourceLearner::lock_of(const resolve::LockInputs& inputs, std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(auto lock, resolve::load_lock(tree_, inputs.group));
  if (lock && resolve::why_stale(*lock, inputs).empty()) return *std::move(lock);
  resolve::Resolver resolver(settings_, tools_.store, tools_.actions, tools_.events);
  LAMELLA_TRY_ASSIGN(auto made, resolver.resolve(inputs, lock, {}, std::move(stop)));
  made_.insert_or_assign(inputs.group.lock_path(), made);
  return made;
}

Result<package::Wheel> SourceLearner::build(const LockedPackage& package, const model::Target& target,
                                            std::stop_token stop) {
  package::SourceBuild source = source_of(package, target);
  LAMELLA_TRY_ASSIGN(const auto interpreter, package::find_build_interpreter(target.runtime, tools_.cache));
  interpreter.take_on(source);
  LAMELLA_TRY_ASSIGN(const auto inputs, resolve::source_inputs(workspace_, package, target));
  if (!inputs.empty()) {
    LAMELLA_TRY_ASSIGN(auto lock, lock_of(inputs, stop));
    LAMELLA_TRY(add_build_requirements({{inputs.group, std::move(lock)}}, inputs.group, source));
  }
  LAMELLA_TRY_ASSIGN(auto built, bring_built(tools_, source, std::move(stop)));
  return std::move(built.wheel);
}

}  // namespace lamella::build
