// SPDX-License-Identifier: Apache-2.0
#include "http/request_reader.h"

#include <algorithm>
#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <charconv>
#include <limits>
#include <optional>

namespace lamella::http {
namespace {

namespace beast = boost::beast;
using State = RequestReader::State;

std::string copy(beast::string_view text) { return {text.data(), text.size()}; }

/// What is wrong with lines that Beast would still take, or "".  `lines` ends in CRLF.
std::string_view line_fault(std::string_view lines) {
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i] == '\0') return "a NUL in the head";
    if (lines[i] == '\r' && (i + 1 == lines.size() || lines[i + 1] != '\n')) return "a CR without LF";
    if (lines[i] != '\n') continue;
    if (i == 0 || lines[i - 1] != '\r') return "a line that ends in a bare LF";
    if (i + 1 < lines.size() && (lines[i + 1] == ' ' || lines[i + 1] == '\t')) return "a folded line";
  }
  return {};
}

/// True if `text`, which may be cut anywhere, already holds a LF without CR before it.
/// From `from` on; what is before was looked at, but may end in the CR of a line's end.
bool has_bare_lf(std::string_view text, std::size_t from = 0) {
  for (std::size_t at = text.find('\n', from); at != std::string_view::npos; at = text.find('\n', at + 1)) {
    if (at == 0 || text[at - 1] != '\r') return true;
  }
  return false;
}

/// RFC 9110 token characters.
bool is_token(std::string_view text) {
  static constexpr std::string_view kMarks = "!#$%&'*+-.^_`|~";
  const auto allowed = [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           kMarks.find(c) != std::string_view::npos;
  };
  return !text.empty() && std::all_of(text.begin(), text.end(), allowed);
}

bool is_origin_form(const std::string& method, const std::string& target) {
  if (target == "*") return method == "OPTIONS";
  return target.starts_with('/') &&
         std::all_of(target.begin(), target.end(), [](char c) { return c > ' ' && c < '\x7f' && c != '#'; });
}

std::optional<std::uint64_t> content_length(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

struct Fault {
  int status;
  std::string_view why;
};

/// What makes the length or the recipient of a request ambiguous.
std::optional<Fault> head_fault(const RequestHead& head) {
  const Headers& headers = head.headers;
  if (head.minor_version > 1) return Fault{505, "a version of HTTP that is not spoken here"};
  if (!is_origin_form(head.method, head.target)) return Fault{400, "a target that is not a path"};
  const std::size_t hosts = headers.count("Host");
  if (hosts > 1 || (hosts == 0 && head.minor_version == 1)) return Fault{400, "not exactly one Host"};
  const std::size_t lengths = headers.count("Content-Length");
  const std::size_t codings = headers.count("Transfer-Encoding");
  if (lengths + codings > 1) return Fault{400, "more than one statement of the body's length"};
  if (lengths == 1 && !content_length(headers.get("Content-Length"))) {
    return Fault{400, "a Content-Length that is not a number"};
  }
  if (codings == 1 && head.minor_version == 0) return Fault{400, "a Transfer-Encoding in HTTP/1.0"};
  if (codings == 1 && !same_ignoring_case(headers.get("Transfer-Encoding"), "chunked")) {
    return Fault{400, "a Transfer-Encoding other than chunked"};
  }
  const std::string* expect = headers.find("Expect");
  if (expect != nullptr && !same_ignoring_case(*expect, "100-continue")) {
    return Fault{417, "an Expect other than 100-continue"};
  }
  return std::nullopt;
}

}  // namespace

class RequestReader::Parser {
 public:
  Parser(const Limits& limits, BodyLimit body_limit) : limits_(limits), body_limit_(std::move(body_limit)) {
    start();
  }

  std::size_t feed(std::string_view bytes) {
    std::size_t used = 0;
    while (used < bytes.size() && state != State::kDone && state != State::kRefused) {
      const std::size_t step =
          state == State::kBody ? feed_body(bytes.substr(used)) : feed_head(bytes.substr(used));
      used += step;
      if (step == 0) break;
    }
    return used;
  }

  void start() {
    grammar_.emplace(*this);
    grammar_->header_limit(static_cast<std::uint32_t>(limits_.head_bytes + 4));
    grammar_->body_limit(std::numeric_limits<std::uint64_t>::max());
    request = Request();
    state = State::kIdle;
    scanned_ = 0;
    framing_ = 0;
    expects_continue = false;
  }

  State state = State::kIdle;
  Request request;
  Refusal refusal;
  bool expects_continue = false;

 private:
  /// Beast's callbacks.  After the head they fill the body and the trailers.
  class Grammar final : public beast::http::basic_parser<true> {
   public:
    explicit Grammar(Parser& owner) : owner_(owner) {}

   private:
    void on_request_impl(beast::http::verb, beast::string_view method, beast::string_view target, int version,
                         beast::error_code&) override {
      owner_.request.method = copy(method);
      owner_.request.target = copy(target);
      owner_.request.minor_version = version - 10;
    }
    void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
    void on_field_impl(beast::http::field, beast::string_view name, beast::string_view value,
                       beast::error_code& error) override {
      Headers& into = header_done_ ? owner_.request.trailers : owner_.request.headers;
      if (into.size() >= owner_.limits_.fields) error = beast::http::error::header_limit;
      into.add(copy(name), copy(value));
    }
    void on_header_impl(beast::error_code&) override { header_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>& length, beast::error_code&) override {
      if (length) owner_.request.body.reserve(std::min<std::uint64_t>(*length, kReserve));
    }
    std::size_t on_body_impl(beast::string_view body, beast::error_code&) override { return take_body(body); }
    void on_chunk_header_impl(std::uint64_t size, beast::string_view, beast::error_code& error) override {
      if (size > owner_.limit_ - owner_.request.body.size()) error = beast::http::error::body_limit;
    }
    std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view body, beast::error_code&) override {
      return take_body(body);
    }
    void on_finish_impl(beast::error_code&) override {}

    std::size_t take_body(beast::string_view body) {
      owner_.request.body.append(body.data(), body.size());
      return body.size();
    }

    /// A stated length is believed only so far before its bytes are there.
    static constexpr std::uint64_t kReserve = 1 << 20;
    Parser& owner_;
    bool header_done_ = false;
  };

  void refuse(int status, std::string_view why) {
    state = State::kRefused;
    refusal = {
        .status = status, .why = std::string(why), .head = std::move(static_cast<RequestHead&>(request))};
  }

  /// Takes the head only once it is whole, so that a byte of it is looked at twice at most.
  std::size_t feed_head(std::string_view bytes) {
    state = State::kHead;
    const std::size_t from = scanned_ > 3 ? scanned_ - 3 : 0;
    const std::size_t end = bytes.find("\r\n\r\n", from);
    const std::string_view lines = bytes.substr(0, end == std::string_view::npos ? end : end + 2);
    if (has_bare_lf(lines, from)) {
      refuse(400, "a line that ends in a bare LF");
    } else if (lines.size() > limits_.head_bytes) {
      refuse(431, "a head that is too long");
    } else if (end == std::string_view::npos) {
      scanned_ = bytes.size();
    } else if (const std::string_view fault = line_fault(lines); !fault.empty()) {
      refuse(400, fault);
    } else {
      parse_head(bytes.substr(0, end + 4));
      return end + 4;
    }
    return 0;
  }

  void parse_head(std::string_view head) {
    beast::error_code error;
    const std::size_t used = grammar_->put(boost::asio::buffer(head.data(), head.size()), error);
    if (error == beast::http::error::header_limit) return refuse(431, "too many fields");
    const bool named = head.substr(0, head.find("\r\n")).find(" HTTP/") != std::string_view::npos;
    if (error == beast::http::error::bad_version && named)
      return refuse(505, "a version of HTTP that is not spoken here");
    if (error) return refuse(400, error.message());
    if (used != head.size()) return refuse(400, "a head that ends twice");
    if (!is_token(request.method)) return refuse(400, "a method that is not a word");
    if (const auto fault = head_fault(request)) return refuse(fault->status, fault->why);
    limit_ = body_limit_ ? body_limit_(request) : limits_.body_bytes;
    const auto length = content_length(request.headers.get("Content-Length")).value_or(0);
    if (length > limit_) return refuse(413, "a body that is too long");
    expects_continue = request.minor_version == 1 && request.headers.find("Expect") != nullptr;
    state = grammar_->is_done() ? State::kDone : State::kBody;
  }

  std::size_t feed_body(std::string_view bytes) {
    const std::size_t before = request.body.size();
    beast::error_code error;
    const std::size_t used = grammar_->put(boost::asio::buffer(bytes.data(), bytes.size()), error);
    if (error == beast::http::error::need_more) error = {};
    if (error == beast::http::error::body_limit) return refuse(413, "a body that is too long"), 0;
    if (error) return refuse(400, error.message()), 0;
    if (grammar_->chunked()) {
      if (const std::string_view fault = framing_fault(bytes, used, before); !fault.empty())
        return refuse(400, fault), 0;
    }
    if (grammar_->is_done()) state = State::kDone;
    return used;
  }

  /// What is wrong with the chunked coding of `bytes`, of which Beast took `used`.  It takes one piece at
  /// a time: a size line, data, or the last size line with all trailers; a piece that is not whole it
  /// leaves, so that untaken bytes are lines, never data, when nothing was taken.
  std::string_view framing_fault(std::string_view bytes, std::size_t used, std::size_t body_before) {
    framing_ += used - (request.body.size() - body_before);
    if (framing_ > limits_.head_bytes + 8 * request.body.size()) return "more chunk framing than data";
    if (grammar_->is_done()) return line_fault(bytes.substr(0, used));
    if (used != 0) return {};
    if (bytes.size() > limits_.head_bytes) return "a chunk line or trailers that are too long";
    return has_bare_lf(bytes) ? "a line that ends in a bare LF" : std::string_view();
  }

  Limits limits_;
  BodyLimit body_limit_;
  std::optional<Grammar> grammar_;
  std::size_t scanned_ = 0;  ///< of the head, already searched for its end
  std::uint64_t limit_ = 0;
  std::uint64_t framing_ = 0;  ///< bytes of chunked coding that were not data
};

RequestReader::RequestReader(const Limits& limits, BodyLimit body_limit)
    : parser_(std::make_unique<Parser>(limits, std::move(body_limit))) {}

RequestReader::~RequestReader() = default;

std::size_t RequestReader::feed(std::string_view bytes) { return parser_->feed(bytes); }

State RequestReader::state() const { return parser_->state; }

bool RequestReader::take_expect_continue() { return std::exchange(parser_->expects_continue, false); }

const Refusal& RequestReader::refusal() const { return parser_->refusal; }

Request RequestReader::take() {
  Request request = std::move(parser_->request);
  parser_->start();
  return request;
}

}  // namespace lamella::http
