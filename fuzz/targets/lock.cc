// SPDX-License-Identifier: Apache-2.0
#include "resolve/lock.h"

#include "base/encoding.h"
#include "fuzz_target.h"
#include "store/fetcher.h"

using namespace lamella;

/// A lock that is read is written to what reads as the same lock, and carries no credentials.
FUZZ_TARGET(lock) {
  const auto lock = resolve::parse_lock(base::as_text(input), "pylock.toml");
  if (!lock) return;
  const std::string text = render_lock(*lock);
  const auto again = resolve::parse_lock(text, "pylock.toml");
  FUZZ_ASSERT(again && *again == *lock && render_lock(*again) == text);
  for (const auto& package : lock->packages) {
    FUZZ_ASSERT(lock->find(package.name) == &package && !package.wheel.sha256.is_zero());
    FUZZ_ASSERT(store::without_credentials(package.wheel.url) == package.wheel.url);
  }
}
