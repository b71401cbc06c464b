// SPDX-License-Identifier: Apache-2.0
#include "change/stat_table.h"

#include <array>
#include <bit>
#include <cstring>
#include <span>
#include <utility>

#include "archive/crc32.h"
#include "base/encoding.h"

namespace lamella::change {
namespace {

static_assert(std::endian::native == std::endian::little, "the index is little-endian");

constexpr std::string_view kMagic = "LAMELLAX";
constexpr std::size_t kCacheLine = 64;
// Against rot, not against people: a CRC of ten megabytes takes a tenth of the time of their SHA-256.
constexpr std::size_t kChecksumSize = sizeof(std::uint32_t);

struct Header {
  char magic[8];
  std::uint32_t schema;
  std::uint32_t request_size;
  std::uint32_t folders;
  std::uint32_t rows;
  std::uint64_t names_size;
};
struct PackedFolder {
  std::uint32_t path_at;
  std::uint32_t path_size;
  std::uint32_t first;
  std::uint32_t count;
};
struct PackedRow {
  std::uint32_t name_at;
  std::uint16_t name_size;
  std::uint8_t flags;  // 1: present, 2: immutable
  std::uint8_t kind;
  std::uint32_t mode;
  std::uint32_t reserved;
  std::uint64_t size;
  std::int64_t mtime;
  std::int64_t ctime;
  std::uint64_t inode;
  std::byte digest[Digest::kSize];
};
static_assert(sizeof(Header) == 32 && sizeof(PackedFolder) == 16 && sizeof(PackedRow) == 80);

constexpr std::uint8_t kPresent = 1;
constexpr std::uint8_t kImmutable = 2;

/// Entry `number` of an array that may start at any address.
template <class T>
T at(std::string_view bytes, std::size_t number) {
  T value;
  std::memcpy(&value, bytes.data() + number * sizeof(T), sizeof(T));
  return value;
}
template <class T>
void put(std::string& out, const T& value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

PackedRow packed(const StatRow& row) {
  PackedRow out{};
  out.flags = static_cast<std::uint8_t>((row.present ? kPresent : 0) | (row.immutable ? kImmutable : 0));
  out.kind = static_cast<std::uint8_t>(row.info.kind);
  out.mode = row.info.mode;
  out.size = row.info.size;
  out.mtime = row.info.mtime_ns;
  out.ctime = row.info.ctime_ns;
  out.inode = row.info.inode;
  std::memcpy(out.digest, row.digest.bytes().data(), Digest::kSize);
  return out;
}

}  // namespace

SplitPath::SplitPath(std::string_view path) {
  while (path.size() > 1 && path.ends_with('/')) path.remove_suffix(1);
  const auto slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    name = path;
    return;
  }
  folder = path.substr(0, slash == 0 ? 1 : slash);
  name = path.substr(slash + 1);
}

StatTable StatTable::open(const std::filesystem::path& file) {
  StatTable table;
  auto mapped = os::MappedFile::open(file);
  if (!mapped) return table;
  table.file_ = *std::move(mapped);
  if (table.read(table.file_.text()) && table.is_sound()) return table;
  return {};
}

bool StatTable::read(std::string_view bytes) {
  if (bytes.size() < sizeof(Header) + kChecksumSize || !bytes.starts_with(kMagic)) return false;
  const std::string_view body = bytes.substr(0, bytes.size() - kChecksumSize);
  const auto header = at<Header>(body, 0);
  const std::uint64_t wanted = sizeof(Header) + std::uint64_t{header.request_size} +
                               std::uint64_t{header.folders} * sizeof(PackedFolder) +
                               std::uint64_t{header.rows} * sizeof(PackedRow);
  if (header.schema != kIndexSchema || header.names_size > body.size() ||
      wanted + header.names_size != body.size()) {
    return false;
  }
  if (archive::crc32(base::as_bytes(body)) != at<std::uint32_t>(bytes.substr(body.size()), 0)) return false;
  std::string_view rest = body.substr(sizeof(Header));
  const auto take = [&](std::size_t size) {
    const std::string_view taken = rest.substr(0, size);
    rest.remove_prefix(size);
    return taken;
  };
  folders_ = header.folders;
  rows_ = header.rows;
  request_ = take(header.request_size);
  folder_bytes_ = take(folders_ * sizeof(PackedFolder));
  row_bytes_ = take(rows_ * sizeof(PackedRow));
  names_ = rest;
  return true;
}

/// Every offset lies inside; afterwards accessors need not look.
bool StatTable::is_sound() const {
  const auto inside = [&](std::uint64_t offset, std::uint64_t size) {
    return offset + size < names_.size() && names_[offset + size] == '\0';
  };
  std::uint64_t next = 0;
  for (std::size_t i = 0; i < folders_; ++i) {
    const auto folder = at<PackedFolder>(folder_bytes_, i);
    if (folder.first != next || !inside(folder.path_at, folder.path_size)) return false;
    next += folder.count;
  }
  if (next != rows_) return false;
  for (std::size_t i = 0; i < rows_; ++i) {
    const auto row = at<PackedRow>(row_bytes_, i);
    if (!inside(row.name_at, row.name_size)) return false;
  }
  return true;
}

StatTable::Folder StatTable::folder(std::size_t number) const {
  const auto folder = at<PackedFolder>(folder_bytes_, number);
  return {text(folder.path_at, folder.path_size), folder.first, std::size_t{folder.first} + folder.count};
}

void StatTable::prefetch(const Folder& folder) const {
  if (folder.first == folder.last) return;
  const auto fetch = [](const char* at, const char* end) {
    for (; at < end; at += kCacheLine) __builtin_prefetch(at);
  };
  fetch(row_bytes_.data() + folder.first * sizeof(PackedRow),
        row_bytes_.data() + folder.last * sizeof(PackedRow));
  const std::string_view last = name(folder.last - 1);
  fetch(folder.path.data(), last.data() + last.size());
}

std::string_view StatTable::name(std::size_t row) const {
  const auto packed = at<PackedRow>(row_bytes_, row);
  return text(packed.name_at, packed.name_size);
}

StatRow StatTable::row(std::size_t number) const {
  const auto packed = at<PackedRow>(row_bytes_, number);
  StatRow row;
  row.present = (packed.flags & kPresent) != 0;
  row.immutable = (packed.flags & kImmutable) != 0;
  row.info.kind = static_cast<base::FileKind>(packed.kind);
  row.info.mode = packed.mode;
  row.info.size = packed.size;
  row.info.mtime_ns = packed.mtime;
  row.info.ctime_ns = packed.ctime;
  row.info.inode = packed.inode;
  std::array<std::byte, Digest::kSize> digest;
  std::memcpy(digest.data(), packed.digest, Digest::kSize);
  row.digest = Digest(digest);
  return row;
}

std::optional<StatRow> StatTable::find(std::string_view path) const {
  const SplitPath wanted(path);
  const auto lower = [](std::size_t first, std::size_t last, auto before) {
    while (first < last) {
      const std::size_t middle = first + (last - first) / 2;
      if (before(middle)) {
        first = middle + 1;
      } else {
        last = middle;
      }
    }
    return first;
  };
  const std::size_t at_folder =
      lower(0, folders_, [&](std::size_t i) { return folder(i).path < wanted.folder; });
  if (at_folder == folders_) return std::nullopt;
  const Folder in = folder(at_folder);
  if (in.path != wanted.folder) return std::nullopt;
  const std::size_t at_row = lower(in.first, in.last, [&](std::size_t i) { return name(i) < wanted.name; });
  if (at_row == in.last || name(at_row) != wanted.name) return std::nullopt;
  return row(at_row);
}

StatTableWriter::StatTableWriter(std::size_t rows) { rows_.reserve(rows * sizeof(PackedRow)); }

std::uint32_t StatTableWriter::keep(std::string_view text) {
  const auto offset = static_cast<std::uint32_t>(names_.size());
  names_.append(text).push_back('\0');
  return offset;
}

void StatTableWriter::end_folder() {
  if (count_ == first_in_folder_) return;
  put(folders_, PackedFolder{folder_at_, static_cast<std::uint32_t>(folder_.size()), first_in_folder_,
                             count_ - first_in_folder_});
  first_in_folder_ = count_;
}

void StatTableWriter::add(const SplitPath& path, const StatRow& row) {
  if (count_ == 0 || path.folder != folder_) {
    end_folder();
    folder_ = path.folder;
    folder_at_ = keep(folder_);
  }
  PackedRow out = packed(row);
  out.name_at = keep(path.name);
  out.name_size = static_cast<std::uint16_t>(path.name.size());
  put(rows_, out);
  ++count_;
}

Result<> StatTableWriter::finish(std::string_view request, base::ByteSink& out) && {
  end_folder();
  Header header{};
  std::memcpy(header.magic, kMagic.data(), kMagic.size());
  header.schema = kIndexSchema;
  header.request_size = static_cast<std::uint32_t>(request.size());
  header.folders = static_cast<std::uint32_t>(folders_.size() / sizeof(PackedFolder));
  header.rows = count_;
  header.names_size = names_.size();
  const std::string_view head(reinterpret_cast<const char*>(&header), sizeof header);
  std::uint32_t checksum = 0;
  for (const std::string_view part :
       {head, request, std::string_view(folders_), std::string_view(rows_), std::string_view(names_)}) {
    checksum = archive::crc32(base::as_bytes(part), checksum);
    LAMELLA_TRY(out.write(base::as_bytes(part)));
  }
  return out.write(std::as_bytes(std::span(&checksum, 1)));
}

}  // namespace lamella::change
