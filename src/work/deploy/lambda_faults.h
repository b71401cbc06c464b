// SPDX-License-Identifier: Apache-2.0
//
// What can happen to one call of the simulated account.
#pragma once

namespace lamella::deploy {

enum class Fault {
  kNone,
  kNeverSent,
  kAnswerLost,
  kThrottled,
  kServerErrorApplied,
  kForeignAlias,
  kForeignLatest,
  kKilledBefore,
  kKilledAfter
};
constexpr Fault kEveryFault[] = {Fault::kNeverSent,          Fault::kAnswerLost,   Fault::kThrottled,
                                 Fault::kServerErrorApplied, Fault::kForeignAlias, Fault::kForeignLatest,
                                 Fault::kKilledBefore,       Fault::kKilledAfter};

/// Thrown out of a call: the process is gone.
struct Killed {};

}  // namespace lamella::deploy
