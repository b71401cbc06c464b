// SPDX-License-Identifier: Apache-2.0
#include "change/stat_index.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <string_view>
#include <utility>

#include "crypto/sha256.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

static_assert(std::endian::native == std::endian::little, "the index is little-endian");

constexpr std::string_view kMagic = "LAMELLAX";
/// Kernel time stamps advance with the timer tick, 4 to 10 ms.
constexpr std::int64_t kClockTickNs = 20'000'000;
constexpr std::uint64_t kLargestFile = 2'000'000'000;

template <class T>
void put(std::string& out, T value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put_text(std::string& out, std::string_view text) {
  put(out, static_cast<std::uint32_t>(text.size()));
  out.append(text);
}

/// Reads what put() wrote; after the first shortage everything is zero and ok() is false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}
  template <class T>
  T take() {
    T value{};
    if (rest_.size() < sizeof value) {
      ok_ = false;
      return value;
    }
    std::memcpy(&value, rest_.data(), sizeof value);
    rest_.remove_prefix(sizeof value);
    return value;
  }
  std::string take_text() {
    const auto size = take<std::uint32_t>();
    if (rest_.size() < size) {
      ok_ = false;
      return {};
    }
    std::string text(rest_.substr(0, size));
    rest_.remove_prefix(size);
    return text;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return ok_ && rest_.empty(); }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

Result<std::optional<os::FileInfo>> info_of(const fs::path& path) {
  // A link in the workspace counts by what it points to.
  std::error_code ignored;
  const fs::path real = fs::is_symlink(path, ignored) ? fs::canonical(path, ignored) : path;
  return os::file_info(real.empty() ? path : real);
}

bool same_file(const os::FileInfo& a, const os::FileInfo& b) {
  return a.kind == b.kind && a.size == b.size && a.mtime_ns == b.mtime_ns && a.ctime_ns == b.ctime_ns &&
         a.inode == b.inode && a.mode == b.mode;
}

}  // namespace

StatIndex StatIndex::load(const fs::path& root, const fs::path& file) {
  StatIndex index;
  index.root_ = root;
  index.file_ = file;
  const auto bytes = os::read_file_if_present(file);
  const auto info = os::file_info(file);
  if (!bytes || !*bytes || !info || !*info) return index;
  index.saved_ns_ = (*info)->mtime_ns;
  if (!index.decode(**bytes)) {
    index.known_.clear();
    index.request_.clear();
  }
  return index;
}

bool StatIndex::decode(std::string_view bytes) {
  if (bytes.size() < kMagic.size() + Digest::kSize || !bytes.starts_with(kMagic)) return false;
  const std::string_view body = bytes.substr(0, bytes.size() - Digest::kSize);
  const auto sum = Digest::from_bytes(base::as_bytes(bytes.substr(body.size())));
  if (!sum || crypto::sha256(body) != *sum) return false;
  Cursor cursor(body.substr(kMagic.size()));
  if (cursor.take<std::uint32_t>() != kIndexSchema) return false;
  request_ = cursor.take_text();
  const auto count = cursor.take<std::uint32_t>();
  for (std::uint32_t i = 0; i < count && cursor.ok(); ++i) {
    std::string path = cursor.take_text();
    Row row;
    row.present = cursor.take<std::uint8_t>() != 0;
    row.immutable = cursor.take<std::uint8_t>() != 0;
    row.info.kind = static_cast<base::FileKind>(cursor.take<std::uint8_t>());
    row.info.mode = cursor.take<std::uint32_t>();
    row.info.size = cursor.take<std::uint64_t>();
    row.info.mtime_ns = cursor.take<std::int64_t>();
    row.info.ctime_ns = cursor.take<std::int64_t>();
    row.info.inode = cursor.take<std::uint64_t>();
    const auto digest = cursor.take<std::array<std::byte, Digest::kSize>>();
    row.digest = Digest(digest);
    known_.emplace_hint(known_.end(), std::move(path), row);
  }
  return cursor.at_end();
}

std::string StatIndex::encode(const std::string& request) const {
  std::string out(kMagic);
  put(out, kIndexSchema);
  put_text(out, request);
  put(out, static_cast<std::uint32_t>(consulted_.size()));
  for (const auto& [path, row] : consulted_) {
    put_text(out, path);
    put(out, static_cast<std::uint8_t>(row.present));
    put(out, static_cast<std::uint8_t>(row.immutable));
    put(out, static_cast<std::uint8_t>(row.info.kind));
    put(out, row.info.mode);
    put(out, row.info.size);
    put(out, row.info.mtime_ns);
    put(out, row.info.ctime_ns);
    put(out, row.info.inode);
    out.append(base::as_text(row.digest.bytes()));
  }
  const Digest sum = crypto::sha256(out);
  out.append(base::as_text(sum.bytes()));
  return out;
}

bool StatIndex::is_racy(const Row& row) const {
  return !row.immutable && row.present && row.info.mtime_ns + kClockTickNs >= saved_ns_;
}

Result<bool> StatIndex::is_current(const std::string& request) const {
  if (known_.empty() || request != request_) return false;
  for (const auto& [path, row] : known_) {
    LAMELLA_TRY_ASSIGN(const auto info, info_of(root_ / path));
    if (info.has_value() != row.present) return false;
    if (!info) continue;
    if (!same_file(*info, row.info)) return false;
    if (!is_racy(row)) continue;
    if (row.digest.is_zero()) return false;
    LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(root_ / path, kLargestFile));
    if (crypto::sha256(text) != row.digest) return false;
  }
  return true;
}

Result<Digest> StatIndex::digest_of(const std::string& path) {
  LAMELLA_TRY_ASSIGN(const auto before, info_of(root_ / path));
  if (!before) return Error(ErrorCode::kUsage, "no such file").at(path);
  const auto known = known_.find(path);
  if (known != known_.end() && known->second.present && !known->second.digest.is_zero() &&
      same_file(known->second.info, *before) && !is_racy(known->second)) {
    consulted_[path] = known->second;
    return known->second.digest;
  }
  LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(root_ / path, kLargestFile));
  const Digest digest = crypto::sha256(text);
  consulted_[path] = Row{true, false, *before, digest};
  return digest;
}

Result<> StatIndex::record(const std::string& path, bool immutable) {
  LAMELLA_TRY_ASSIGN(const auto info, info_of(root_ / path));
  consulted_[path] = Row{info.has_value(), immutable, info.value_or(os::FileInfo{}), Digest()};
  return {};
}

Result<> StatIndex::watch(const std::string& path) {
  if (consulted_.contains(path)) return {};
  return record(path, false);
}
Result<> StatIndex::watch_immutable(const std::string& path) { return record(path, true); }

Result<> StatIndex::save(const std::string& request) const {
  LAMELLA_TRY(os::make_directories(file_.parent_path()));
  return os::write_file_atomic(file_, encode(request));
}

}  // namespace lamella::change
