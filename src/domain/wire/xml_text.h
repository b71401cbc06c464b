// SPDX-License-Identifier: Apache-2.0
//
// The little XML that STS and error answers need: escaping, and the text of the first element of a name.
// Not a parser: attributes are skipped, comments and CDATA are not understood, nothing nests.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace lamella::wire {

std::string xml_escape(std::string_view text);

/// Text of the first <name>...</name>, the five predefined entities decoded.  nullopt: no such element, or
/// markup inside it.
std::optional<std::string> xml_element(std::string_view xml, std::string_view name);

}  // namespace lamella::wire
