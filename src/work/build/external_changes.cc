// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "build/content_changes.h"

namespace lamella::build {
namespace {

const model::PlacedText* arn_of(const model::Layer* layer) {
  return layer != nullptr && layer->arn ? &*layer->arn : nullptr;
}

/// What the side's lock says its bytes are; zero where it does not answer.
Digest digest_on(const Side& side, const model::Layer& layer) {
  const auto found = external_of(side.externals, layer);
  return found ? (*found)->sha256 : Digest();
}

}  // namespace

std::vector<Cause> external_changes(const Side& before, const Side& after, const Pair& pair) {
  const model::PlacedText* old = arn_of(pair.layer_before);
  const model::PlacedText* now = arn_of(pair.layer);
  const std::string from = old == nullptr ? "" : old->text;
  const std::string to = now == nullptr ? "" : now->text;
  std::vector<Cause> causes;
  const std::string setting = fmt::format("setting layers.{}.arn", pair.name.name);
  if (from != to) {
    const std::string text = old == nullptr   ? fmt::format("it is {} now", to)
                             : now == nullptr ? fmt::format("it is {} no longer", from)
                                              : fmt::format("{} → {}", from, to);
    causes.push_back({{"external-changed", "arn", from, to, text}, {setting, pair.name.node()}});
  } else if (now != nullptr) {
    const Digest was = digest_on(before, *pair.layer_before);
    const Digest is = digest_on(after, *pair.layer);
    const std::string file = "file " + std::string(kExternalLockPath);
    if (was != is) {
      causes.push_back({{"external-changed", to, was.brief(), is.brief(),
                         fmt::format("the bytes of {}: {} → {}", to, was.brief(), is.brief())},
                        {file, pair.name.node()}});
    }
  }
  return causes;
}

}  // namespace lamella::build
