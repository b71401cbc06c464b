// SPDX-License-Identifier: Apache-2.0
#include "resolve/marker.h"

#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// Brackets do not change a marker; "and" with itself neither, nor "or".
FUZZ_TARGET(marker) {
  static const auto environment = resolve::marker_environment(model::Target{});
  const std::string text(base::as_text(input));
  const auto holds = resolve::marker_holds(text, environment, "s3");
  if (!holds || text.find_first_not_of(" \t") == std::string::npos || text.size() > 20'000) return;
  for (const std::string& other :
       {"(" + text + ")", "(" + text + ") and (" + text + ")", "(" + text + ") or (" + text + ")"}) {
    const auto again = resolve::marker_holds(other, environment, "s3");
    FUZZ_ASSERT(again ? *again == *holds : text.starts_with("((((((((("));  // 200 levels are allowed
  }
}
