// SPDX-License-Identifier: Apache-2.0
#include "resolve/metadata.h"

#include "base/encoding.h"
#include "fuzz_target.h"

using namespace lamella;

/// Headers written from what was read are read as the same.
FUZZ_TARGET(metadata) {
  const auto read = resolve::parse_metadata(base::as_text(input));
  if (!read) return;
  FUZZ_ASSERT(!read->name.empty() && !read->version.empty());
  std::string text = "Name: " + read->name + "\nVERSION:" + read->version + "\r\n";
  if (!read->requires_python.empty()) text += "requires-python: " + read->requires_python + "\n";
  for (const std::string& one : read->requires_dist) text += "Requires-Dist: " + one + "\n";
  if (!read->changelog.empty()) text += "Project-URL: Changelog, " + read->changelog + "\n";
  const auto again = resolve::parse_metadata(text + "\nName: of the description\n");
  FUZZ_ASSERT(again && *again == *read);
}
