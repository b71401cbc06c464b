// SPDX-License-Identifier: Apache-2.0
#include "change/git_index.h"

#include <endian.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <system_error>

namespace lamella::change {
namespace {

constexpr std::size_t kHeader = 12;
constexpr std::size_t kFields = 10;
constexpr std::size_t kId = 4 * kFields;  // where the id begins
constexpr std::size_t kFlags = kId + 20;
constexpr std::size_t kName = kFlags + 2;
constexpr std::size_t kTrailer = 20;  // a checksum, which git itself does not look at when reading
constexpr std::uint16_t kExtended = 0x4000;
constexpr std::uint16_t kStage = 0x3000;
constexpr std::uint16_t kSkipWorktree = 0x4000;  // of the extended flags
constexpr std::uint16_t kIntentToAdd = 0x2000;
constexpr std::uint32_t kKind = 0170000;
constexpr std::uint32_t kLink = 0120000;
constexpr std::uint32_t kSubmodule = 0160000;
/// Kernel time stamps advance with the timer tick, 4 to 10 ms.
constexpr std::int64_t kClockTickNs = 20'000'000;
constexpr std::int64_t kSecondNs = 1'000'000'000;

enum Field : std::size_t {
  kCtime = 0,
  kCtimeNs,
  kMtime,
  kMtimeNs,
  kDevice,
  kInode,
  kMode,
  kOwner,
  kGroup,
  kSize
};

std::uint32_t big_endian_32(const char* at) {
  std::uint32_t value = 0;
  std::memcpy(&value, at, sizeof value);
  return be32toh(value);
}
std::uint16_t big_endian_16(const char* at) {
  return static_cast<std::uint16_t>(static_cast<unsigned char>(at[0]) << 8 |
                                    static_cast<unsigned char>(at[1]));
}

/// Version 4: how many bytes of the path before are left away, in groups of seven bits, each group plus one.
bool take_count(std::string_view& rest, std::uint64_t& value) {
  value = 0;
  for (int i = 0; i < 9 && !rest.empty(); ++i) {
    const auto byte = static_cast<unsigned char>(rest.front());
    rest.remove_prefix(1);
    value = (value << 7) + (byte & 0x7FU);
    if ((byte & 0x80U) == 0) return true;
    ++value;
  }
  return false;
}

template <class T>
bool number_of(std::string_view text, T& number) {
  const auto [end, trouble] = std::from_chars(text.data(), text.data() + text.size(), number);
  return trouble == std::errc() && end == text.data() + text.size();
}

/// True if git's note of a time fits; one without nanoseconds was written by a git that keeps none.
bool same_time(std::uint32_t seconds, std::uint32_t nanoseconds, std::int64_t time_ns) {
  if (static_cast<std::uint32_t>(time_ns / kSecondNs) != seconds) return false;
  return nanoseconds == 0 || nanoseconds == static_cast<std::uint32_t>(time_ns % kSecondNs);
}

}  // namespace

std::uint32_t GitIndex::Entry::field(std::size_t number) const { return big_endian_32(record_ + 4 * number); }
ContentId GitIndex::Entry::id() const {
  ContentId id;
  std::memcpy(id.data(), record_ + kId, id.size());
  return id;
}
bool GitIndex::Entry::is_submodule() const { return (field(kMode) & kKind) == kSubmodule; }
bool GitIndex::Entry::is_symlink() const { return (field(kMode) & kKind) == kLink; }
bool GitIndex::Entry::is_executable() const { return (field(kMode) & 0100U) != 0; }

GitIndex GitIndex::load(const std::filesystem::path& file) {
  GitIndex index;
  const auto info = os::file_info(file);
  if (!info || !*info || (*info)->kind != base::FileKind::kFile) return index;
  auto mapped = os::MappedFile::open(file);
  if (!mapped) return index;
  index.file_ = std::move(*mapped);
  index.saved_ns_ = (*info)->mtime_ns;
  if (!index.read(index.file_.text())) {
    index.entries_.clear();
    index.folders_.clear();
  }
  return index;
}

bool GitIndex::read(std::string_view bytes) {
  if (bytes.size() < kHeader + kTrailer || !bytes.starts_with("DIRC")) return false;
  const std::uint32_t version = big_endian_32(bytes.data() + 4);
  const std::uint32_t count = big_endian_32(bytes.data() + 8);
  if (version < 2 || version > 4) return false;
  std::string_view rest = bytes.substr(kHeader, bytes.size() - kHeader - kTrailer);
  entries_.reserve(std::min<std::size_t>(count, rest.size() / kName));
  std::string_view before;
  for (std::uint32_t i = 0; i < count; ++i) {
    const std::size_t known = entries_.size();
    if (!read_entry(rest, version, before)) return false;
    Entry& entry = entries_.back();
    if (entry.path_ < before || entry.path_.empty()) return false;
    before = entry.path_;
    const std::uint16_t flags = big_endian_16(entry.record_ + kFlags);
    const std::uint16_t more =
        (flags & kExtended) != 0 ? big_endian_16(entry.record_ + kName) : std::uint16_t{0};
    entry.skipped_ = (more & kSkipWorktree) != 0;
    if ((flags & kStage) != 0 || (more & kIntentToAdd) != 0) entries_.resize(known);
  }
  return read_extensions(rest);
}

bool GitIndex::read_entry(std::string_view& rest, std::uint32_t version, std::string_view before) {
  if (rest.size() < kName + 2) return false;
  Entry entry;
  entry.record_ = rest.data();
  const bool extended = (big_endian_16(rest.data() + kFlags) & kExtended) != 0;
  if (extended && version < 3) return false;
  const std::size_t name = kName + (extended ? 2 : 0);
  std::string_view text = rest.substr(name);
  std::uint64_t cut = 0;
  if (version == 4 && (!take_count(text, cut) || cut > before.size())) return false;
  const auto end = text.find('\0');
  if (end == std::string_view::npos) return false;
  entry.path_ = text.substr(0, end);
  std::size_t used = static_cast<std::size_t>(text.data() - rest.data()) + end + 1;
  if (version == 4) {
    entry.path_ =
        paths_.emplace_back(std::string(before.substr(0, before.size() - cut)) + std::string(entry.path_));
  } else {
    used = (used + 7) & ~std::size_t{7};  // entries are padded with NULs to a multiple of eight
  }
  if (used > rest.size()) return false;
  rest.remove_prefix(used);
  entries_.push_back(entry);
  return true;
}

/// An extension whose name begins with a small letter changes what the entries mean.
bool GitIndex::read_extensions(std::string_view rest) {
  constexpr std::size_t kHead = 8;
  while (rest.size() >= kHead) {
    const std::string_view name = rest.substr(0, 4);
    if (name.front() < 'A' || name.front() > 'Z') return false;
    const std::uint32_t size = big_endian_32(rest.data() + 4);
    if (size > rest.size() - kHead) return false;
    if (name == "TREE") read_trees(rest.substr(kHead, size));
    rest.remove_prefix(kHead + size);
  }
  return rest.empty();
}

/// Folders depth first, each before those in it: its name, NUL, how many entries and how many folders it has,
/// and its id.  A folder with -1 entries has changed since, and no id.
void GitIndex::read_trees(std::string_view bytes) {
  struct Open {
    std::string path;
    std::uint32_t folders;  ///< still to come
  };
  std::vector<Open> open;
  while (!bytes.empty()) {
    const auto name_end = bytes.find('\0');
    const auto line_end = bytes.find('\n', name_end == std::string_view::npos ? 0 : name_end);
    if (name_end == std::string_view::npos || line_end == std::string_view::npos) return folders_.clear();
    const std::string name(bytes.substr(0, name_end));
    const std::string_view numbers = bytes.substr(name_end + 1, line_end - name_end - 1);
    bytes.remove_prefix(line_end + 1);
    std::int64_t entries = 0;
    std::uint32_t folders = 0;
    const auto blank = numbers.find(' ');
    if (blank == std::string_view::npos || !number_of(numbers.substr(0, blank), entries) ||
        !number_of(numbers.substr(blank + 1), folders)) {
      return folders_.clear();
    }
    while (!open.empty() && open.back().folders == 0) open.pop_back();
    std::string path = name;
    if (!open.empty()) {
      --open.back().folders;
      if (!open.back().path.empty()) path = open.back().path + "/" + name;
    }
    if (entries >= 0) {
      Folder folder{{}, static_cast<std::size_t>(entries)};
      if (bytes.size() < folder.id.size()) return folders_.clear();
      std::memcpy(folder.id.data(), bytes.data(), folder.id.size());
      bytes.remove_prefix(folder.id.size());
      folders_.emplace(path, folder);
    }
    open.push_back({std::move(path), folders});
  }
}

const GitIndex::Folder* GitIndex::folder(std::string_view path) const {
  const auto found = folders_.find(path);
  return found == folders_.end() ? nullptr : &found->second;
}

std::span<const GitIndex::Entry> GitIndex::below(std::string_view prefix) const {
  const auto first =
      std::lower_bound(entries_.begin(), entries_.end(), prefix,
                       [](const Entry& entry, std::string_view text) { return entry.path_ < text; });
  const auto last = std::partition_point(first, entries_.end(),
                                         [&](const Entry& entry) { return entry.path_.starts_with(prefix); });
  return {first, last};
}

const GitIndex::Entry* GitIndex::find(std::string_view path) const {
  const auto found = below(path);
  return !found.empty() && found.front().path() == path ? &found.front() : nullptr;
}

bool GitIndex::is_clean(const Entry& entry, const os::FileInfo& info) const {
  const bool link = info.kind == base::FileKind::kSymlink;
  if (entry.is_submodule() || entry.is_symlink() != link) return false;
  if (!link && info.kind != base::FileKind::kFile) return false;
  if (!link && entry.is_executable() != ((info.mode & 0100U) != 0)) return false;
  if (static_cast<std::uint32_t>(info.size) != entry.field(kSize)) return false;
  if (static_cast<std::uint32_t>(info.inode) != entry.field(kInode)) return false;
  if (!same_time(entry.field(kMtime), entry.field(kMtimeNs), info.mtime_ns)) return false;
  if (!same_time(entry.field(kCtime), entry.field(kCtimeNs), info.ctime_ns)) return false;
  return info.mtime_ns + kClockTickNs < saved_ns_;
}

}  // namespace lamella::change
