// SPDX-License-Identifier: Apache-2.0
//
// What left an artifact on the way from its wheels, by cause, as measured in the versions that were built.
#pragma once

#include "build/culprits.h"
#include "build/manifest.h"
#include "document/value.h"

namespace lamella::commands {

/// {"wheel_bytes","stripped_bytes","bytecode_bytes","source_bytes","rules":{RULE:bytes},
///  "by_rule":[{rule,distribution,version,files,bytes}], "kept":[{word,distribution,files,bytes}],
///  "bought":[{distribution,modules,bytes,saved_us,without,without_us}], "idle":[word]}
///
/// "rules" sums over distributions; "source_bytes" is source that bytecode replaces; "kept" is what a `keep`,
/// a service or a rule that was backed out saved from being dropped; "bought" is bytecode where not all of it
/// fits the budget; "idle" names no file of this artifact.
document::Value slimming_record(const build::Made& made);

/// {artifact, distribution, version, rule, why, keep, files, bytes, files_out, bytes_out, smallest}
document::Value to_value(const build::Culprit& culprit);

}  // namespace lamella::commands
