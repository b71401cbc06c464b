// SPDX-License-Identifier: Apache-2.0
//
// Cuts a text at each separator.  There is always one part more than there are separators, so an
// empty text has one empty part.  The parts are views into the text and live as long as it does.
#pragma once

#include <string_view>
#include <vector>

namespace lamella::base {

std::vector<std::string_view> split(std::string_view text, char separator);

}  // namespace lamella::base
