// SPDX-License-Identifier: Apache-2.0
#include "build/bytecode_budget.h"

#include <algorithm>
#include <functional>
#include <numeric>
#include <set>
#include <string_view>
#include <tuple>

#include "archive/segment.h"
#include "build/proving.h"

namespace lamella::build {
namespace {

constexpr std::string_view kCache = "__pycache__/";

/// a gains more per byte than b: cross-multiplied, so that no rounding decides.  What costs nothing comes
/// first.
bool gains_more(std::uint64_t a_us, std::int64_t a_bytes, std::uint64_t b_us, std::int64_t b_bytes) {
  if (a_bytes <= 0 || b_bytes <= 0) return a_bytes <= 0 && (b_bytes > 0 || a_us > b_us);
  return static_cast<double>(a_us) * static_cast<double>(b_bytes) >
         static_cast<double>(b_us) * static_cast<double>(a_bytes);
}

bool comes_before(const ModuleCost& a, const ModuleCost& b) {
  if ((a.start_us > 0) != (b.start_us > 0)) return a.start_us > 0;
  const std::uint64_t a_us = a.start_us > 0 ? a.start_us : a.later_us;
  const std::uint64_t b_us = b.start_us > 0 ? b.start_us : b.later_us;
  if (gains_more(a_us, a.bytes, b_us, b.bytes)) return true;
  if (gains_more(b_us, b.bytes, a_us, a.bytes)) return false;
  return std::tie(a.distribution, a.path) < std::tie(b.distribution, b.path);
}

/// "python/a/__pycache__/b.cpython-311.pyc" and "python/a/b.pyc" -> "a/b.py"; "" for what is no bytecode.
std::string module_of(std::string_view entry) {
  const auto path = model::module_path(entry);
  if (!path || !path->ends_with(".pyc")) return {};
  const std::string_view name = *path;
  const auto cache = name.rfind(kCache);
  if (cache == std::string_view::npos) return std::string(name.substr(0, name.size() - 1));
  const std::string_view stem = name.substr(cache + kCache.size());
  return std::string(name.substr(0, cache)) + std::string(stem.substr(0, stem.find('.'))) + ".py";
}

using Look = std::function<void(const std::string& distribution, const archive::Entry& entry)>;

Result<> each_entry(const Tools& tools, const Made& layer, const Look& look) {
  for (const Part& part : layer.parts) {
    LAMELLA_TRY_ASSIGN(auto reader, tools.store.open(part.segment.blob));
    if (!reader)
      return Error(ErrorCode::kInternal, "a segment is not in the store").at(part.segment.blob.hex());
    LAMELLA_TRY_ASSIGN(const auto bytes, reader->map());
    LAMELLA_TRY_ASSIGN(const archive::Segment segment, archive::open_segment(bytes));
    for (const archive::Entry& entry : segment.index.entries) look(part.segment.distribution, entry);
  }
  return {};
}

}  // namespace

std::vector<std::size_t> choose_modules(const std::vector<ModuleCost>& modules, std::int64_t room) {
  std::vector<std::size_t> order(modules.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::sort(order.begin(), order.end(),
            [&](std::size_t a, std::size_t b) { return comes_before(modules[a], modules[b]); });
  std::vector<std::size_t> chosen;
  for (const std::size_t i : order) {
    if (modules[i].start_us + modules[i].later_us == 0 || modules[i].bytes > room) continue;
    room -= modules[i].bytes;
    chosen.push_back(i);
  }
  std::sort(chosen.begin(), chosen.end());
  return chosen;
}

Result<BytecodeSizes> bytecode_sizes(const Tools& tools, const Made& with, const Made& without) {
  BytecodeSizes sizes;
  std::set<std::pair<std::string, std::string>> in_place;
  LAMELLA_TRY(each_entry(tools, with, [&](const std::string& distribution, const archive::Entry& entry) {
    const std::string module = module_of(entry.name);
    if (module.empty()) return;
    sizes[{distribution, module}] += static_cast<std::int64_t>(entry.size);
    if (entry.name.find(kCache) == std::string::npos) in_place.insert({distribution, module});
  }));
  LAMELLA_TRY(each_entry(tools, without, [&](const std::string& distribution, const archive::Entry& entry) {
    const auto path = model::module_path(entry.name);
    if (!path) return;
    const std::pair key(distribution, std::string(*path));
    if (in_place.contains(key)) sizes[key] -= static_cast<std::int64_t>(entry.size);
  }));
  return sizes;
}

std::vector<ModuleCost> module_costs(const BytecodeSizes& sizes,
                                     const std::map<std::string, proof::Proof>& proofs) {
  std::map<std::string, std::uint64_t> start;
  std::map<std::string, std::uint64_t> all;
  for (const auto& [name, proof] : proofs) {
    for (const proof::TracedModule& module : proof.start)
      start[module_in_opt(module.file)] += module.compile_us;
    for (const proof::TracedModule& module : proof.modules)
      all[module_in_opt(module.file)] += module.compile_us;
  }
  std::vector<ModuleCost> out;
  for (const auto& one : sizes) {
    const auto& module = one.first;
    const auto at = [&](const auto& times) {
      const auto found = times.find(module.second);
      return found == times.end() ? std::uint64_t{0} : found->second;
    };
    out.push_back({module.first, module.second, at(start), at(all), one.second});
  }
  return out;
}

std::vector<BytecodeLimit> limits_of(const Made& layer, const std::vector<ModuleCost>& modules,
                                     const std::vector<std::size_t>& chosen) {
  const std::set<std::size_t> is_chosen(chosen.begin(), chosen.end());
  std::map<std::string, BytecodeLimit> rows;
  for (std::size_t i = 0; i < modules.size(); ++i) {
    const ModuleCost& module = modules[i];
    BytecodeLimit& row = rows[module.distribution];
    row.layer = layer.artifact.name;
    row.distribution = module.distribution;
    const std::uint64_t us = module.start_us > 0 ? module.start_us : module.later_us;
    if (is_chosen.contains(i)) {
      row.modules.push_back(module.path);
      row.bytes += module.bytes;
      row.saved_us += us;
    } else {
      ++row.without;
      row.without_us += us;
    }
  }
  std::vector<BytecodeLimit> out;
  for (auto& [distribution, row] : rows) {
    for (const Part& part : layer.parts) {
      if (part.segment.distribution == distribution) row.version = part.segment.version;
    }
    std::sort(row.modules.begin(), row.modules.end());
    out.push_back(std::move(row));
  }
  return out;
}

}  // namespace lamella::build
