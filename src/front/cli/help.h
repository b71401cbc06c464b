// SPDX-License-Identifier: Apache-2.0
//
// Help texts, made from the tables.
#pragma once

#include <string>

#include "cli/terminal.h"
#include "cli/verb_table.h"

namespace lamella::cli {

/// `lamella help`: every verb by group, and the flags every verb takes.
std::string overview(const Style& style);
/// `lamella help VERB`.
std::string help_of(const Verb& verb, const Style& style);
/// "lamella 0.1.0".
std::string version_line();

}  // namespace lamella::cli
