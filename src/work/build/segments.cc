// SPDX-License-Identifier: Apache-2.0
#include "build/segments.h"

#include <fmt/format.h>

#include <algorithm>
#include <mutex>
#include <optional>
#include <set>

#include "os/file.h"
#include "package/segment_maker.h"
#include "store/fetcher.h"

namespace lamella::build {
namespace {

/// One segment to make: a wheel's, or the workspace's own files.
struct Job {
  Digest key;
  const package::Recipe* wheel = nullptr;
  const package::LocalRecipe* local = nullptr;
  const std::optional<package::Interpreter>* interpreter = nullptr;
  std::uint64_t weight = 0;  ///< the wheel's bytes

  std::string name() const {
    return wheel != nullptr ? wheel->wheel.distribution + " " + wheel->wheel.version
                            : "the workspace's own files";
  }
};

std::vector<Job> jobs_of(const std::vector<const ArtifactPlan*>& plans) {
  std::vector<Job> jobs;
  std::set<Digest> seen;
  const auto add = [&](Job job) {
    if (seen.insert(job.key).second) jobs.push_back(job);
  };
  for (const ArtifactPlan* plan : plans) {
    for (const package::Recipe& recipe : plan->wheels)
      add({recipe.key(), &recipe, nullptr, &plan->interpreter});
    if (plan->local) add({plan->local->key(), nullptr, &*plan->local, &plan->interpreter});
  }
  return jobs;
}

Result<> fetch_wheels(const Tools& tools, const std::vector<Job>& jobs, std::stop_token stop) {
  std::vector<store::Download> downloads;
  std::set<Digest> seen;
  for (const Job& job : jobs) {
    if (job.wheel == nullptr || !seen.insert(job.wheel->wheel.sha256).second) continue;
    const package::Wheel& wheel = job.wheel->wheel;
    const auto size = wheel.size == 0 ? std::optional<std::uint64_t>() : wheel.size;
    downloads.push_back({wheel.filename, wheel.url, wheel.sha256, size});
  }
  if (downloads.empty()) return {};
  store::FetchOptions options;
  options.logins = tools.logins;
  store::Fetcher fetcher(tools.store, std::move(options));
  LAMELLA_TRY_ASSIGN(const auto report, fetcher.fetch(downloads, tools.events, stop));
  if (report.fetched > 0) {
    tools.events.emit({.kind = "fetch.summary",
                       .subject = "wheels",
                       .text = fmt::format("{} fetched, {} in the store", report.fetched, report.reused)});
  }
  return {};
}

/// Largest first, so that no thread is left with scipy when the others are done.  Locks need not say sizes;
/// blobs do.
Result<> order_by_size(const Tools& tools, std::vector<Job>& jobs) {
  for (Job& job : jobs) {
    if (job.wheel == nullptr) continue;
    LAMELLA_TRY_ASSIGN(const auto blob,
                       tools.store.open(job.wheel->wheel.sha256, store::Verify::kWhileReading));
    if (blob) job.weight = blob->size();
  }
  std::stable_sort(jobs.begin(), jobs.end(), [](const Job& a, const Job& b) { return a.weight > b.weight; });
  return {};
}

}  // namespace

Result<Segments> ensure_segments(const Tools& tools, const std::vector<const ArtifactPlan*>& plans,
                                 Again again, std::stop_token stop) {
  const auto scratch = tools.cache / "scratch";
  LAMELLA_TRY(os::make_directories(scratch));
  package::SegmentMaker maker(tools.store, tools.actions, scratch, tools.events);
  Segments segments;
  std::vector<Job> missing;
  for (Job& job : jobs_of(plans)) {
    std::optional<package::SegmentRecord> known;
    if (again != Again::kSegments) {
      LAMELLA_TRY_ASSIGN(known, maker.find(job.key));
    }
    if (known) {
      segments.emplace(job.key, std::move(*known));
    } else {
      missing.push_back(job);
    }
  }
  LAMELLA_TRY(fetch_wheels(tools, missing, stop));
  LAMELLA_TRY(order_by_size(tools, missing));
  std::mutex mutex;
  LAMELLA_TRY(tools.pool.parallel_for(
      missing.size(),
      [&](std::size_t i) -> Result<> {
        const Job& job = missing[i];
        auto made = job.wheel != nullptr ? maker.make(*job.wheel, *job.interpreter, stop)
                                         : maker.make(*job.local, *job.interpreter, stop);
        if (!made) return Error(std::move(made).error()).while_doing("packaging " + job.name());
        const std::lock_guard lock(mutex);
        segments.emplace(job.key, std::move(*made));
        return {};
      },
      stop));
  return segments;
}

}  // namespace lamella::build
