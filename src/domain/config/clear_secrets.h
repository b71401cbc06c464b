// SPDX-License-Identifier: Apache-2.0
//
// Secrets that someone typed into the workspace file in place of {env:NAME} or {ssm:/PATH}: tokens that can be
// told by their looks anywhere in it (base/token.h), and random-looking values of variables whose names end like
// a secret's.
//
// Invariants (clear_secrets_test.cc)
//   C1 no value is in what is returned.
//   C2 words, paths, addresses, ARNs and values with a placeholder are no secrets by their variable's name.
//
// Threads: pure functions.
#pragma once

#include <string_view>
#include <vector>

#include "config/source_file.h"
#include "document/value.h"
#include "model/workspace.h"

namespace lamella::config {

/// True for a variable's name such as "DB_PASSWORD" or "API_TOKEN".
bool names_secret(std::string_view variable);
/// True for text that nobody would read out: of some length, from many characters, of more than one kind.
bool looks_random(std::string_view value);

/// In the file's order.
std::vector<model::ClearSecret> clear_secrets(const document::Value& document, const SourceFile& source);

}  // namespace lamella::config
