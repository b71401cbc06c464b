// SPDX-License-Identifier: Apache-2.0
//
// Pinned downloads into the store, several at once.  No byte is handed on before the whole file has
// matched its sha256; what the store holds already is not asked for again.  The largest come first, and large
// ones one after the other where that fills the line (lanes.h), so that whoever works with them need not wait for
// all.
//
// Only https, file, and http to a loopback address are fetched.  Credentials in a URL and logins are used
// and never shown: every text that leaves here went through without_credentials().
//
// Threads: fetch() may be called from several threads at once.
// Errors: mismatch (facts "file", "wanted", "got"), remote (after retries), usage (URL), rejected
// (longer than its stated size), io, interrupted.  The first failure in the list's order is returned;
// the others are told to the events.
//
//   Fetcher fetcher(store, {});
//   LAMELLA_TRY(fetcher.fetch(downloads, events, stop));
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "base/digest.h"
#include "base/event.h"
#include "base/result.h"
#include "base/secret.h"
#include "store/content_store.h"

namespace lamella::store {

struct Download {
  std::string name;  ///< for people: the file name
  std::string url;
  Digest sha256;
  std::optional<std::uint64_t> size{};
};

/// What to say to one server.  Sent to that origin alone, never where it redirects to.
struct HostLogin {
  std::string origin;  ///< "https://packages.example:8443", as origin_of() gives it
  std::string user;
  Secret password;
};

struct FetchOptions {
  unsigned connections = 16;
  unsigned attempts = 5;                       ///< per file: 5xx, 429, time-outs, broken connections
  std::chrono::milliseconds first_pause{200};  ///< doubled after each attempt
  std::string user_agent = "lamella";
  std::vector<HostLogin> logins{};
};

struct FetchReport {
  std::uint64_t fetched = 0;
  std::uint64_t reused = 0;  ///< in the store before
  std::uint64_t bytes = 0;   ///< fetched
};

/// Told of each digest once, with the bytes of its blob, as soon as it is in the store.
using OnStored = std::function<void(const Digest& sha256, std::uint64_t bytes)>;

class Fetcher {
 public:
  /// `store` must outlive it.
  explicit Fetcher(ContentStore& store, FetchOptions options = {});
  ~Fetcher();
  Fetcher(const Fetcher&) = delete;
  Fetcher& operator=(const Fetcher&) = delete;

  /// Emits "fetch.done" per file, with its bytes, and "fetch.retry".  `stored` is called on the calling thread
  /// for what the store held before, and on several at once for what is fetched; not after the return.
  Result<FetchReport> fetch(std::span<const Download> downloads, EventSink& events, std::stop_token stop,
                            const OnStored& stored = {});

  /// A small file without a pinned hash, by the same rules; nullopt on 404, 403 and 410.
  Result<std::optional<std::string>> read_unpinned(const std::string& url, std::uint64_t limit,
                                                   std::stop_token stop);

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

/// Scheme, host and port of `url`, lower case, without user and password; "" where it has none.
std::string origin_of(std::string_view url);

/// `url` without its user and password: "https://***@host/simple" where there was one.
std::string without_credentials(std::string_view url);

}  // namespace lamella::store
