// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <utility>

#include "archive/crc32.h"
#include "archive/deflate.h"
#include "archive/zip_names.h"
#include "archive/zip_parse.h"
#include "base/diagnostic.h"

namespace lamella::archive {
namespace zip {
namespace {

std::string_view without_slash(std::string_view name) {
  return name.ends_with('/') ? name.substr(0, name.size() - 1) : name;
}

/// Names without their slash, sorted, each with its entry.
struct Named {
  std::string key;
  const Entry* entry = nullptr;
};

/// The first of `sorted` that lies below the directory `key`, or nullptr.
const Entry* child_of(const std::vector<Named>& sorted, const std::string& key) {
  const std::string prefix = key + '/';
  const auto found =
      std::lower_bound(sorted.begin(), sorted.end(), prefix,
                       [](const Named& named, const std::string& value) { return named.key < value; });
  return found != sorted.end() && found->key.starts_with(prefix) ? found->entry : nullptr;
}

/// Nothing lies below a file or a link.
Result<> check_parents(const std::vector<Named>& sorted) {
  for (const Named& named : sorted) {
    if (named.entry->kind == EntryKind::kDirectory) continue;
    const Entry* child = child_of(sorted, named.key);
    if (child == nullptr) continue;
    const bool link = named.entry->kind == EntryKind::kSymlink;
    return refuse_entry(link ? "through-link" : "file-and-directory", child->name,
                        fmt::format("it lies below {}, which is a {}", base::escaped(named.entry->name),
                                    link ? "symbolic link" : "file"));
  }
  return {};
}

bool differ(const Entry& a, const Entry& b) {
  return a.kind != b.kind || a.crc32 != b.crc32 || a.size != b.size;
}

/// `sorted`'s keys are collision keys.
Result<> check_collisions(const std::vector<Named>& sorted) {
  for (std::size_t i = 1; i < sorted.size(); ++i) {
    const Named& a = sorted[i - 1];
    const Named& b = sorted[i];
    if (a.key == b.key && differ(*a.entry, *b.entry)) {
      return refuse_entry(
          "case-collision", b.entry->name,
          fmt::format("on some file systems it is the same file as {}, but their contents differ",
                      base::escaped(a.entry->name)));
    }
  }
  return check_parents(sorted);
}

}  // namespace

Error refuse(std::string_view rule, std::string why, ErrorCode code) {
  return Error(code, "the archive is refused: " + std::move(why)).with("rule", std::string(rule));
}

Error refuse_entry(std::string_view rule, std::string_view name, std::string why, ErrorCode code) {
  constexpr std::size_t kShown = 200;
  std::string shown = base::escaped(name.substr(0, kShown));
  if (name.size() > kShown) shown += "...";
  return refuse(rule, std::move(why), code).at("entry " + shown).with("entry", shown);
}

Result<> check_names(const std::vector<Entry>& entries, const std::vector<std::uint32_t>& by_name,
                     bool fold) {
  std::vector<Named> sorted;
  sorted.reserve(entries.size());
  for (const std::uint32_t i : by_name)
    sorted.push_back({std::string(without_slash(entries[i].name)), &entries[i]});
  const auto by_key = [](const Named& a, const Named& b) { return a.key < b.key; };
  std::sort(sorted.begin(), sorted.end(), by_key);
  const auto twice = std::adjacent_find(sorted.begin(), sorted.end(),
                                        [](const Named& a, const Named& b) { return a.key == b.key; });
  if (twice != sorted.end()) {
    return refuse_entry("duplicate", twice->entry->name, "it is in the archive twice");
  }
  LAMELLA_TRY(check_parents(sorted));
  if (!fold) return {};
  for (Named& named : sorted) named.key = collision_key(named.key);
  std::stable_sort(sorted.begin(), sorted.end(), by_key);
  return check_collisions(sorted);
}

}  // namespace zip

Result<ZipReader> ZipReader::open(std::span<const std::byte> bytes, Profile profile, const Limits& limits) {
  LAMELLA_TRY_ASSIGN(const zip::End end, zip::read_end(bytes, profile));
  LAMELLA_TRY_ASSIGN(auto central, zip::read_directory(bytes, end, profile, limits));
  LAMELLA_TRY(zip::check_local_entries(bytes, end, profile, central));

  ZipReader reader;
  reader.bytes_ = bytes;
  reader.entries_.reserve(central.size());
  bool has_content = false;
  for (zip::CentralEntry& one : central) {
    reader.unzipped_bytes_ += one.entry.size;
    has_content = has_content || one.entry.kind != EntryKind::kDirectory;
    reader.entries_.push_back(std::move(one.entry));
  }
  if (!has_content) return zip::refuse("empty", "it holds no file");

  reader.by_name_.resize(reader.entries_.size());
  std::iota(reader.by_name_.begin(), reader.by_name_.end(), 0U);
  std::sort(reader.by_name_.begin(), reader.by_name_.end(),
            [&](auto a, auto b) { return reader.entries_[a].name < reader.entries_[b].name; });
  LAMELLA_TRY(zip::check_names(reader.entries_, reader.by_name_, profile == Profile::kWheel));
  return reader;
}

const Entry* ZipReader::find(std::string_view name) const {
  const auto found =
      std::lower_bound(by_name_.begin(), by_name_.end(), name,
                       [&](std::uint32_t i, std::string_view value) { return entries_[i].name < value; });
  return found != by_name_.end() && entries_[*found].name == name ? &entries_[*found] : nullptr;
}

namespace {

Result<> inflate_as_asked(std::span<const std::byte> compressed, std::span<std::byte> out,
                          std::vector<BlockEnd>* ends) {
  if (ends == nullptr) return inflate_into(compressed, out);
  LAMELLA_TRY_ASSIGN(*ends, inflate_noting_blocks(compressed, out));
  return {};
}

}  // namespace

Result<> inflate_entry_into(const ZipReader& zip, const Entry& entry, std::span<std::byte> out,
                            std::vector<BlockEnd>* ends) {
  const auto compressed = zip.compressed(entry);
  if (entry.method == Method::kStored) {
    std::copy(compressed.begin(), compressed.end(), out.begin());
  } else if (auto inflated = inflate_as_asked(compressed, out, ends); !inflated) {
    const Error& cause = inflated.error();
    return zip::refuse_entry(cause.fact("rule"), entry.name, cause.what(), cause.code());
  }
  if (crc32(out) != entry.crc32)
    return zip::refuse_entry("crc", entry.name, "its content does not match its CRC");
  return {};
}

Result<std::vector<std::byte>> inflate_entry(const ZipReader& zip, const Entry& entry, std::uint64_t limit,
                                             std::vector<BlockEnd>* ends) {
  if (entry.size > limit) {
    return zip::refuse_entry("entry-size", entry.name,
                             fmt::format("it is {} bytes, more than the {} allowed", entry.size, limit),
                             ErrorCode::kLimit);
  }
  std::vector<std::byte> out(static_cast<std::size_t>(entry.size));
  LAMELLA_TRY(inflate_entry_into(zip, entry, out, ends));
  return out;
}

Result<> verify_content(const ZipReader& zip) {
  std::vector<std::byte> buffer;
  for (const Entry& entry : zip.entries()) {
    if (entry.kind == EntryKind::kDirectory) continue;
    if (buffer.size() < entry.size) buffer.resize(static_cast<std::size_t>(entry.size));
    LAMELLA_TRY(
        inflate_entry_into(zip, entry, std::span(buffer).first(static_cast<std::size_t>(entry.size))));
  }
  return {};
}

}  // namespace lamella::archive
