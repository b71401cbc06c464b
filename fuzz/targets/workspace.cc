// SPDX-License-Identifier: Apache-2.0
#include <algorithm>

#include "base/encoding.h"
#include "base/utf8.h"
#include "config/workspace_file.h"
#include "fuzz_target.h"

using namespace lamella;

/// What is refused is refused in words that a terminal can show; what is read knows every layer it names.
FUZZ_TARGET(workspace) {
  const auto workspace = config::parse_workspace(base::as_text(input), "lamella.toml");
  if (!workspace) {
    const std::string said = workspace.error().to_string();
    const auto code = workspace.error().code();
    FUZZ_ASSERT(code == ErrorCode::kUsage || code == ErrorCode::kLimit);
    FUZZ_ASSERT(std::ranges::none_of(
        said, [](char c) { return (c >= 0 && c < 0x20 && c != '\n' && c != '\t') || c == 0x7f; }));
    return FUZZ_ASSERT(!base::find_invalid_utf8(said));
  }
  FUZZ_ASSERT(config::parse_workspace(std::string(base::as_text(input)) + "\n# the end\n", "lamella.toml"));
  for (const auto& function : workspace->functions) {
    for (const auto& layer : function.layers) FUZZ_ASSERT(workspace->find_layer(layer.text) != nullptr);
  }
}
