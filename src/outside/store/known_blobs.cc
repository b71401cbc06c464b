// SPDX-License-Identifier: Apache-2.0
#include "store/known_blobs.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "crypto/sha256.h"
#include "os/file.h"

namespace lamella::store {
namespace {

constexpr std::string_view kHeader = "lamella-known 1\n";
constexpr std::size_t kChecksum = 8;
constexpr std::size_t kBody = Digest::kSize + 4 * 8;
constexpr std::size_t kRecord = kBody + kChecksum;
constexpr std::size_t kWorthCompacting = 4096;

void append_number(std::string& out, std::uint64_t number) {
  for (int shift = 0; shift < 64; shift += 8) out.push_back(static_cast<char>((number >> shift) & 0xff));
}

std::string record_of(const Digest& digest, const os::FileInfo& info) {
  std::string record(base::as_text(digest.bytes()));
  append_number(record, info.size);
  append_number(record, static_cast<std::uint64_t>(info.mtime_ns));
  append_number(record, static_cast<std::uint64_t>(info.ctime_ns));
  append_number(record, info.inode);
  const Digest checksum = crypto::sha256(record);
  record.append(base::as_text(checksum.bytes().first(kChecksum)));
  return record;
}

}  // namespace

bool KnownBlobs::knows(const Digest& digest, const os::FileInfo& info) {
  const std::lock_guard lock(mutex_);
  load();
  const auto found = records_.find(digest);
  return found != records_.end() && found->second == record_of(digest, info);
}

void KnownBlobs::remember(const Digest& digest, const os::FileInfo& info) {
  const std::lock_guard lock(mutex_);
  load();
  std::string record = record_of(digest, info);
  auto& known = records_[digest];
  if (known == record) return;
  known = std::move(record);
  if (const auto file = os::open_append(file_, 0600)) (void)os::write_all(file->get(), known);
}

void KnownBlobs::load() {
  if (loaded_) return;
  loaded_ = true;
  std::string text;
  if (auto read = os::read_file_if_present(file_); read && *read) text = std::move(**read);
  bool sound = text.starts_with(kHeader);
  std::size_t records = 0;
  if (sound) {
    const std::string_view body = std::string_view(text).substr(kHeader.size());
    for (std::size_t at = 0; at + kRecord <= body.size(); at += kRecord, ++records) {
      const std::string_view record = body.substr(at, kRecord);
      if (const auto digest = Digest::from_bytes(base::as_bytes(record.substr(0, Digest::kSize)))) {
        records_[*digest] = record;
      }
    }
    sound = body.size() % kRecord == 0;
  }
  if (sound && (records < kWorthCompacting || records < 2 * records_.size())) return;
  std::string whole(kHeader);
  for (const auto& [digest, record] : records_) whole += record;
  (void)os::write_file_atomic(file_, whole, os::Durability::kRename, 0600);
}

}  // namespace lamella::store
