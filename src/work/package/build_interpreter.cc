// SPDX-License-Identifier: Apache-2.0
#include "package/build_interpreter.h"

namespace lamella::package {
namespace {

/// More than lies between the oldest and the newest runtime.
constexpr int kFarthest = 10;

}  // namespace

void BuildInterpreter::take_on(SourceBuild& source) const {
  source.interpreter = python.version;
  source.stand_in = stand_in;
}

Result<BuildInterpreter> find_build_interpreter(const model::Runtime& runtime,
                                                const std::filesystem::path& cache) {
  auto own = find_interpreter(runtime, cache);
  if (own) return BuildInterpreter{*std::move(own)};
  if (own.error().code() != ErrorCode::kToolMissing) return std::move(own).error();
  for (int distance = 1; distance <= kFarthest; ++distance) {
    for (const int minor : {runtime.minor + distance, runtime.minor - distance}) {
      const model::Runtime other{runtime.language, runtime.major, minor};
      if (!model::parse_runtime(to_string(other))) continue;
      if (auto found = find_interpreter(other, cache)) return BuildInterpreter{*std::move(found), other};
    }
  }
  return std::move(own).error();
}

}  // namespace lamella::package
