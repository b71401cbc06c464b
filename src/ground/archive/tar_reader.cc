// SPDX-License-Identifier: Apache-2.0
//
// https://pubs.opengroup.org/onlinepubs/9699919799/utilities/pax.html, section "ustar Interchange Format" and
// "pax Extended Header"; GNU's types L and K carry the name or link of the member that follows.
#include "archive/tar_reader.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "base/diagnostic.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

constexpr std::size_t kBlock = 512;
constexpr std::uint64_t kLongestName = 65'536;  // of a header that carries names

Error bad(std::string rule, std::string why) {
  return Error(ErrorCode::kRejected, "the tar archive is malformed")
      .because(std::move(why))
      .with("rule", std::move(rule));
}

bool is_zero(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

/// One header block.
class Header {
 public:
  explicit Header(std::span<const std::byte> block) : text_(base::as_text(block)) {}

  std::string_view field(std::size_t at, std::size_t size) const {
    const std::string_view whole = text_.substr(at, size);
    return whole.substr(0, whole.find('\0'));
  }
  /// Octal digits among spaces and zero bytes.
  std::optional<std::uint64_t> number(std::size_t at, std::size_t size) const {
    std::uint64_t value = 0;
    bool over = false;
    bool any = false;
    for (const char c : text_.substr(at, size)) {
      if (c == ' ' || c == '\0') {
        over = any;
        continue;
      }
      if (over || c < '0' || c > '7') return std::nullopt;
      value = value * 8 + static_cast<std::uint64_t>(c - '0');
      any = true;
    }
    return value;
  }
  bool sound() const {
    const auto wanted = number(148, 8);
    std::uint64_t sum = 8 * static_cast<std::uint64_t>(' ');
    for (std::size_t i = 0; i < kBlock; ++i) {
      if (i < 148 || i >= 156) sum += static_cast<unsigned char>(text_[i]);
    }
    return wanted == sum;
  }
  char type() const { return text_[156]; }
  std::string name() const {
    std::string name(field(0, 100));
    // GNU's variant, "ustar  ", has other things where the prefix would be.
    const bool prefixed = text_.substr(257, 6) == std::string_view("ustar\0", 6);
    if (prefixed && !field(345, 155).empty()) name = std::string(field(345, 155)) + "/" + name;
    return name;
  }

 private:
  std::string_view text_;
};

/// What a member is told by headers before its own.
struct Told {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size;
};

std::optional<std::uint64_t> decimal(std::string_view text) {
  std::uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size() ? std::optional(value) : std::nullopt;
}

/// Records of "LENGTH KEY=VALUE\n".
Result<> read_pax(std::string_view text, Told& told) {
  while (!text.empty()) {
    const auto space = text.find(' ');
    const auto length = space == std::string_view::npos ? std::nullopt : decimal(text.substr(0, space));
    if (!length || *length <= space + 1 || *length > text.size() ||
        text[static_cast<std::size_t>(*length) - 1] != '\n') {
      return bad("tar-header", "an extended header cannot be read");
    }
    const auto end = static_cast<std::size_t>(*length);
    const std::string_view record = text.substr(space + 1, end - space - 2);
    text.remove_prefix(end);
    const auto sign = record.find('=');
    if (sign == std::string_view::npos) return bad("tar-header", "an extended header cannot be read");
    const std::string_view key = record.substr(0, sign);
    const std::string_view value = record.substr(sign + 1);
    if (key == "path") told.name = value;
    if (key == "linkpath") told.link = value;
    if (key == "size") {
      told.size = decimal(value);
      if (!told.size) return bad("tar-header", "a size is no number");
    }
    if (key.starts_with("GNU.sparse.")) return bad("tar-type", "it has a sparse file");
  }
  return {};
}

std::string text_until_zero(std::span<const std::byte> bytes) {
  const std::string_view text = base::as_text(bytes);
  return std::string(text.substr(0, text.find('\0')));
}

class Reader {
 public:
  Reader(std::span<const std::byte> bytes, std::uint64_t most) : rest_(bytes), most_(most) {}

  Result<std::vector<TarMember>> read() {
    while (!rest_.empty()) {
      if (rest_.size() < kBlock) return bad("tar-end", "it ends within a header");
      const auto block = rest_.first(kBlock);
      if (is_zero(block)) {
        if (!is_zero(rest_)) return bad("tar-end", "bytes follow its end");
        break;
      }
      rest_ = rest_.subspan(kBlock);
      LAMELLA_TRY(take(Header(block)));
    }
    return std::move(members_);
  }

 private:
  Result<> take(const Header& header) {
    if (!header.sound()) return bad("tar-header", "a header's checksum is wrong");
    if (++headers_ > most_ * 3) return too_many();
    const char type = header.type();
    const bool for_next = type == 'x' || type == 'g' || type == 'L' || type == 'K';
    const auto written = header.number(124, 12);
    if (!written) return bad("tar-header", "a size is no number");
    const std::uint64_t size = for_next ? *written : told_.size.value_or(*written);
    LAMELLA_TRY_ASSIGN(const auto content, content_of(size, type));
    if (!for_next) return add(header, type, content);
    if (size > kLongestName) return bad("tar-header", "a name is longer than 64 KiB");
    if (type == 'x') return read_pax(base::as_text(content), told_);
    if (type == 'L') told_.name = text_until_zero(content);
    if (type == 'K') told_.link = text_until_zero(content);
    return {};
  }

  /// Moves over the member's blocks.
  Result<std::span<const std::byte>> content_of(std::uint64_t size, char type) {
    const bool holds = type != '1' && type != '2' && type != '5';
    if (!holds) size = 0;
    if (size > rest_.size()) return bad("tar-end", "a member is cut off");
    const auto content = rest_.first(static_cast<std::size_t>(size));
    const std::uint64_t blocks = (size + kBlock - 1) / kBlock * kBlock;
    if (blocks > rest_.size()) return bad("tar-end", "a member is cut off");
    rest_ = rest_.subspan(static_cast<std::size_t>(blocks));
    return content;
  }

  Result<> add(const Header& header, char type, std::span<const std::byte> content) {
    TarMember member;
    member.name = told_.name.value_or(header.name());
    member.target = told_.link.value_or(std::string(header.field(157, 100)));
    told_ = {};
    switch (type) {
      case '\0':
      case '0':
      case '7': member.kind = member.name.ends_with('/') ? TarKind::kDirectory : TarKind::kFile; break;
      case '1': member.kind = TarKind::kHardLink; break;
      case '2': member.kind = TarKind::kSymlink; break;
      case '5': member.kind = TarKind::kDirectory; break;
      default:
        return bad("tar-type", "'" + base::escaped(member.name) + "' is neither file, folder nor link");
    }
    member.executable = (header.number(100, 8).value_or(0) & 0111U) != 0;
    if (member.kind == TarKind::kFile) member.content = content;
    if (members_.size() >= most_) return too_many();
    members_.push_back(std::move(member));
    return {};
  }

  Error too_many() const {
    return Error(ErrorCode::kLimit, "the tar archive has too many members")
        .because("more than " + std::to_string(most_))
        .with("rule", "count");
  }

  std::span<const std::byte> rest_;
  const std::uint64_t most_;
  std::uint64_t headers_ = 0;
  Told told_;
  std::vector<TarMember> members_;
};

}  // namespace

Result<std::vector<TarMember>> read_tar(std::span<const std::byte> bytes, std::uint64_t most) {
  return Reader(bytes, most).read();
}

}  // namespace lamella::archive
