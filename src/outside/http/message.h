// SPDX-License-Identifier: Apache-2.0
//
// HTTP requests and responses as values.  What a Request holds has passed the strict reader of
// server.h: one Host, one meaning of its length, no control characters in names or values.
// Names of headers are compared without case; order and duplicates are kept.
#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/fd.h"

namespace lamella::http {

class Headers {
 public:
  using Field = std::pair<std::string, std::string>;

  Headers() = default;
  Headers(std::initializer_list<Field> fields) : fields_(fields) {}

  /// Adds a field, also when one of that name is there.
  void add(std::string name, std::string value) { fields_.emplace_back(std::move(name), std::move(value)); }
  /// Replaces every field of that name by one.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);

  /// The first value under `name`, or null.  Valid until the next change.
  const std::string* find(std::string_view name) const;
  /// The first value under `name`, or "".
  std::string_view get(std::string_view name) const;
  std::size_t count(std::string_view name) const;

  bool empty() const { return fields_.empty(); }
  std::size_t size() const { return fields_.size(); }
  auto begin() const { return fields_.begin(); }
  auto end() const { return fields_.end(); }

 private:
  std::vector<Field> fields_;
};

/// True if `a` and `b` are equal but for the case of ASCII letters.
bool same_ignoring_case(std::string_view a, std::string_view b);

/// Everything before the body.
struct RequestHead {
  std::string method;     ///< as sent; methods are case-sensitive
  std::string target;     ///< as sent: "/a%20b?x=1", or "*" for OPTIONS; never decoded or normalised
  int minor_version = 1;  ///< 1 or 0
  Headers headers;
  std::string peer;              ///< "127.0.0.1:54321", or "" on a Unix-domain listener
  std::uint64_t connection = 0;  ///< unique within one Server

  std::string_view path() const;   ///< of `target`, raw
  std::string_view query() const;  ///< after the first '?', raw, "" if there is none
};

struct Request : RequestHead {
  std::string body;  ///< chunks joined
  Headers trailers;  ///< fields after the last chunk; never mixed into `headers`
};

/// Part of an open file that a response sends without holding it in memory.
struct FileRange {
  std::shared_ptr<const os::UniqueFd> file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

struct Response {
  int status = 200;
  Headers headers;   ///< Content-Length, Transfer-Encoding, Connection and Date are the server's
  std::string body;  ///< ignored when `file` is set
  std::optional<FileRange> file;
  bool close = false;  ///< close the connection after this answer

  static Response json(int status, std::string body);
  static Response text(int status, std::string body);
  /// All of `path` from `offset` on, or `length` bytes of it.  Errors: those of os::open_file; io if it is
  /// shorter than asked.  A file that shrinks later ends the connection early, so that the client can tell.
  static Result<Response> from_file(const std::filesystem::path& path, std::uint64_t offset = 0,
                                    std::optional<std::uint64_t> length = std::nullopt);
  /// REQUIRES: `file` is a regular file open for reading, with so many bytes.
  static Response from_descriptor(os::UniqueFd file, std::uint64_t offset, std::uint64_t length);
};

/// "Not Found" for 404; "" for what has no registered phrase.
std::string_view reason_phrase(int status);

}  // namespace lamella::http
