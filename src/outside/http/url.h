// SPDX-License-Identifier: Apache-2.0
//
// What a request target says.  Percent-coding itself is base/percent.h.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace lamella::http {

/// The decoded segments of a raw path: "/a%2Fb/c" is {"a/b", "c"}, "/" is {""}, "/a/" is {"a", ""}.  Each is
/// decoded after the split, so that an escaped slash stays in its segment; "." and ".." have no meaning.
/// nullopt when the path does not begin with '/' or holds a broken escape.
std::optional<std::vector<std::string>> path_segments(std::string_view raw_path);

using QueryPairs = std::vector<std::pair<std::string, std::string>>;

enum class PlusSign { kSpace, kPlus };

/// The decoded pairs of a raw query in order; a name without '=' has the value "".  nullopt on a broken
/// escape.  Forms write a space as '+', AWS clients never do.
std::optional<QueryPairs> query_pairs(std::string_view raw_query, PlusSign plus = PlusSign::kSpace);

}  // namespace lamella::http
