// SPDX-License-Identifier: Apache-2.0
#include "build/source_wheel.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>
#include <vector>

#include "build/job.h"
#include "build/recipes.h"
#include "os/file.h"
#include "resolve/wheel_tag.h"

namespace lamella::build {
namespace {

/// What another interpreter cannot do in its place.
Error needs_own(const package::SourceBuild& source, std::string why) {
  const std::string runtime = to_string(source.target.runtime);
  return Error(ErrorCode::kToolMissing,
               fmt::format("building {} needs an interpreter of {}", source.place, runtime))
      .because(fmt::format("{}, and {} stands in for pure wheels alone", why, to_string(source.built_on())))
      .remedy(fmt::format("install {}; `lamella doctor` says where it is looked for", runtime))
      .with("program", runtime);
}

/// Errors: tool-missing, unless all that the build needs runs on an interpreter that stands in.
Result<> check_stand_in(const package::SourceBuild& source) {
  if (!source.stand_in) return {};
  const auto accepted = resolve::accepted_tags({*source.stand_in, source.target.architecture});
  for (const package::Wheel& wheel : source.requirements) {
    LAMELLA_TRY_ASSIGN(const auto name, resolve::parse_wheel_name(wheel.filename));
    if (!resolve::fit(name, accepted)) return needs_own(source, "it needs " + wheel.filename);
  }
  return {};
}

/// A wheel of a project that may have code to compile says so, also where nothing was compiled: "linux_x86_64".  What
/// libraries it has are checked one by one, like any other's.
Result<> check_fit(const package::Wheel& wheel, const package::SourceBuild& source) {
  LAMELLA_TRY_ASSIGN(auto name, resolve::parse_wheel_name(wheel.filename));
  const bool pure =
      name.abi == std::vector<std::string>{"none"} && name.platform == std::vector<std::string>{"any"};
  if (source.stand_in && !pure) return needs_own(source, fmt::format("it is built to {}", wheel.filename));
  const std::string machine(model::machine_name(source.target.architecture));
  std::replace(name.platform.begin(), name.platform.end(), "linux_" + machine, "manylinux_2_17_" + machine);
  if (resolve::fit(name, resolve::accepted_tags(source.target))) return {};
  return Error(ErrorCode::kRejected, fmt::format("what {} is built to does not run on {}", source.place,
                                                 model::short_name(source.target)))
      .because(fmt::format("its wheel is for {}, wanted is {}", name.tag(),
                           resolve::describe_wanted(source.target)))
      .remedy("build its wheel for the target elsewhere and publish it to the declared index");
}

Result<package::BuiltWheel> build_now(const Tools& tools, const package::SourceBuild& source,
                                      std::stop_token stop) {
  std::vector<store::Download> downloads;
  if (source.archive) downloads.push_back(download_of(*source.archive));
  for (const package::Wheel& wheel : source.requirements) downloads.push_back(download_of(wheel));
  if (!downloads.empty()) {
    store::FetchOptions options;
    options.logins = tools.logins;
    store::Fetcher fetcher(tools.store, std::move(options));
    LAMELLA_TRY(fetcher.fetch(downloads, tools.events, stop));
  }
  LAMELLA_TRY(os::make_directories(tools.cache / "scratch"));
  const package::SourceBuilder builder{tools.store, tools.actions, tools.cache, tools.cache / "scratch",
                                       tools.events};
  const Job timer(tools.events, "build", source.place);
  return package::build_wheel(builder, source, std::move(stop));
}

}  // namespace

Result<> add_build_requirements(const std::vector<GroupLock>& locks, const resolve::LockGroup& group,
                                package::SourceBuild& source) {
  const auto found =
      std::find_if(locks.begin(), locks.end(), [&](const GroupLock& one) { return one.group == group; });
  if (found == locks.end()) {
    return Error(ErrorCode::kUsage, "the lock was never made")
        .at(group.lock_path())
        .because(fmt::format("it holds what building {} needs", source.place))
        .remedy("run `lamella lock`");
  }
  LAMELLA_TRY_ASSIGN(source.requirements, build_wheels(found->lock, source.place));
  return check_stand_in(source);
}

Result<> complete_source(const std::vector<GroupLock>& locks, const resolve::LockedPackage& package,
                         const package::BuildInterpreter& interpreter, package::SourceBuild& source) {
  interpreter.take_on(source);
  if (package.build->requirements.empty()) return {};
  return add_build_requirements(locks, resolve::source_group(package, source.target), source);
}

store::Download download_of(const package::Wheel& wheel) {
  const auto size = wheel.size == 0 ? std::optional<std::uint64_t>() : wheel.size;
  return {wheel.filename, wheel.url, wheel.sha256, size};
}

Result<package::BuiltWheel> bring_built(const Tools& tools, const package::SourceBuild& source,
                                        std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(auto built, package::find_built(tools.store, tools.actions, source));
  if (!built) {
    LAMELLA_TRY_ASSIGN(built, build_now(tools, source, std::move(stop)));
  }
  LAMELLA_TRY(check_fit(built->wheel, source));
  return *std::move(built);
}

Result<> note_built(const Tools& tools, change::StatIndex& index, package::Recipe& recipe) {
  LAMELLA_TRY_ASSIGN(auto built, package::find_built(tools.store, tools.actions, *recipe.source));
  if (!built) return {};
  recipe.wheel = std::move(built->wheel);
  recipe.source->compiled_by = std::move(built->compiled_by);
  if (!recipe.source->compiled_by) return {};
  for (const std::string& file : recipe.source->compiled_by->files) LAMELLA_TRY(index.watch_immutable(file));
  return {};
}

}  // namespace lamella::build
