// SPDX-License-Identifier: Apache-2.0
#include "document/json.h"

#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella::document;

/// What was read and written is read as the same, plain, indented and canonical.
FUZZ_TARGET(json) {
  const auto value = parse_json(lamella::base::as_text(input), "event.json");
  if (!value) return;
  for (const std::string& text : {render_json(*value), render_json(*value, 2)}) {
    const auto again = parse_json(text, "event.json");
    FUZZ_ASSERT(again && *again == *value);
  }
  const std::string canonical = canonical_json(*value);
  const auto again = parse_json(canonical, "event.json");
  FUZZ_ASSERT(again && canonical_json(*again) == canonical);
}
