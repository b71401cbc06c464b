// SPDX-License-Identifier: Apache-2.0
//
// Rounds (round.h) until nothing broke by a rule, bytecode fits its budget, and the traces stay as they are; what was
// learnt on the way is written to locks/rules.toml (builder.h, I4 to I6).
//
// Threads: one.  Errors: a round's; usage where the lock would have to be written and may not be.
#pragma once

#include "base/result.h"
#include "build/builder.h"
#include "build/manifest.h"
#include "build/round.h"

namespace lamella::build {

/// What the last round made; what every round found is added to `report`.
Result<Manifest> run_rounds(const RoundInputs& inputs, Report& report, Manifest before);

}  // namespace lamella::build
