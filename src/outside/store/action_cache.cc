// SPDX-License-Identifier: Apache-2.0
#include "store/action_cache.h"

#include <algorithm>
#include <string_view>
#include <unordered_set>

#include "crypto/sha256.h"
#include "os/clock.h"
#include "os/file.h"
#include "store/cache_folder.h"

namespace lamella::store {
namespace {

namespace fs = std::filesystem;

// A record's file: three lines, the digests of its outputs one a line, an empty line, the value.  The sum
// covers the key and everything after its own line, so that a file that was moved to another key's
// place is damage too.
constexpr std::string_view kFormat = "lamella-action ";
constexpr std::string_view kMagic = "lamella-action 1\n";
constexpr std::uint64_t kLargest = std::uint64_t{64} << 20;
constexpr std::chrono::hours kAgeGrain{24};

Digest sum_of(const Digest& key, std::string_view covered) {
  crypto::Sha256 hasher;
  hasher.update(kMagic).update(key.bytes()).update(covered);
  return hasher.finish();
}

std::string render(const Digest& key, const ActionRecord& record) {
  std::string covered = record.kind + "\n";
  for (const Digest& output : record.outputs) covered += output.hex() + "\n";
  covered += "\n" + record.value;
  return std::string(kMagic) + sum_of(key, covered).hex() + "\n" + covered;
}

/// The text up to the next newline, taken off `rest`; nullopt if there is no newline.
std::optional<std::string_view> next_line(std::string_view& rest) {
  const auto end = rest.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  const std::string_view line = rest.substr(0, end);
  rest.remove_prefix(end + 1);
  return line;
}

std::optional<ActionRecord> parse(const Digest& key, std::string_view text) {
  if (!text.starts_with(kMagic)) return std::nullopt;
  text.remove_prefix(kMagic.size());
  const auto sum = next_line(text);
  if (!sum || Digest::from_hex(*sum) != sum_of(key, text)) return std::nullopt;
  ActionRecord record;
  const auto kind = next_line(text);
  if (!kind) return std::nullopt;
  record.kind = *kind;
  for (;;) {
    const auto line = next_line(text);
    if (!line) return std::nullopt;
    if (line->empty()) break;
    const auto output = Digest::from_hex(*line);
    if (!output) return std::nullopt;
    record.outputs.push_back(*output);
  }
  record.value = text;
  return record;
}

/// Written by a version of ours with another schema: nothing to us, and not ours to remove.
bool is_of_another_schema(std::string_view text) {
  if (!text.starts_with(kFormat) || text.starts_with(kMagic)) return false;
  const auto schema = text.substr(kFormat.size(), text.find('\n') - kFormat.size());
  return !schema.empty() && schema.size() < 10 &&
         schema.find_first_not_of("0123456789") == std::string_view::npos;
}

std::chrono::nanoseconds age_of(const os::FileInfo& info) {
  const auto now = std::chrono::nanoseconds(os::system_clock().wall().time_since_epoch());
  return now - std::chrono::nanoseconds(info.mtime_ns);
}

/// Where nothing can be written nothing is swept either.
void renew(const fs::path& record) {
  const auto info = os::file_info(record);
  if (!info || !*info || age_of(**info) < kAgeGrain) return;
  (void)os::set_mtime(record, std::chrono::nanoseconds(os::system_clock().wall().time_since_epoch()).count());
}

bool is_word(std::string_view kind) {
  return !kind.empty() && std::all_of(kind.begin(), kind.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
  });
}

class LocalActions final : public ActionCache {
 public:
  explicit LocalActions(fs::path root) : root_(std::move(root)) {}

  Result<std::optional<ActionRecord>> get(const Digest& key) override {
    LAMELLA_TRY_ASSIGN(auto record, read(key));
    if (record) renew(path_of(key));
    return record;
  }

  Result<> put(const Digest& key, const ActionRecord& record) override {
    if (!is_word(record.kind))
      return Error(ErrorCode::kInternal, "an action's kind is no word").at(record.kind);
    const fs::path path = path_of(key);
    LAMELLA_TRY(os::make_directories(path.parent_path(), 0700));
    return os::write_file_atomic(path, render(key, record), os::Durability::kRename, 0600);
  }

  Result<> remove(const Digest& key) override { return os::remove_path(path_of(key)); }

  Result<ActionStats> stats() override {
    ActionStats stats;
    LAMELLA_TRY_ASSIGN(const auto keys, all_keys());
    for (const Digest& key : keys) {
      LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path_of(key)));
      LAMELLA_TRY_ASSIGN(const auto record, read(key));
      if (!record) {
        stats.damaged += info && !os::exists(path_of(key)) ? 1 : 0;
        continue;
      }
      ++stats.records;
      stats.bytes += info ? info->size : 0;
      ++stats.by_kind[record->kind];
      stats.outputs.insert(stats.outputs.end(), record->outputs.begin(), record->outputs.end());
    }
    std::sort(stats.outputs.begin(), stats.outputs.end());
    stats.outputs.erase(std::unique(stats.outputs.begin(), stats.outputs.end()), stats.outputs.end());
    return stats;
  }

  Result<std::uint64_t> forget(std::span<const Digest> blobs) override {
    const std::unordered_set<Digest> gone(blobs.begin(), blobs.end());
    std::uint64_t removed = 0;
    LAMELLA_TRY_ASSIGN(const auto keys, all_keys());
    for (const Digest& key : keys) {
      LAMELLA_TRY_ASSIGN(const auto record, read(key));
      if (!record || std::none_of(record->outputs.begin(), record->outputs.end(),
                                  [&](const Digest& output) { return gone.contains(output); })) {
        continue;
      }
      LAMELLA_TRY(remove(key));
      ++removed;
    }
    return removed;
  }

  Result<std::uint64_t> sweep(std::chrono::seconds age) override {
    std::uint64_t removed = 0;
    LAMELLA_TRY_ASSIGN(const auto keys, all_keys());
    for (const Digest& key : keys) {
      LAMELLA_TRY_ASSIGN(const auto info, os::file_info(path_of(key)));
      if (!info || age_of(*info) <= age) continue;
      LAMELLA_TRY(remove(key));
      ++removed;
    }
    return removed;
  }

 private:
  /// As get(), of whoever only looks: nothing is renewed.
  Result<std::optional<ActionRecord>> read(const Digest& key) const {
    LAMELLA_TRY_ASSIGN(const auto text, os::read_file_if_present(path_of(key), kLargest));
    if (!text) return std::optional<ActionRecord>();
    auto record = parse(key, *text);
    if (record || is_of_another_schema(*text)) return record;
    const auto removed = os::remove_path(path_of(key));
    if (!removed && !is_read_only(removed.error())) return Error(removed.error());
    return record;
  }

  fs::path path_of(const Digest& key) const {
    const std::string hex = key.hex();
    return root_ / hex.substr(0, 2) / hex;
  }

  Result<std::vector<Digest>> all_keys() const {
    std::vector<Digest> keys;
    LAMELLA_TRY_ASSIGN(const auto groups, os::list_directory(root_));
    for (const auto& group : groups) {
      if (group.kind != base::FileKind::kDirectory) continue;
      LAMELLA_TRY_ASSIGN(const auto files, os::list_directory(root_ / group.name));
      for (const auto& file : files) {
        const auto key = Digest::from_hex(file.name);
        if (key && file.name.starts_with(group.name)) keys.push_back(*key);
      }
    }
    return keys;
  }

  const fs::path root_;
};

}  // namespace

Result<std::unique_ptr<ActionCache>> open_local_actions(const fs::path& root) {
  const fs::path actions = root / "actions";
  LAMELLA_TRY(claim_cache_folder(root, {actions}));
  return std::unique_ptr<ActionCache>(std::make_unique<LocalActions>(actions));
}

}  // namespace lamella::store
