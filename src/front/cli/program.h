// SPDX-License-Identifier: Apache-2.0
//
// The program from its words to its exit code.  Results go to stdout, everything else to stderr; with --json
// exactly one record goes to stdout, also when something failed.
//
// A reader that goes away (EPIPE) ends the output, not the work, and is no failure.  Any other failure to
// write a result is io (13), because a cut result must not look like a whole one.
#pragma once

#include <span>
#include <string>

namespace lamella::cli {

/// `words` are those after the program's name.
int run(std::span<const std::string> words);

/// For what no room turned into an Error: prints that it is our bug, with --json as a record; 1.
int internal_failure(std::span<const std::string> words, const char* what);

}  // namespace lamella::cli
