// SPDX-License-Identifier: Apache-2.0
#include "build/smallest.h"

#include <algorithm>
#include <iterator>
#include <numeric>

namespace lamella::build {
namespace {

std::vector<std::size_t> without(std::vector<std::size_t> units, std::size_t one) {
  std::erase(units, one);
  return units;
}

using Units = std::vector<std::size_t>;

Units joined(const Units& a, const Units& b) {
  Units all;
  std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::back_inserter(all));
  return all;
}

/// What each call is given together with `beside` passes, and `beside` alone does not.
class Halving {
 public:
  Halving(const Enough& enough, std::size_t most, os::ThreadPool& pool, std::stop_token stop)
      : enough_(enough), left_(most), pool_(pool), stop_(std::move(stop)) {}

  /// What of `units` is needed.
  Result<Units> needed(const Units& units, const Units& beside) {
    if (units.size() < 2) return units;
    if (left_ < 2) {
      smallest_ = false;
      return units;
    }
    left_ -= 2;
    const auto middle = units.begin() + static_cast<std::ptrdiff_t>(units.size() / 2);
    const std::vector<Units> halves = {{units.begin(), middle}, {middle, units.end()}};
    std::vector<char> passes(halves.size());
    LAMELLA_TRY(pool_.parallel_for(
        halves.size(),
        [&](std::size_t i) -> Result<> {
          LAMELLA_TRY_ASSIGN(const bool one, enough_(joined(halves[i], beside)));
          passes[i] = one ? 1 : 0;
          return {};
        },
        stop_));
    for (std::size_t i = 0; i < halves.size(); ++i) {
      if (passes[i] != 0) return needed(halves[i], beside);
    }
    LAMELLA_TRY_ASSIGN(const Units second, needed(halves[1], joined(halves[0], beside)));
    LAMELLA_TRY_ASSIGN(const Units first, needed(halves[0], joined(second, beside)));
    return joined(first, second);
  }

  bool smallest() const { return smallest_; }

 private:
  const Enough& enough_;
  std::size_t left_;
  os::ThreadPool& pool_;
  std::stop_token stop_;
  bool smallest_ = true;
};

}  // namespace

Result<Halved> halved_enough(std::size_t count, const Enough& enough, std::size_t most, os::ThreadPool& pool,
                             std::stop_token stop) {
  Units all(count);
  std::iota(all.begin(), all.end(), std::size_t{0});
  Halving halving(enough, most, pool, std::move(stop));
  LAMELLA_TRY_ASSIGN(Units units, halving.needed(all, {}));
  return Halved{std::move(units), halving.smallest()};
}

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
