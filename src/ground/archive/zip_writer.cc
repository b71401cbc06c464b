// SPDX-License-Identifier: Apache-2.0
#include "archive/zip_writer.h"

#include <algorithm>
#include <optional>
#include <string>
#include <unordered_map>
#include <unordered_set>

#include "archive/crc32.h"
#include "archive/zip_format.h"
#include "archive/zip_names.h"
#include "archive/zip_pack.h"
#include "archive/zip_parse.h"
#include "base/encoding.h"
#include "crypto/sha256.h"

namespace lamella::archive {
namespace {

/// Smaller pieces are 15 to 30 % slower, larger ones leave the cache.
constexpr std::size_t kPiece = 262'144;

/// What tells whether two entries under one name are the same file.
struct Identity {
  explicit Identity(const Entry& entry)
      : kind(entry.kind), mode(entry.mode), crc32(entry.crc32), size(entry.size) {}
  bool operator==(const Identity&) const = default;

  EntryKind kind;
  std::uint16_t mode;
  std::uint32_t crc32;
  std::uint64_t size;
};

}  // namespace

struct ZipAssembler::State {
  State(base::ByteSink& out, Hashing how) : sink(out), hashing(how) {}

  base::ByteSink& sink;
  Hashing hashing;
  crypto::Sha256 hasher;
  std::uint64_t size = 0;
  std::uint64_t count = 0;
  std::uint64_t unzipped = 0;
  std::string directory;  // the central headers so far
  std::unordered_map<std::string, Identity> files;
  std::unordered_set<std::string> directories;
  std::string last_parent;  // known to be in `directories`

  Result<> write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      const auto piece = bytes.first(std::min(bytes.size(), kPiece));
      LAMELLA_TRY(sink.write(piece));
      if (hashing == Hashing::kSha256) hasher.update(piece);
      size += piece.size();
      bytes = bytes.subspan(piece.size());
    }
    return {};
  }

  /// Makes room for the name: true when it is new, false when the very same file is there.
  Result<bool> claim(const Entry& entry);
  Result<> claim_parents(const std::string& name);
  /// Notes the entry, whose local header will stand at `offset`.
  void list(const Entry& entry, std::uint64_t offset);
  Result<> add(const Entry& entry, std::span<const std::byte> data);
  Result<> copy(const Segment& segment, std::uint64_t begin, std::uint64_t end, bool keep,
                std::uint32_t& crc);
};

Result<> ZipAssembler::State::claim_parents(const std::string& name) {
  const std::size_t last = name.rfind('/');
  const std::string_view parent = std::string_view(name).substr(0, last == std::string::npos ? 0 : last);
  if (parent.empty() || parent == last_parent) return {};
  for (std::size_t slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
    const std::string directory_name = name.substr(0, slash);
    if (files.contains(directory_name)) {
      return zip::refuse_entry("file-and-directory", name, "it lies below a file of the archive");
    }
    directories.insert(directory_name);
  }
  last_parent = parent;
  return {};
}

Result<bool> ZipAssembler::State::claim(const Entry& entry) {
  if (const auto why = zip::unsafe_name(entry.name))
    return zip::refuse_entry("name", entry.name, std::string(*why));
  if (entry.name.back() == '/') return zip::refuse_entry("name", entry.name, "it is a directory");
  LAMELLA_TRY(claim_parents(entry.name));
  if (directories.contains(entry.name)) {
    return zip::refuse_entry("file-and-directory", entry.name, "it is a directory of the archive too");
  }
  const auto [found, is_new] = files.try_emplace(entry.name, Identity(entry));
  if (!is_new && found->second != Identity(entry)) {
    return zip::refuse_entry("duplicate", entry.name, "two different files want this name");
  }
  return is_new;
}

void ZipAssembler::State::list(const Entry& entry, std::uint64_t offset) {
  Entry placed = entry;
  placed.header_offset = offset;
  zip::append_central_header(directory, placed);
  ++count;
  unzipped += entry.size;
}

Result<> ZipAssembler::State::add(const Entry& entry, std::span<const std::byte> data) {
  LAMELLA_TRY_ASSIGN(const bool is_new, claim(entry));
  if (!is_new) return {};
  list(entry, size);
  std::string local;
  zip::append_local_header(local, entry);
  LAMELLA_TRY(write(base::as_bytes(local)));
  return write(data);
}

/// Passes [begin, end) of the body by: checksummed always, written when it is kept.
Result<> ZipAssembler::State::copy(const Segment& segment, std::uint64_t begin, std::uint64_t end, bool keep,
                                   std::uint32_t& crc) {
  std::vector<std::byte> buffer(segment.reader != nullptr ? kPiece : 0);
  while (begin < end) {
    const auto length = static_cast<std::size_t>(std::min<std::uint64_t>(end - begin, kPiece));
    std::span<const std::byte> piece;
    if (segment.reader != nullptr) {
      const auto into = std::span(buffer).first(length);
      LAMELLA_TRY(segment.reader->read_at(segment.body_offset + begin, into));
      piece = into;
    } else {
      piece = segment.mapped.subspan(static_cast<std::size_t>(begin), length);
    }
    crc = crc32(piece, crc);
    if (keep) LAMELLA_TRY(write(piece));
    begin += length;
  }
  return {};
}

ZipAssembler::ZipAssembler(base::ByteSink& sink, Hashing hashing)
    : state_(std::make_unique<State>(sink, hashing)) {}
ZipAssembler::~ZipAssembler() = default;

Result<> ZipAssembler::add_segment(const Segment& segment) {
  State& state = *state_;
  const SegmentIndex& index = segment.index;
  std::uint32_t crc = 0;
  std::uint64_t run = 0;  // begin of what is kept and not copied yet
  std::uint64_t shift = state.size;
  for (const Entry& entry : index.entries) {
    LAMELLA_TRY_ASSIGN(const bool is_new, state.claim(entry));
    if (is_new) {
      state.list(entry, shift + entry.header_offset - run);
      continue;
    }
    const std::uint64_t end = entry.data_offset + entry.compressed_size;
    LAMELLA_TRY(state.copy(segment, run, entry.header_offset, true, crc));
    LAMELLA_TRY(state.copy(segment, entry.header_offset, end, false, crc));
    run = end;
    shift = state.size;
  }
  LAMELLA_TRY(state.copy(segment, run, index.body_size, true, crc));
  if (crc != index.body_crc32) {
    return Error(ErrorCode::kCorrupt, "the segment is damaged")
        .because("its body does not match its checksum");
  }
  return {};
}

Result<> ZipAssembler::add_file(std::string_view name, bool executable, std::span<const std::byte> bytes,
                                int level) {
  const zip::Packed packed = zip::pack(name, executable, bytes, level);
  return state_->add(packed.entry, packed.data(bytes));
}

Result<> ZipAssembler::add_symlink(std::string_view name, std::string_view target) {
  return state_->add(zip::link_entry(name, target), base::as_bytes(target));
}

Result<> ZipAssembler::add_raw(std::string_view name, bool executable, const Entry& from,
                               std::span<const std::byte> compressed) {
  return state_->add(zip::raw_entry(name, executable, from), compressed);
}

Result<AssembledZip> ZipAssembler::finish() {
  State& state = *state_;
  const std::uint64_t directory_offset = state.size;
  const std::uint64_t directory_size = state.directory.size();
  zip::append_end(state.directory, state.count, directory_offset, directory_size);
  LAMELLA_TRY(state.write(base::as_bytes(state.directory)));
  AssembledZip zip;
  if (state.hashing == Hashing::kSha256) zip.digest = state.hasher.finish();
  zip.size = state.size;
  zip.entries = state.count;
  zip.unzipped_bytes = state.unzipped;
  return zip;
}

}  // namespace lamella::archive
