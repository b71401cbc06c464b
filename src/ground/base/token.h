// SPDX-License-Identifier: Apache-2.0
//
// Secrets that can be told by their looks: keys and tokens whose issuers gave them a prefix to be found by.
//
// Threads: pure functions.  Test: token_test.cc.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lamella::base {

struct Token {
  std::size_t begin = 0;
  std::size_t size = 0;
  std::string_view what;  ///< "an AWS access key", "a private key"
};

/// In the order of the text; they do not overlap.
std::vector<Token> find_tokens(std::string_view text);

/// `text` with every token starred out, byte for byte.
std::string without_tokens(std::string text);

}  // namespace lamella::base
