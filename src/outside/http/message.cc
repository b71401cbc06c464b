// SPDX-License-Identifier: Apache-2.0
#include "http/message.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>

#include "os/system_error.h"

namespace lamella::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

}  // namespace

bool same_ignoring_case(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return lower(x) == lower(y); });
}

void Headers::set(std::string_view name, std::string value) {
  remove(name);
  add(std::string(name), std::move(value));
}

void Headers::remove(std::string_view name) {
  std::erase_if(fields_, [name](const Field& field) { return same_ignoring_case(field.first, name); });
}

const std::string* Headers::find(std::string_view name) const {
  for (const Field& field : fields_) {
    if (same_ignoring_case(field.first, name)) return &field.second;
  }
  return nullptr;
}

std::string_view Headers::get(std::string_view name) const {
  const std::string* value = find(name);
  return value == nullptr ? std::string_view() : std::string_view(*value);
}

std::size_t Headers::count(std::string_view name) const {
  return static_cast<std::size_t>(std::count_if(
      begin(), end(), [name](const Field& field) { return same_ignoring_case(field.first, name); }));
}

std::string_view RequestHead::path() const { return std::string_view(target).substr(0, target.find('?')); }

std::string_view RequestHead::query() const {
  const std::size_t mark = target.find('?');
  return mark == std::string::npos ? std::string_view() : std::string_view(target).substr(mark + 1);
}

Response Response::json(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = std::move(body),
          .file = {}};
}

Response Response::text(int status, std::string body) {
  return {.status = status,
          .headers = {{"Content-Type", "text/plain; charset=utf-8"}},
          .body = std::move(body),
          .file = {}};
}

Response Response::from_descriptor(os::UniqueFd file, std::uint64_t offset, std::uint64_t length) {
  Response response;
  response.file = FileRange{std::make_shared<const os::UniqueFd>(std::move(file)), offset, length};
  return response;
}

Result<Response> Response::from_file(const std::filesystem::path& path, std::uint64_t offset,
                                     std::optional<std::uint64_t> length) {
  LAMELLA_TRY_ASSIGN(os::UniqueFd file, os::open_file(path));
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return os::system_error(errno, "cannot read the file to send", path);
  const auto size = static_cast<std::uint64_t>(status.st_size);
  if (offset > size || length.value_or(0) > size - offset) {
    return Error(ErrorCode::kIo, "the file to send is shorter than the range asked for").at(path.string());
  }
  return from_descriptor(std::move(file), offset, length.value_or(size - offset));
}

std::string_view reason_phrase(int status) {
  struct Row {
    int status;
    std::string_view phrase;
  };
  static constexpr std::array kRows = std::to_array<Row>({
      {200, "OK"},
      {201, "Created"},
      {202, "Accepted"},
      {204, "No Content"},
      {206, "Partial Content"},
      {301, "Moved Permanently"},
      {302, "Found"},
      {303, "See Other"},
      {304, "Not Modified"},
      {307, "Temporary Redirect"},
      {308, "Permanent Redirect"},
      {400, "Bad Request"},
      {401, "Unauthorized"},
      {403, "Forbidden"},
      {404, "Not Found"},
      {405, "Method Not Allowed"},
      {408, "Request Timeout"},
      {409, "Conflict"},
      {410, "Gone"},
      {411, "Length Required"},
      {412, "Precondition Failed"},
      {413, "Content Too Large"},
      {414, "URI Too Long"},
      {415, "Unsupported Media Type"},
      {416, "Range Not Satisfiable"},
      {417, "Expectation Failed"},
      {422, "Unprocessable Content"},
      {424, "Failed Dependency"},
      {429, "Too Many Requests"},
      {431, "Request Header Fields Too Large"},
      {500, "Internal Server Error"},
      {501, "Not Implemented"},
      {502, "Bad Gateway"},
      {503, "Service Unavailable"},
      {504, "Gateway Timeout"},
      {505, "HTTP Version Not Supported"},
  });
  for (const Row& row : kRows) {
    if (row.status == status) return row.phrase;
  }
  return {};
}

}  // namespace lamella::http
