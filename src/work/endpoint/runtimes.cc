// SPDX-License-Identifier: Apache-2.0
#include "endpoint/runtimes.h"

#include <array>

namespace lamella::endpoint {
namespace {

// What CreateFunction takes (January 2026) of the languages that the house knows; the service takes more.
constexpr std::array<std::string_view, 12> kRuntimes = {
    "nodejs16.x", "nodejs18.x", "nodejs20.x", "nodejs22.x", "nodejs24.x", "python3.8",
    "python3.9",  "python3.10", "python3.11", "python3.12", "python3.13", "python3.14"};
constexpr std::array<std::string_view, 2> kArchitectures = {"x86_64", "arm64"};

}  // namespace

std::span<const std::string_view> known_runtimes() { return kRuntimes; }
std::span<const std::string_view> known_architectures() { return kArchitectures; }

Result<sandbox::RuntimeRoot> RuntimeRoots::root_of(const std::string& runtime,
                                                   const std::string& architecture) {
  const std::lock_guard lock(mutex_);
  const std::pair key(runtime, architecture);
  if (const auto at = roots_.find(key); at != roots_.end()) return at->second;
  LAMELLA_TRY_ASSIGN(auto root, sandbox::ensure_runtime_root({.cache = options_.cache_dir,
                                                              .runtime = runtime,
                                                              .architecture = architecture,
                                                              .interpreters = options_.interpreters}));
  return roots_.emplace(key, std::move(root)).first->second;
}

}  // namespace lamella::endpoint
