// SPDX-License-Identifier: Apache-2.0
#include "build/segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <optional>
#include <set>

#include "base/percent.h"
#include "build/fates.h"
#include "build/job.h"
#include "build/source_wheel.h"
#include "os/file.h"
#include "package/command_output.h"
#include "package/segment_maker.h"
#include "package/source_build.h"
#include "store/fetcher.h"

namespace lamella::build {
namespace {

/// One segment to make: a wheel's, a ready archive's, a command's, or the workspace's own files.
struct Wanted {
  Digest key;
  const package::Recipe* wheel = nullptr;
  const package::ArchiveRecipe* archive = nullptr;
  const package::CommandRecipe* command = nullptr;
  const package::LocalRecipe* local = nullptr;
  const std::optional<package::Interpreter>* interpreter = nullptr;
  std::uint64_t weight = 0;  ///< the wheel's bytes

  std::string name() const {
    if (archive != nullptr) return "archive " + archive->name;
    if (command != nullptr) return "what a command leaves in " + command->command.output;
    return wheel != nullptr ? wheel->wheel.distribution + " " + wheel->wheel.version
                            : "the workspace's own files";
  }
};

std::vector<Wanted> jobs_of(const std::vector<const ArtifactPlan*>& plans) {
  std::vector<Wanted> jobs;
  std::set<Digest> seen;
  for (const ArtifactPlan* plan : plans) {
    auto key = plan->segment_keys().begin();
    const auto add = [&](Wanted job) {
      job.key = *key++;
      job.interpreter = &plan->interpreter;
      if (seen.insert(job.key).second) jobs.push_back(job);
    };
    for (const package::Recipe& recipe : plan->wheels) add({.wheel = &recipe});
    if (plan->archive) add({.archive = &*plan->archive});
    if (plan->command) add({.command = &*plan->command});
    if (plan->local) add({.local = &*plan->local});
  }
  return jobs;
}

/// Makes what is missing; failures are collected by position.
class Making {
 public:
  Making(const Tools& tools, package::SegmentMaker& maker, const std::vector<Wanted>& jobs, bool fetch,
         Again again, OnFailure on_failure, std::stop_token stop)
      : tools_(tools),
        maker_(maker),
        jobs_(jobs),
        fetch_(fetch),
        again_(again),
        on_failure_(on_failure),
        stop_(stop) {}

  Result<> run(EnsuredSegments& out) {
    auto done = tools_.pool.parallel_for(
        jobs_.size(), [&](std::size_t i) { return step(i, out); }, stop_);
    for (auto& [i, error] : errors_)
      out.failures.push_back({jobs_[i].key, jobs_[i].name(), std::move(error)});
    const bool told = !out.failures.empty() && !done && is_own_fault(done.error().code());
    return told ? Result<>() : std::move(done);
  }

 private:
  Result<> step(std::size_t i, EnsuredSegments& out) {
    auto made = timed(jobs_[i]);
    const std::lock_guard lock(mutex_);
    if (made) {
      out.segments.emplace(jobs_[i].key, std::move(*made));
      return {};
    }
    Error error = Error(std::move(made).error()).while_doing("packaging " + jobs_[i].name());
    if (!is_own_fault(error.code())) return error;
    errors_.emplace(i, error);
    return on_failure_ == OnFailure::kKeepGoing ? Result<>() : error;
  }

  Result<package::SegmentRecord> timed(const Wanted& job) {
    const Job timer(tools_.events, "segment", job.name());
    return make(job);
  }

  Result<package::SegmentRecord> make(const Wanted& job) {
    if (job.archive != nullptr) {
      LAMELLA_TRY(bring_archive(tools_, *job.archive, stop_));
      return maker_.make(*job.archive, stop_);
    }
    if (job.command != nullptr) return make_by_command(*job.command, *job.interpreter);
    if (job.wheel != nullptr && job.wheel->source) return make_built(*job.wheel, *job.interpreter);
    if (job.wheel == nullptr) return maker_.make(*job.local, *job.interpreter, stop_);
    if (fetch_) {
      store::FetchOptions options;
      options.logins = tools_.logins;
      store::Fetcher fetcher(tools_.store, std::move(options));
      const std::vector<store::Download> one = {download_of(job.wheel->wheel)};
      LAMELLA_TRY(fetcher.fetch(one, tools_.events, stop_));
    }
    return maker_.make(*job.wheel, *job.interpreter, stop_);
  }

  /// The wheel is built first, unless it was before.
  Result<package::SegmentRecord> make_built(const package::Recipe& recipe,
                                            const std::optional<package::Interpreter>& interpreter) {
    package::Recipe whole = recipe;
    LAMELLA_TRY_ASSIGN(auto built, bring_built(tools_, *recipe.source, stop_));
    whole.wheel = std::move(built.wheel);
    whole.source->compiled_by = std::move(built.compiled_by);
    return maker_.make(whole, interpreter, stop_);
  }

  /// What it left before serves, unless all is to be made again.
  Result<package::SegmentRecord> make_by_command(const package::CommandRecipe& recipe,
                                                 const std::optional<package::Interpreter>& interpreter) {
    std::optional<package::CommandOutput> output;
    if (again_ != Again::kSegments) {
      LAMELLA_TRY_ASSIGN(output, package::find_output(tools_.store, tools_.actions, recipe.command));
    }
    if (!output) {
      const package::CommandRunner runner{tools_.store, tools_.actions, tools_.cache,
                                          tools_.cache / "scratch", tools_.events};
      LAMELLA_TRY_ASSIGN(output, package::run_command(runner, recipe.command, stop_));
    }
    return maker_.make(recipe, output->files, interpreter, stop_);
  }

  const Tools& tools_;
  package::SegmentMaker& maker_;
  const std::vector<Wanted>& jobs_;
  const bool fetch_;
  const Again again_;
  const OnFailure on_failure_;
  std::stop_token stop_;
  std::mutex mutex_;
  std::map<std::size_t, Error> errors_;  // guarded by mutex_
};

/// Largest first, so that no thread is left with scipy when the others are done.  Locks need not say sizes;
/// blobs do.
Result<> order_by_size(const Tools& tools, std::vector<Wanted>& jobs) {
  for (Wanted& job : jobs) {
    if (job.wheel == nullptr || job.wheel->source) continue;
    LAMELLA_TRY_ASSIGN(const auto blob,
                       tools.store.open(job.wheel->wheel.sha256, store::Verify::kWhileReading));
    if (blob) job.weight = blob->size();
  }
  std::stable_sort(jobs.begin(), jobs.end(),
                   [](const Wanted& a, const Wanted& b) { return a.weight > b.weight; });
  return {};
}

/// Whoever has an account brought it before the build.
Result<> require_mirrored(const Tools& tools, const package::ArchiveRecipe& archive) {
  LAMELLA_TRY_ASSIGN(const auto missing, tools.store.find_missing(std::span(&archive.sha256, 1)));
  if (missing.empty()) return {};
  return Error(ErrorCode::kUsage, fmt::format("the bytes of {} are not in the store", archive.url))
      .remedy("run `lamella build` with credentials that may read it");
}

}  // namespace

Result<> bring_archive(const Tools& tools, const package::ArchiveRecipe& archive, std::stop_token stop) {
  if (archive.url.starts_with("arn:")) return require_mirrored(tools, archive);
  const bool remote = !archive.url.empty();
  const store::Download one{
      archive.name, remote ? archive.url : "file://" + base::percent_encode(archive.path.string(), "/"),
      archive.sha256};
  store::FetchOptions options;
  options.logins = tools.logins;
  store::Fetcher fetcher(tools.store, std::move(options));
  auto fetched = fetcher.fetch(std::span(&one, 1), tools.events, stop);
  if (fetched) return {};
  const Error& error = fetched.error();
  if (error.code() != ErrorCode::kMismatch) return error;
  if (!remote) {
    return Error(ErrorCode::kConflict, "an archive changed while it was being packaged")
        .at(archive.path.string())
        .remedy("run the build again");
  }
  return Error(ErrorCode::kMismatch, archive.name + " is not the archive that lamella.toml names")
      .at(error.where())
      .because(error.why())
      .remedy("find out who changed it; write the new sha256 only if the change is wanted")
      .with("file", archive.name)
      .with("wanted", archive.sha256.hex())
      .with("got", error.fact("got"));
}

Result<> fetch_wheels(const Tools& tools, const std::vector<const package::Recipe*>& recipes,
                      std::stop_token stop) {
  std::vector<store::Download> downloads;
  std::set<Digest> seen;
  const auto want = [&](const package::Wheel& wheel) {
    if (seen.insert(wheel.sha256).second) downloads.push_back(download_of(wheel));
  };
  for (const package::Recipe* recipe : recipes) {
    if (!recipe->source) want(recipe->wheel);
    if (!recipe->source) continue;
    LAMELLA_TRY_ASSIGN(const auto built, package::find_built(tools.store, tools.actions, *recipe->source));
    if (built) continue;
    if (recipe->source->archive) want(*recipe->source->archive);
    for (const package::Wheel& wheel : recipe->source->requirements) want(wheel);
  }
  if (downloads.empty()) return {};
  store::FetchOptions options;
  options.logins = tools.logins;
  store::Fetcher fetcher(tools.store, std::move(options));
  const Job timer(tools.events, "fetch", "wheels");
  LAMELLA_TRY_ASSIGN(const auto report, fetcher.fetch(downloads, tools.events, stop));
  if (report.fetched > 0) {
    tools.events.emit({.kind = "fetch.summary",
                       .subject = "wheels",
                       .text = fmt::format("{} fetched, {} in the store", report.fetched, report.reused)});
  }
  return {};
}

Result<EnsuredSegments> ensure_segments(const Tools& tools, const std::vector<const ArtifactPlan*>& plans,
                                        Again again, OnFailure on_failure, std::stop_token stop) {
  const auto scratch = tools.cache / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  package::SegmentMaker maker(tools.store, tools.actions, scratch, tools.events);
  EnsuredSegments out;
  std::vector<Wanted> missing;
  for (Wanted& job : jobs_of(plans)) {
    std::optional<package::SegmentRecord> known;
    if (again != Again::kSegments) {
      LAMELLA_TRY_ASSIGN(known, maker.find(job.key));
    }
    if (known) {
      out.segments.emplace(job.key, std::move(*known));
    } else {
      missing.push_back(job);
    }
  }
  // Side by side, and when one of them fails again one by one, where it can be told whose it is.
  std::vector<const package::Recipe*> recipes;
  for (const Wanted& job : missing) {
    if (job.wheel != nullptr) recipes.push_back(job.wheel);
  }
  auto fetched = fetch_wheels(tools, recipes, stop);
  const bool one_by_one =
      !fetched && on_failure == OnFailure::kKeepGoing && is_own_fault(fetched.error().code());
  if (!fetched && !one_by_one) return Error(std::move(fetched).error());
  LAMELLA_TRY(order_by_size(tools, missing));
  LAMELLA_TRY(Making(tools, maker, missing, one_by_one, again, on_failure, stop).run(out));
  return out;
}

}  // namespace lamella::build
