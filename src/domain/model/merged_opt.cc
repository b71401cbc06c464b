// SPDX-License-Identifier: Apache-2.0
#include "model/merged_opt.h"

#include <algorithm>
#include <string_view>
#include <tuple>
#include <unordered_map>

namespace lamella::model {
namespace {

struct Held {
  const OptEntry* entry = nullptr;
  std::size_t layer = 0;
};

using Winners = std::unordered_map<std::string_view, Held>;

/// Files of `winners` that stand where another winner needs a folder.
void find_folder_clashes(const Winners& winners, std::vector<Shadow>& shadows) {
  for (const auto& [path, held] : winners) {
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      const auto file = winners.find(path.substr(0, slash));
      if (file == winners.end()) continue;
      const bool file_is_later = file->second.layer >= held.layer;
      const Held& winner = file_is_later ? file->second : held;
      const Held& loser = file_is_later ? held : file->second;
      shadows.push_back({Shadow::Kind::kFileOverFolder, std::string(file->first), winner.layer, loser.layer,
                         loser.entry->size});
    }
  }
}

}  // namespace

MergedOpt merge_opt(const std::vector<OptLayer>& layers) {
  MergedOpt merged;
  Winners winners;
  for (std::size_t index = layers.size(); index-- > 0;) {
    for (const OptEntry& entry : layers[index].entries) {
      merged.counted_bytes += entry.size;
      const auto [held, is_new] = winners.try_emplace(entry.path, Held{&entry, index});
      if (is_new) continue;
      const OptEntry& winner = *held->second.entry;
      const bool same = winner.content == entry.content && winner.size == entry.size;
      merged.shadows.push_back({same ? Shadow::Kind::kSameContent : Shadow::Kind::kDifferentContent,
                                entry.path, held->second.layer, index, entry.size});
    }
  }
  find_folder_clashes(winners, merged.shadows);
  merged.entries.reserve(winners.size());
  for (const auto& [path, held] : winners) {
    merged.entries.push_back({std::string(path), held.entry->size, held.layer});
    merged.merged_bytes += held.entry->size;
  }
  std::sort(merged.entries.begin(), merged.entries.end(),
            [](const MergedEntry& a, const MergedEntry& b) { return a.path < b.path; });
  std::sort(merged.shadows.begin(), merged.shadows.end(), [](const Shadow& a, const Shadow& b) {
    return std::tie(a.path, a.loser, a.winner, a.bytes) < std::tie(b.path, b.loser, b.winner, b.bytes);
  });
  return merged;
}

}  // namespace lamella::model
