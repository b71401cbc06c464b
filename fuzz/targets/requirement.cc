// SPDX-License-Identifier: Apache-2.0
#include "config/requirement.h"

#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// The canonical spelling reads as the same requirement, and a normalised name is already normal.
FUZZ_TARGET(requirement) {
  const auto one = config::parse_requirement(base::as_text(input));
  if (!one) return FUZZ_ASSERT(one.error().code() == ErrorCode::kUsage);
  const auto again = config::parse_requirement(to_string(*one));
  FUZZ_ASSERT(again && to_string(*again) == to_string(*one));
  FUZZ_ASSERT(again->name == one->name && again->extras == one->extras && again->specifier == one->specifier);
  FUZZ_ASSERT(again->url == one->url && again->marker == one->marker);
  FUZZ_ASSERT(config::normalised_name(one->normalised()) == one->normalised());
}
