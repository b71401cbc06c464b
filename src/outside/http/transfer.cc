// SPDX-License-Identifier: Apache-2.0
#include "http/transfer.h"

#include <curl/curl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <span>
#include <stop_token>

#include "base/trim.h"

namespace lamella::http {
namespace {

constexpr long kMaxRedirects = 10;
constexpr int kPollMs = 1000;

/// A URL as errors show it: its query and user may be secrets.
std::string shown(std::string_view url) {
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t scheme = url.find("://");
  const std::size_t host = scheme == std::string_view::npos ? 0 : scheme + 3;
  const std::size_t end = std::min(url.find('/', host), url.size());
  const std::size_t user = url.substr(0, end).rfind('@');
  if (user == std::string_view::npos || user < host) return std::string(url);
  return std::string(url.substr(0, host)) + std::string(url.substr(user + 1));
}

bool is_read(const std::string& method) { return method == "GET" || method == "HEAD"; }

/// What libcurl's callbacks fill while a request runs.
class Transfer {
 public:
  Transfer(const Call& call, CURL* easy)
      : call_(call), easy_(easy), size_(call.upload != nullptr ? call.upload_size : call.body.size()) {}
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer() { curl_slist_free_all(fields_); }

  void set_up(const ClientOptions& options, Trust& trust);
  Result<Reply> finish(CURLcode code, const char* detail);

 private:
  template <class Value>
  void set(CURLoption option, Value value) {
    curl_easy_setopt(easy_, option, value);
  }
  void set_method();
  void set_headers();
  void set_timeouts();
  std::size_t take_header(std::string_view line);
  Result<> begin_body();
  std::size_t take_body(std::string_view bytes);
  std::size_t give_body(std::span<char> room);
  long status() const;
  Error failure(CURLcode code, const char* detail) const;

  static std::size_t on_header(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_write(char* data, std::size_t, std::size_t size, void* self);
  static std::size_t on_read(char* data, std::size_t unit, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);

  const Call& call_;
  CURL* easy_;
  std::uint64_t size_;
  std::uint64_t given_ = 0;
  curl_slist* fields_ = nullptr;
  Reply reply_;
  bool body_began_ = false;
  bool head_ended_ = false;     ///< libcurl calls an answer whole that breaks off inside its head
  std::optional<Error> error_;  ///< of the sink, the source or the bound; goes before libcurl's own
};

void Transfer::set_up(const ClientOptions& options, Trust& trust) {
  const bool secure = same_ignoring_case(call_.url.substr(0, 8), "https://");
  set(CURLOPT_URL, call_.url.c_str());
  set(CURLOPT_PROTOCOLS_STR, "http,https");
  set(CURLOPT_REDIR_PROTOCOLS_STR, secure ? "https" : "http,https");
  set(CURLOPT_FOLLOWLOCATION, call_.redirects == Redirects::kFollow && is_read(call_.method) ? 1L : 0L);
  set(CURLOPT_MAXREDIRS, kMaxRedirects);
  set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_USERAGENT, options.user_agent.c_str());
  // A redirect may lead to https; it pays to share what is read only where https is certain.
  if (secure) {
    trust.apply(easy_);
  } else if (!options.ca_bundle.empty()) {
    set(CURLOPT_CAINFO, options.ca_bundle.c_str());
  }
  set(CURLOPT_HEADERFUNCTION, &on_header);
  set(CURLOPT_HEADERDATA, this);
  set(CURLOPT_WRITEFUNCTION, &on_write);
  set(CURLOPT_WRITEDATA, this);
  set_method();
  set_headers();
  set_timeouts();
}

void Transfer::set_method() {
  if (call_.method == "HEAD") {
    set(CURLOPT_NOBODY, 1L);
    return;
  }
  const bool has_body =
      size_ != 0 || call_.method == "POST" || call_.method == "PUT" || call_.method == "PATCH";
  if (has_body) {
    set(CURLOPT_POST, 1L);
    set(CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(size_));
    set(CURLOPT_READFUNCTION, &on_read);
    set(CURLOPT_READDATA, this);
    set(CURLOPT_SEEKFUNCTION, &on_seek);
    set(CURLOPT_SEEKDATA, this);
  }
  set(CURLOPT_CUSTOMREQUEST, call_.method.c_str());
  // libcurl sends again by itself when a kept connection dies before the first byte of an answer.  With a
  // body on_seek prevents that; without one only a new connection does.
  if (size_ == 0 && !is_read(call_.method)) set(CURLOPT_FRESH_CONNECT, 1L);
}

void Transfer::set_headers() {
  const auto add = [this](const std::string& line) { fields_ = curl_slist_append(fields_, line.c_str()); };
  for (const auto& [name, value] : call_.headers) {
    // libcurl's spelling of a field without value is a semicolon.
    add(value.empty() ? name + ";" : name + ": " + value);
  }
  for (const char* unasked : {"Content-Type", "Accept", "Expect"}) {
    if (call_.headers.find(unasked) == nullptr) add(std::string(unasked) + ":");
  }
  set(CURLOPT_HTTPHEADER, fields_);
}

void Transfer::set_timeouts() {
  const Timeouts& limits = call_.timeouts;
  set(CURLOPT_CONNECTTIMEOUT_MS, static_cast<long>(limits.connect.count()));
  set(CURLOPT_TIMEOUT_MS, static_cast<long>(limits.total.count()));
  set(CURLOPT_LOW_SPEED_TIME, static_cast<long>(limits.stall.count()));
  set(CURLOPT_LOW_SPEED_LIMIT, limits.stall.count() == 0 ? 0L : static_cast<long>(limits.stall_bytes));
}

long Transfer::status() const {
  long status = 0;
  curl_easy_getinfo(easy_, CURLINFO_RESPONSE_CODE, &status);
  return status;
}

std::size_t Transfer::take_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    reply_.headers = Headers();
    head_ended_ = false;
  } else if (line == "\r\n" || line == "\n") {
    head_ended_ = true;
  } else if (const std::size_t colon = line.find(':'); colon != std::string_view::npos) {
    reply_.headers.add(std::string(line.substr(0, colon)),
                       std::string(base::trimmed(line.substr(colon + 1), " \t\r\n")));
  }
  return line.size();
}

Result<> Transfer::begin_body() {
  if (body_began_ || !call_.before_body) return {};
  body_began_ = true;
  curl_off_t length = -1;
  curl_easy_getinfo(easy_, CURLINFO_CONTENT_LENGTH_DOWNLOAD_T, &length);
  return call_.before_body(length < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(length)));
}

std::size_t Transfer::take_body(std::string_view bytes) {
  if (call_.sink != nullptr && status() / 100 == 2) {
    auto taken = begin_body();
    if (taken) taken = call_.sink->write(base::as_bytes(bytes));
    if (taken) return bytes.size();
    error_ = std::move(taken).error();
    return 0;
  }
  if (bytes.size() > call_.max_body - reply_.body.size()) {
    error_ = Error(ErrorCode::kLimit, "an answer is too long")
                 .at(shown(call_.url))
                 .because(fmt::format("its body is over {} bytes", call_.max_body));
    return 0;
  }
  reply_.body.append(bytes);
  return bytes.size();
}

std::size_t Transfer::give_body(std::span<char> room) {
  const auto want = static_cast<std::size_t>(std::min<std::uint64_t>(room.size(), size_ - given_));
  std::size_t got = 0;
  if (call_.upload == nullptr) {
    got = call_.body.copy(room.data(), want, static_cast<std::size_t>(given_));
  } else if (want != 0) {
    auto read = call_.upload->read(std::as_writable_bytes(room.first(want)));
    if (!read) {
      error_ = std::move(read).error();
      return CURL_READFUNC_ABORT;
    }
    got = *read;
  }
  if (got == 0 && want != 0) {
    error_ = Error(ErrorCode::kIo, "what is to be uploaded ends early").at(shown(call_.url));
    return CURL_READFUNC_ABORT;
  }
  given_ += got;
  return got;
}

Error Transfer::failure(CURLcode code, const char* detail) const {
  long sent = 0;
  curl_easy_getinfo(easy_, CURLINFO_REQUEST_SIZE, &sent);
  if (sent == 0 && (code == CURLE_URL_MALFORMAT || code == CURLE_UNSUPPORTED_PROTOCOL)) {
    return Error(ErrorCode::kUsage, "cannot request a URL")
        .at(shown(call_.url))
        .because(curl_easy_strerror(code));
  }
  const char* transport = sent == 0                          ? "not-sent"
                          : code == CURLE_OPERATION_TIMEDOUT ? "timeout"
                                                             : "maybe-applied";
  auto error = Error(ErrorCode::kRemote, call_.method + " failed")
                   .at(shown(call_.url))
                   .because(*detail != '\0' ? detail : curl_easy_strerror(code))
                   .with("transport", transport)
                   .with("curl", std::to_string(static_cast<int>(code)));
  if (code == CURLE_PEER_FAILED_VERIFICATION || code == CURLE_SSL_CACERT_BADFILE) {
    return std::move(error)
        .with("permanent", "true")
        .remedy(
            "if a proxy signs with its own authority, name its "
            "certificate file in SSL_CERT_FILE");
  }
  return error;
}

Result<Reply> Transfer::finish(CURLcode code, const char* detail) {
  if (error_) return std::move(*error_);
  if (code == CURLE_OK && !head_ended_)
    return failure(CURLE_PARTIAL_FILE, "the answer breaks off in its head");
  if (code != CURLE_OK) return failure(code, detail);
  reply_.status = static_cast<int>(status());
  char* url = nullptr;
  curl_easy_getinfo(easy_, CURLINFO_EFFECTIVE_URL, &url);
  if (url != nullptr) reply_.url = url;
  curl_off_t elapsed = 0;
  curl_easy_getinfo(easy_, CURLINFO_TOTAL_TIME_T, &elapsed);
  reply_.elapsed = std::chrono::microseconds(elapsed);
  return std::move(reply_);
}

std::size_t Transfer::on_header(char* data, std::size_t, std::size_t size, void* self) {
  return static_cast<Transfer*>(self)->take_header({data, size});
}
std::size_t Transfer::on_write(char* data, std::size_t, std::size_t size, void* self) {
  return static_cast<Transfer*>(self)->take_body({data, size});
}
std::size_t Transfer::on_read(char* data, std::size_t unit, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->give_body({data, unit * count});
}
/// Only libcurl's wish to send the same request again leads here.
int Transfer::on_seek(void* self, curl_off_t offset, int origin) {
  const auto* transfer = static_cast<const Transfer*>(self);
  return transfer->given_ == 0 && offset == 0 && origin == SEEK_SET ? CURL_SEEKFUNC_OK : CURL_SEEKFUNC_FAIL;
}

}  // namespace

struct Channel::Handles {
  Handles() : multi(curl_multi_init()), easy(curl_easy_init()) {}
  Handles(const Handles&) = delete;
  Handles& operator=(const Handles&) = delete;
  ~Handles() {
    curl_easy_cleanup(easy);
    curl_multi_cleanup(multi);
  }

  /// Runs the easy handle to its end; nullopt when `stop` came first.
  std::optional<CURLcode> run(const std::stop_token& stop) const {
    const std::stop_callback wake(stop, [this] { curl_multi_wakeup(multi); });
    int running = 1;
    while (running != 0) {
      if (stop.stop_requested()) return std::nullopt;
      if (curl_multi_perform(multi, &running) != CURLM_OK) return CURLE_OUT_OF_MEMORY;
      if (running != 0) curl_multi_poll(multi, nullptr, 0, kPollMs, nullptr);
    }
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi, &left)) {
      if (message->msg == CURLMSG_DONE) return message->data.result;
    }
    return CURLE_OUT_OF_MEMORY;
  }

  CURLM* multi;
  CURL* easy;
};

Channel::Channel(std::unique_ptr<Handles> handles) : handles_(std::move(handles)) {}
Channel::~Channel() = default;

Result<std::unique_ptr<Channel>> Channel::open() {
  static const CURLcode ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  if (ready != CURLE_OK) {
    return Error(ErrorCode::kToolMissing, "libcurl cannot be used")
        .because(curl_easy_strerror(ready))
        .remedy("install it: apt-get install libcurl4");
  }
  auto handles = std::make_unique<Handles>();
  if (handles->multi == nullptr || handles->easy == nullptr) {
    return Error(ErrorCode::kInternal, "libcurl gave no handle");
  }
  return std::unique_ptr<Channel>(new Channel(std::move(handles)));
}

Result<Reply> Channel::send(const Call& call, const ClientOptions& options, Trust& trust) {
  Transfer transfer(call, handles_->easy);
  std::array<char, CURL_ERROR_SIZE> detail{};
  curl_easy_setopt(handles_->easy, CURLOPT_ERRORBUFFER, detail.data());
  transfer.set_up(options, trust);
  curl_multi_add_handle(handles_->multi, handles_->easy);
  const auto code = handles_->run(call.stop);
  curl_multi_remove_handle(handles_->multi, handles_->easy);
  auto result =
      code ? transfer.finish(*code, detail.data())
           : Result<Reply>(Error(ErrorCode::kInterrupted, call.method + " was stopped").at(shown(call.url)));
  curl_easy_reset(handles_->easy);
  return result;
}

}  // namespace lamella::http
