// SPDX-License-Identifier: Apache-2.0
//
// `lamella size`: what the last build weighs, against budgets, limits and what packing without layers would
// weigh.  Nothing is built and no workspace code is run.
#pragma once

#include "base/result.h"
#include "commands/outcome.h"
#include "commands/session.h"

namespace lamella::commands {

struct SizeReport {
  Outcome outcome;
  /// Every file: [{"name","packages":[{"name","files":[{"path","type","bytes"}]}]}].
  document::Value tree = document::Value::array();
};

/// {"artifacts":[{kind,name,target,zipped_bytes,unzipped_bytes,budget,packages,types:[{type,files,bytes}],dropped}],
///  "functions":[{name,merged_bytes,limit_bytes,self_contained,shared_libraries:[{name,bytes,copies}],layers}],
///  "unbuilt":[{kind,name,target}],"total":{...},
///  "sums":{"self_contained","functions_alone","layers_once_and_functions","saved"}}
///
/// "types" are of model/file_type.h, null where neither segments nor zip are there to be read.
/// "shared_libraries" are there more than once among the function and its layers; "bytes" is what all but the
/// largest copy take.  "self_contained" is what pip would put into each function's folder: every wheel of its closure, unpruned
/// and without bytecode, and the workspace's own files; zipped it is the wheels' own sizes.
/// A function of which something was never built is not among "functions", and "sums" is then null.
/// Errors: usage when nothing was ever built.
Result<SizeReport> size(const Setting& setting);

}  // namespace lamella::commands
