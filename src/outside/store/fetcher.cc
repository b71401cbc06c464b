// SPDX-License-Identifier: Apache-2.0
#include "store/fetcher.h"

#include <algorithm>
#include <atomic>
#include <map>
#include <mutex>
#include <numeric>
#include <set>
#include <utility>
#include <vector>

#include "base/encoding.h"
#include "base/percent.h"
#include "http/client.h"
#include "os/clock.h"
#include "os/fd.h"
#include "os/thread_pool.h"
#include "store/lanes.h"

namespace lamella::store {
namespace {

constexpr std::uint64_t kLarge = 2'000'000;  ///< bytes; such downloads go one after the other (lanes.h)

/// Forwards to a blob and refuses what goes beyond the stated size, before it fills the disk.
class BoundedSink final : public base::ByteSink {
 public:
  BoundedSink(base::ByteSink& inner, std::optional<std::uint64_t> limit, Lanes& lanes)
      : inner_(inner), limit_(limit), lanes_(lanes) {}

  Result<> write(std::span<const std::byte> bytes) override {
    if (limit_ && bytes.size() > *limit_ - written_) {
      return Error(ErrorCode::kRejected, "the file is longer than its stated size")
          .because("stated " + std::to_string(*limit_) + " bytes");
    }
    written_ += bytes.size();
    lanes_.count(bytes.size());
    return inner_.write(bytes);
  }
  std::uint64_t written() const { return written_; }

 private:
  base::ByteSink& inner_;
  const std::optional<std::uint64_t> limit_;
  Lanes& lanes_;
  std::uint64_t written_ = 0;
};

std::string_view host_of(std::string_view url) {
  const auto start = url.find("://");
  if (start == std::string_view::npos) return {};
  std::string_view rest = url.substr(start + 3);
  rest = rest.substr(0, rest.find_first_of("/?#"));
  if (const auto at = rest.rfind('@'); at != std::string_view::npos) rest.remove_prefix(at + 1);
  if (rest.starts_with('[')) return rest.substr(0, rest.find(']') + 1);
  return rest.substr(0, rest.find(':'));
}

bool is_loopback(std::string_view host) {
  return host == "localhost" || host == "[::1]" || host.starts_with("127.");
}

Result<> check_scheme(std::string_view url) {
  if (url.starts_with("https://") || url.starts_with("file:///")) return {};
  if (url.starts_with("http://") && is_loopback(host_of(url))) return {};
  return Error(ErrorCode::kUsage, "only https downloads are made")
      .at(without_credentials(url))
      .remedy("give the index an https address");
}

bool worth_retrying(int status) { return status >= 500 || status == 429 || status == 408; }

Error refused(const std::string& name, const std::string& url, int status) {
  const bool gone = status == 404 || status == 410;
  return Error(gone ? ErrorCode::kMismatch : ErrorCode::kRemote, "cannot fetch " + name)
      .at(without_credentials(url))
      .because("the server answered " + std::to_string(status))
      .remedy(gone ? "the file was removed since it was locked; run `lamella lock` to choose anew"
                   : "try again, or check the credentials of the index")
      .with("file", name)
      .with("status", std::to_string(status));
}

Error interrupted() { return Error(ErrorCode::kInterrupted, "fetching was interrupted"); }

/// The largest first, since its work takes longest; then the small ones, which are quick, and those of unknown
/// size; then the large ones, the larger first.
std::vector<std::size_t> order_of(const std::vector<const Download*>& downloads) {
  std::uint64_t largest = kLarge;
  for (const Download* download : downloads) largest = std::max(largest, download->size.value_or(0));
  const auto rank = [&](std::size_t i) {
    const std::uint64_t size = downloads[i]->size.value_or(0);
    return size < kLarge ? std::pair(1, std::uint64_t{0}) : std::pair(size == largest ? 0 : 2, ~size);
  };
  std::vector<std::size_t> order(downloads.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return rank(a) < rank(b); });
  return order;
}

/// An http error names the URL it was given; what leaves here must not.
Error scrubbed(Error error, const std::string& url) {
  const std::string clean = without_credentials(url);
  if (clean == url) return error;
  Error copy(error.code(), "cannot fetch a file");
  return std::move(copy).at(clean).because(
      "the connection failed; details are held back to protect credentials");
}

}  // namespace

class Fetcher::Work {
 public:
  Work(ContentStore& store, FetchOptions options)
      : store_(store),
        options_(std::move(options)),
        client_({.user_agent = options_.user_agent, .ca_bundle = {}}) {}

  Result<FetchReport> fetch(std::span<const Download> downloads, EventSink& events, std::stop_token stop,
                            const OnStored& stored);
  Result<std::optional<std::string>> read_unpinned(const std::string& url, std::uint64_t limit,
                                                   std::stop_token stop);

 private:
  /// One call of fetch().
  struct Round {
    EventSink& events;
    std::stop_token stop;
    const OnStored& stored;
    Lanes lanes;
    std::atomic<std::uint64_t> bytes{0};
  };

  /// Fetches those, which the store does not have.
  Result<> bring(const std::vector<const Download*>& wanted, Round& round);
  /// Bytes that came; the whole file is in the store then.
  Result<std::uint64_t> fetch_one(const Download& download, Round& round);
  /// One try; the pair says whether another may help.
  std::pair<Result<std::uint64_t>, bool> attempt(const Download& download, Round& round);
  Result<std::uint64_t> copy_local(const Download& download, Lanes& lanes);
  /// Adds the login of the call's origin, if there is one.
  void identify(http::Call& call) const;
  Result<std::uint64_t> finish(const Download& download, BlobWriter& blob, const BoundedSink& sink);

  ContentStore& store_;
  const FetchOptions options_;
  http::Client client_;
};

Result<FetchReport> Fetcher::Work::fetch(std::span<const Download> downloads, EventSink& events,
                                         std::stop_token stop, const OnStored& stored) {
  FetchReport report;
  std::vector<const Download*> wanted;
  std::set<Digest> seen;
  for (const Download& download : downloads) {
    LAMELLA_TRY(check_scheme(download.url));
    LAMELLA_TRY_ASSIGN(const auto present, open_intact(store_, download.sha256, events));
    const bool first = seen.insert(download.sha256).second;
    if (present) ++report.reused;
    if (!present && first) wanted.push_back(&download);
    if (present && first && stored) stored(download.sha256, present->size());
  }
  if (wanted.empty()) return report;
  Round round{events, stop, stored, Lanes(options_.connections, os::system_clock())};
  LAMELLA_TRY(bring(wanted, round));
  report.fetched = wanted.size();
  report.bytes = round.bytes;
  return report;
}

Result<> Fetcher::Work::bring(const std::vector<const Download*>& wanted, Round& round) {
  os::ThreadPool pool(static_cast<unsigned>(std::min<std::size_t>(options_.connections, wanted.size())));
  const std::vector<std::size_t> order = order_of(wanted);
  std::mutex mutex;
  std::map<std::size_t, Error> errors;  // by place in the list
  auto done = pool.parallel_for(
      wanted.size(),
      [&](std::size_t turn) -> Result<> {
        const std::size_t i = order[turn];
        const auto fetched = fetch_one(*wanted[i], round);
        if (fetched) return {};
        round.lanes.close();
        const std::lock_guard lock(mutex);
        errors.emplace(i, fetched.error());
        return fetched.error();
      },
      round.stop);
  for (auto& [i, error] : errors) {
    if (error.code() != ErrorCode::kInterrupted) return std::move(error);
  }
  return done;
}

Result<std::uint64_t> Fetcher::Work::fetch_one(const Download& download, Round& round) {
  auto pause = options_.first_pause;
  for (unsigned tried = 1;; ++tried) {
    auto [result, again] = attempt(download, round);
    if (result) {
      round.bytes += *result;
      if (round.stored) round.stored(download.sha256, *result);
      round.events.emit({.kind = "fetch.done",
                         .subject = download.name,
                         .text = "fetched and verified",
                         .done = static_cast<std::int64_t>(*result),
                         .total = static_cast<std::int64_t>(*result)});
      return result;
    }
    if (!again || tried >= options_.attempts || round.stop.stop_requested()) {
      return Error(std::move(result).error()).while_doing("fetching " + download.name);
    }
    round.events.emit({.kind = "fetch.retry",
                       .subject = download.name,
                       .text = "attempt " + std::to_string(tried) + " failed: " + result.error().why(),
                       .severity = base::Severity::kDebug});
    if (!os::system_clock().sleep(pause, round.stop)) return interrupted();
    pause *= 2;
  }
}

std::pair<Result<std::uint64_t>, bool> Fetcher::Work::attempt(const Download& download, Round& round) {
  if (download.url.starts_with("file://")) return {copy_local(download, round.lanes), false};
  auto blob = store_.new_blob();
  if (!blob) return {Error(std::move(blob).error()), false};
  BoundedSink sink(**blob, download.size, round.lanes);
  http::Call call{.url = download.url};
  identify(call);
  call.sink = &sink;
  call.max_body = std::uint64_t{64} * 1024;
  call.stop = round.stop;
  bool inside = false;
  call.before_body = [&](std::optional<std::uint64_t> length) -> Result<> {
    if (length.value_or(0) < kLarge) return {};
    inside = round.lanes.enter(*length, round.stop);
    return inside ? Result<>() : interrupted();
  };
  auto reply = client_.send(call);
  if (inside) round.lanes.leave();
  if (!reply) {
    const bool again = http::transport_failure(reply.error()).has_value();
    return {scrubbed(std::move(reply).error(), download.url), again};
  }
  if (reply->status != 200) {
    return {refused(download.name, download.url, reply->status), worth_retrying(reply->status)};
  }
  return {finish(download, **blob, sink), false};
}

void Fetcher::Work::identify(http::Call& call) const {
  const std::string origin = origin_of(call.url);
  for (const HostLogin& login : options_.logins) {
    if (login.origin != origin || origin.empty()) continue;
    const std::string both = login.user + ":" + login.password.reveal();
    call.headers.set("Authorization", "Basic " + base::to_base64(base::as_bytes(both)));
    return;
  }
}

Result<std::uint64_t> Fetcher::Work::finish(const Download& download, BlobWriter& blob,
                                            const BoundedSink& sink) {
  if (auto committed = blob.commit_as(download.sha256); !committed) {
    if (committed.error().code() != ErrorCode::kMismatch) return Error(std::move(committed).error());
    const std::string got = committed.error().fact("got");
    return Error(ErrorCode::kMismatch, download.name + " is not the file that was locked")
        .at(without_credentials(download.url))
        .because("wanted sha256 " + download.sha256.hex() + ", got " + got)
        .remedy("if the index really replaced the file, run `lamella lock`; otherwise someone is in between")
        .with("file", download.name)
        .with("wanted", download.sha256.hex())
        .with("got", got);
  }
  return sink.written();
}

Result<std::uint64_t> Fetcher::Work::copy_local(const Download& download, Lanes& lanes) {
  const auto path =
      base::percent_decode(std::string_view(download.url).substr(std::string_view("file://").size()));
  if (!path) return Error(ErrorCode::kUsage, "a file URL has a broken escape").at(download.url);
  LAMELLA_TRY_ASSIGN(const os::UniqueFd file, os::open_file(*path));
  LAMELLA_TRY_ASSIGN(const auto blob, store_.new_blob());
  BoundedSink sink(*blob, download.size, lanes);
  std::vector<std::byte> buffer(std::size_t{256} * 1024);
  for (;;) {
    LAMELLA_TRY_ASSIGN(const std::size_t n, os::read_some(file.get(), buffer));
    if (n == 0) break;
    LAMELLA_TRY(sink.write(std::span<const std::byte>(buffer.data(), n)));
  }
  return finish(download, *blob, sink);
}

Result<std::optional<std::string>> Fetcher::Work::read_unpinned(const std::string& url, std::uint64_t limit,
                                                                std::stop_token stop) {
  LAMELLA_TRY(check_scheme(url));
  if (url.starts_with("file://")) return std::optional<std::string>();
  auto pause = options_.first_pause;
  for (unsigned tried = 1;; ++tried) {
    http::Call call{.url = url};
    identify(call);
    call.max_body = limit;
    call.stop = stop;
    auto reply = client_.send(call);
    if (reply && reply->status == 200) return std::optional<std::string>(std::move(reply->body));
    if (reply && (reply->status == 404 || reply->status == 403 || reply->status == 410)) {
      return std::optional<std::string>();
    }
    const bool again =
        reply ? worth_retrying(reply->status) : http::transport_failure(reply.error()).has_value();
    if (!again || tried >= options_.attempts || !os::system_clock().sleep(pause, stop)) {
      if (reply) return refused("a file", url, reply->status);
      return scrubbed(std::move(reply).error(), url);
    }
    pause *= 2;
  }
}

Fetcher::Fetcher(ContentStore& store, FetchOptions options)
    : work_(std::make_unique<Work>(store, std::move(options))) {}
Fetcher::~Fetcher() = default;

Result<FetchReport> Fetcher::fetch(std::span<const Download> downloads, EventSink& events,
                                   std::stop_token stop, const OnStored& stored) {
  return work_->fetch(downloads, events, std::move(stop), stored);
}

Result<std::optional<std::string>> Fetcher::read_unpinned(const std::string& url, std::uint64_t limit,
                                                          std::stop_token stop) {
  return work_->read_unpinned(url, limit, std::move(stop));
}

std::string origin_of(std::string_view url) {
  const auto start = url.find("://");
  if (start == std::string_view::npos) return {};
  std::string_view authority = url.substr(start + 3);
  authority = authority.substr(0, authority.find_first_of("/?#"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) authority.remove_prefix(at + 1);
  std::string origin = std::string(url.substr(0, start + 3)) + std::string(authority);
  for (char& c : origin) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  return origin;
}

std::string without_credentials(std::string_view url) {
  const auto start = url.find("://");
  if (start == std::string_view::npos) return std::string(url);
  const auto end = url.find_first_of("/?#", start + 3);
  const auto at = url.substr(0, end).rfind('@');
  if (at == std::string_view::npos || at < start) return std::string(url);
  return std::string(url.substr(0, start + 3)) + "***@" + std::string(url.substr(at + 1));
}

}  // namespace lamella::store
