// SPDX-License-Identifier: Apache-2.0
#include "build/smallest.h"

#include <algorithm>
#include <numeric>

namespace lamella::build {
namespace {

std::vector<std::size_t> without(std::vector<std::size_t> units, std::size_t one) {
  std::erase(units, one);
  return units;
}

}  // namespace

Result<std::vector<std::size_t>> smallest_enough(std::size_t count, const Enough& enough,
                                                 os::ThreadPool& pool, std::stop_token stop) {
  std::vector<std::size_t> all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  if (count < 2) return all;

  std::vector<char> spare(count);  // not vector<bool>: each thread writes its own
  LAMELLA_TRY(pool.parallel_for(
      count,
      [&](std::size_t i) -> Result<> {
        LAMELLA_TRY_ASSIGN(const bool passes, enough(without(all, i)));
        spare[i] = passes ? 1 : 0;
        return {};
      },
      stop));
  std::vector<std::size_t> needed;
  std::copy_if(all.begin(), all.end(), std::back_inserter(needed),
               [&](std::size_t i) { return spare[i] == 0; });
  if (needed.size() == count) return all;
  if (!needed.empty()) {
    LAMELLA_TRY_ASSIGN(const bool passes, enough(needed));
    if (passes) return needed;
  }
  // Some of the spare ones stand in for each other: one after the other goes, as long as it passes.
  std::vector<std::size_t> left = all;
  for (std::size_t i = 0; i < count && left.size() > 1; ++i) {
    if (spare[i] == 0) continue;
    LAMELLA_TRY_ASSIGN(const bool passes, enough(without(left, i)));
    if (passes) left = without(left, i);
  }
  return left;
}

}  // namespace lamella::build
