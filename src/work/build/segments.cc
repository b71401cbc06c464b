// SPDX-License-Identifier: Apache-2.0
#include "build/segments.h"

#include <fmt/format.h>

#include <atomic>
#include <map>
#include <mutex>
#include <optional>
#include <set>
#include <thread>

#include "base/percent.h"
#include "build/fates.h"
#include "build/job.h"
#include "build/ready_queue.h"
#include "build/source_wheel.h"
#include "os/file.h"
#include "package/command_output.h"
#include "package/segment_maker.h"
#include "package/source_build.h"
#include "proof/opt_proof.h"
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

/// Makes what is missing while its wheels arrive; failures are collected by position.
class Making {
 public:
  Making(const Tools& tools, package::SegmentMaker& maker, const std::vector<Wanted>& jobs, Again again,
         OnFailure on_failure)
      : tools_(tools),
        maker_(maker),
        jobs_(jobs),
        again_(again),
        on_failure_(on_failure),
        queue_(jobs.size()) {
    for (std::size_t i = 0; i < jobs_.size(); ++i) {
      const package::Recipe* wheel = jobs_[i].wheel;
      if (wheel == nullptr) queue_.ready(i, 0);
      if (wheel != nullptr) recipes_.push_back(wheel);
      if (wheel != nullptr && !wheel->source) waiting_.emplace(wheel->wheel.sha256, i);
    }
  }

  Result<> run(EnsuredSegments& out, const std::stop_token& stop) {
    const std::stop_callback both(stop, [this] {
      fetch_stop_.request_stop();
      make_stop_.request_stop();
    });
    std::jthread fetching;
    if (!recipes_.empty()) fetching = std::jthread([this] { fetch(); });
    auto done = tools_.pool.parallel_for(
        jobs_.size(), [&](std::size_t) { return step(out); }, make_stop_.get_token());
    if (fetching.joinable()) fetching.join();
    if (!fetched_ && fetched_.error().code() != ErrorCode::kInterrupted) return std::move(fetched_);
    if (!fatal_.empty()) return std::move(fatal_.begin()->second);
    for (auto& [i, error] : errors_) {
      out.failures.push_back({jobs_[i].key, jobs_[i].name(), std::move(error)});
      if (on_failure_ == OnFailure::kStop) return {};
    }
    return done;
  }

 private:
  /// Leaves nobody waiting: what has not come by its end is made ready, or nothing is made any more.
  void fetch() {
    fetched_ = fetch_wheels(tools_, recipes_, fetch_stop_.get_token(),
                            [this](const Digest& wheel, std::uint64_t bytes) {
                              const auto [first, last] = waiting_.equal_range(wheel);
                              for (auto it = first; it != last; ++it) queue_.ready(it->second, bytes);
                            });
    if (!fetched_ && on_failure_ == OnFailure::kKeepGoing && is_own_fault(fetched_.error().code())) {
      one_by_one_ = true;
      fetched_ = {};
    }
    if (fetched_) return queue_.ready_rest();
    if (fetched_.error().code() != ErrorCode::kInterrupted) make_stop_.request_stop();
    queue_.close();
  }

  /// Makes the next that is ready.
  Result<> step(EnsuredSegments& out) {
    const auto i = queue_.take(make_stop_.get_token());
    if (!i) return make_stop_.stop_requested() ? Error(ErrorCode::kInterrupted, "interrupted") : Result<>();
    auto made = timed(jobs_[*i]);
    if (made) {
      const std::lock_guard lock(mutex_);
      out.segments.emplace(jobs_[*i].key, std::move(*made));
      return {};
    }
    Error error = Error(std::move(made).error()).while_doing("packaging " + jobs_[*i].name());
    const bool own = is_own_fault(error.code());
    {
      const std::lock_guard lock(mutex_);
      (own ? errors_ : fatal_).emplace(*i, error);
    }
    if (own && on_failure_ == OnFailure::kKeepGoing) return {};
    queue_.close();
    fetch_stop_.request_stop();
    return error;
  }

  Result<package::SegmentRecord> timed(const Wanted& job) {
    const Job timer(tools_.events, "segment", job.name());
    return make(job);
  }

  /// What it is at /opt is remembered while its bytes are at hand and other threads are busy too.
  Result<package::SegmentRecord> make_noted(const package::Recipe& recipe,
                                            const std::optional<package::Interpreter>& interpreter) {
    proof::BinaryFacts noted;
    const package::FileObserver observer = [&](std::string_view name, bool executable, auto content) {
      noted.note(name, executable, content);
    };
    LAMELLA_TRY_ASSIGN(auto record, maker_.make(recipe, interpreter, make_stop_.get_token(), observer));
    LAMELLA_TRY(proof::remember_opt_facts(tools_.store, tools_.actions, record.blob, noted));
    return record;
  }

  Result<package::SegmentRecord> make(const Wanted& job) {
    const std::stop_token stop = make_stop_.get_token();
    if (job.archive != nullptr) {
      LAMELLA_TRY(bring_archive(tools_, *job.archive, stop));
      return maker_.make(*job.archive, stop);
    }
    if (job.command != nullptr) return make_by_command(*job.command, *job.interpreter);
    if (job.wheel != nullptr && job.wheel->source) return make_built(*job.wheel, *job.interpreter);
    if (job.wheel == nullptr) return maker_.make(*job.local, *job.interpreter, stop);
    if (one_by_one_) {
      store::FetchOptions options;
      options.logins = tools_.logins;
      store::Fetcher fetcher(tools_.store, std::move(options));
      const std::vector<store::Download> one = {download_of(job.wheel->wheel)};
      LAMELLA_TRY(fetcher.fetch(one, tools_.events, stop));
    }
    return make_noted(*job.wheel, *job.interpreter);
  }

  /// The wheel is built first, unless it was before.
  Result<package::SegmentRecord> make_built(const package::Recipe& recipe,
                                            const std::optional<package::Interpreter>& interpreter) {
    package::Recipe whole = recipe;
    LAMELLA_TRY_ASSIGN(auto built, bring_built(tools_, *recipe.source, make_stop_.get_token()));
    whole.wheel = std::move(built.wheel);
    whole.source->compiled_by = std::move(built.compiled_by);
    return make_noted(whole, interpreter);
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
      LAMELLA_TRY_ASSIGN(output, package::run_command(runner, recipe.command, make_stop_.get_token()));
    }
    return maker_.make(recipe, output->files, interpreter, make_stop_.get_token());
  }

  const Tools& tools_;
  package::SegmentMaker& maker_;
  const std::vector<Wanted>& jobs_;
  const Again again_;
  const OnFailure on_failure_;
  std::vector<const package::Recipe*> recipes_;
  std::multimap<Digest, std::size_t> waiting_;  ///< positions by their wheel
  ReadyQueue queue_;
  std::stop_source fetch_stop_;
  std::stop_source make_stop_;
  std::atomic<bool> one_by_one_ =
      false;          ///< wheels did not all come; each job fetches its own, to tell whose fault it is
  Result<> fetched_;  ///< of the fetching thread until that has ended
  std::mutex mutex_;
  std::map<std::size_t, Error> errors_;  // guarded by mutex_
  std::map<std::size_t, Error> fatal_;   // guarded by mutex_
};

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
  if (const std::string status = error.fact("status"); !status.empty()) {
    return Error(ErrorCode::kRemote, "cannot fetch " + archive.name)
        .at(error.where())
        .because("the server answered HTTP " + status + ": nothing is at this address")
        .remedy("mend the address in lamella.toml, or put the archive back there")
        .with("file", archive.name)
        .with("status", status);
  }
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
                      std::stop_token stop, const store::OnStored& stored) {
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
  LAMELLA_TRY_ASSIGN(const auto report, fetcher.fetch(downloads, tools.events, stop, stored));
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
  LAMELLA_TRY(Making(tools, maker, missing, again, on_failure).run(out, stop));
  return out;
}

}  // namespace lamella::build
