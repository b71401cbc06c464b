// SPDX-License-Identifier: Apache-2.0
#include "package/wheel_record.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/diagnostic.h"
#include "base/encoding.h"
#include "crypto/sha256.h"

namespace lamella::package {
namespace {

/// One CSV line: fields plain, or quoted with doubled quotes.
std::vector<std::string> fields_of(std::string_view line) {
  std::vector<std::string> fields(1);
  bool quoted = false;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (quoted && line[i] == '"' && i + 1 < line.size() && line[i + 1] == '"') {
      fields.back() += line[++i];
    } else if (line[i] == '"' && (quoted || fields.back().empty())) {
      quoted = !quoted;
    } else if (line[i] == ',' && !quoted) {
      fields.emplace_back();
    } else {
      fields.back() += line[i];
    }
  }
  return fields;
}

std::optional<Digest> digest_of(std::string text) {
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  while (text.size() % 4 != 0) text += '=';
  const auto bytes = base::from_base64(text);
  return bytes ? Digest::from_bytes(*bytes) : std::nullopt;
}

Error bad_line(const std::string& path, std::string_view what, const std::string& text) {
  return Error(ErrorCode::kRejected,
               fmt::format("RECORD gives '{}' the {} '{}'", base::escaped(path), what, base::escaped(text)));
}

Result<Recorded> read_fields(const std::vector<std::string>& fields) {
  Recorded recorded;
  const std::string& hash = fields.size() > 1 ? fields[1] : fields[0];
  if (fields.size() > 1 && !hash.empty()) {
    const auto equals = std::min(hash.find('='), hash.size());
    const std::string_view algorithm = std::string_view(hash).substr(0, equals);
    if (algorithm == "sha256") {
      recorded.sha256 = digest_of(hash.substr(std::min(equals + 1, hash.size())));
      if (!recorded.sha256) return bad_line(fields[0], "malformed hash", hash);
    } else if (algorithm != "sha384" && algorithm != "sha512") {
      return bad_line(fields[0], "hash of no use", hash);
    }
  }
  if (fields.size() > 2 && !fields[2].empty()) {
    std::uint64_t size = 0;
    const char* end = fields[2].data() + fields[2].size();
    const auto [stop, trouble] = std::from_chars(fields[2].data(), end, size);
    if (trouble != std::errc() || stop != end) return bad_line(fields[0], "size", fields[2]);
    recorded.size = size;
  }
  return recorded;
}

}  // namespace

Result<std::map<std::string, Recorded, std::less<>>> parse_record(std::string_view text) {
  std::map<std::string, Recorded, std::less<>> all;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.empty()) continue;
    const auto fields = fields_of(line);
    LAMELLA_TRY_ASSIGN(const Recorded recorded, read_fields(fields));
    const auto [place, fresh] = all.emplace(fields[0], recorded);
    if (!fresh && place->second != recorded) {
      return Error(ErrorCode::kRejected,
                   fmt::format("RECORD names '{}' twice, each time with another hash or size",
                               base::escaped(fields[0])));
    }
  }
  return all;
}

std::string differs(const Recorded& recorded, std::span<const std::byte> content) {
  if (recorded.size && *recorded.size != content.size()) {
    return fmt::format("it has {} bytes, RECORD says {}", content.size(), *recorded.size);
  }
  if (recorded.sha256 && crypto::sha256(content) != *recorded.sha256)
    return "its sha256 is not the one in RECORD";
  return {};
}

}  // namespace lamella::package
