// SPDX-License-Identifier: Apache-2.0
//
// "Did you mean": the candidate nearest to a misspelt word.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace lamella::base {

/// Insertions, deletions, replacements and swaps of neighbours between the two words.
std::size_t edit_distance(std::string_view a, std::string_view b);

/// The nearest candidate, if it is near enough to be meant (a third of the word, at least one edit).
std::optional<std::string> nearest(std::string_view word, std::span<const std::string> candidates);

}  // namespace lamella::base
