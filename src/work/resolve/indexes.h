// SPDX-License-Identifier: Apache-2.0
//
// Where packages come from: the default index and those declared for some names, each with what the
// environment says to log in with: LAMELLA_INDEX_<NAME>_USERNAME and LAMELLA_INDEX_<NAME>_PASSWORD, the
// index's name in capitals, '-' as '_', DEFAULT for the default one.
//
// A login is sent to its index's origin alone.  It stands in no file, no argument, no lock and no message;
// a password is handed to uv and pip in their environment, which only this user can read.
//
// Threads: reads the environment; any.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/workspace.h"
#include "store/fetcher.h"

namespace lamella::resolve {

struct Index {
  std::string name;  ///< "default", or as declared
  std::string url;   ///< "" for the default index when none is declared: the resolver's own
  std::vector<model::PlacedText> patterns;  ///< none for the default
  std::optional<store::HostLogin> login;
};

/// The default index first, then the others in the file's order.
std::vector<Index> indexes_of(const model::LockSettings& settings);

/// "LAMELLA_INDEX_ACME_USERNAME" for "acme" and "USERNAME".
std::string login_variable(std::string_view index, std::string_view what);

/// All logins, for downloads.
std::vector<store::HostLogin> logins_of(const model::LockSettings& settings);

/// The index's address with its login in it: for an environment variable, never for an argument or a file.
std::string with_login(const Index& index);
/// `words` of another program with every password in them starred out.
std::string hide_logins(std::string words, const std::vector<Index>& indexes);

/// Which of `indexes` serves the name, as a position; 0 is the default.
std::size_t index_for(const std::vector<Index>& indexes, std::string_view normalised_name);

}  // namespace lamella::resolve
