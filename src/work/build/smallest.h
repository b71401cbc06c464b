// SPDX-License-Identifier: Apache-2.0
//
// The smallest part of a set with which something still passes.  Pure but for the tests it runs, which it
// runs several at once where it can.
//
// Invariants (smallest_test.cc)
//   M1 the result passes, if all of it together does.
//   M2 leaving any one out of the result fails, if more never makes a pass fail.
//   M3 at most 2n + 1 tests are run.
//   M4 halved_enough() runs at most `most` tests; where one unit is needed, two for every halving.
//
// Errors: the first of a test's; interrupted.
#pragma once

#include <cstddef>
#include <functional>
#include <stop_token>
#include <vector>

#include "base/result.h"
#include "os/thread_pool.h"

namespace lamella::build {

/// Tells whether the units with these numbers are enough.  Called from several threads.
using Enough = std::function<Result<bool>(const std::vector<std::size_t>& units)>;

/// Ascending.  REQUIRES: `enough` is true of all numbers below `count`, and false of none of them.
Result<std::vector<std::size_t>> smallest_enough(std::size_t count, const Enough& enough,
                                                 os::ThreadPool& pool, std::stop_token stop);

struct Halved {
  std::vector<std::size_t> units;  ///< ascending
  bool smallest = true;            ///< false: the tests were used up before M2 was shown
};

/// For many units of which few are needed: looks at halves, and at halves of these.  REQUIRES: as above.
Result<Halved> halved_enough(std::size_t count, const Enough& enough, std::size_t most, os::ThreadPool& pool,
                             std::stop_token stop);

}  // namespace lamella::build
