// SPDX-License-Identifier: Apache-2.0
#include "model/glob.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

namespace lamella::model {
namespace {

bool matches(std::string_view pattern, std::string_view path) {
  const auto glob = Glob::parse(pattern);
  EXPECT_TRUE(glob.has_value()) << pattern;
  return glob && glob->matches(path);
}

/// The rules of glob.h, word for word, by trying everything.
bool naive(std::string_view pattern, std::string_view path, bool at_step = true) {
  if (pattern.empty()) return path.empty();
  if (pattern.starts_with("**/") && at_step) {
    if (naive(pattern.substr(3), path)) return true;
    for (std::size_t i = 0; i < path.size(); ++i) {
      if (path[i] == '/' && naive(pattern.substr(3), path.substr(i + 1))) return true;
    }
    return false;
  }
  if (pattern.starts_with("**")) {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (naive(pattern.substr(2), path.substr(i), false)) return true;
    }
    return false;
  }
  if (pattern.front() == '*') {
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (naive(pattern.substr(1), path.substr(i), false)) return true;
      if (i < path.size() && path[i] == '/') break;
    }
    return false;
  }
  if (path.empty()) return false;
  const bool fits = pattern.front() == '?' ? path.front() != '/' : pattern.front() == path.front();
  return fits && naive(pattern.substr(1), path.substr(1), pattern.front() == '/');
}

TEST(Glob, TheContractsExamples) {
  EXPECT_TRUE(matches("**/tests/**", "tests/a.py"));
  EXPECT_TRUE(matches("**/tests/**", "pkg/x/tests/a/b.py"));
  EXPECT_FALSE(matches("**/tests/**", "pkg/mytests/a.py"));
  EXPECT_TRUE(matches("**/*.pyx", "a.pyx"));
  EXPECT_TRUE(matches("**/*.pyx", "a/b.pyx"));
  EXPECT_FALSE(matches("*.pyx", "a/b.pyx"));
  EXPECT_TRUE(matches("numpy/core/_*_tests.*.so", "numpy/core/_umath_tests.cpython-311-x86_64-linux-gnu.so"));
  EXPECT_TRUE(matches("*.dist-info/RECORD", "numpy-1.24.3.dist-info/RECORD"));
  EXPECT_TRUE(matches("numpy/**/setup.py", "numpy/setup.py"));
  EXPECT_TRUE(matches("numpy/**/setup.py", "numpy/a/b/setup.py"));
  EXPECT_TRUE(matches("a?[0-9][!x]", "ab7y"));
  EXPECT_FALSE(matches("a?[0-9][!x]", "a/7y"));
  EXPECT_FALSE(matches("a[!x]b", "a/b"));
}

TEST(Glob, RefusesWhatCannotBeMeant) {
  for (const char* bad : {"", "/a", "a/../b", "..", "a[bc", "[]"})
    EXPECT_FALSE(Glob::parse(bad).has_value()) << bad;
}

/// With a matcher that tries every way they would not end.
TEST(Glob, HostilePatternsEnd) {
  std::string pattern;
  for (int i = 0; i < 100; ++i) pattern += "**a*";
  EXPECT_FALSE(matches(pattern + "b", std::string(2'000, 'a') + "c"));
  EXPECT_FALSE(matches(pattern + "?b?", std::string(2'000, 'a') + "c"));
}

rc::Gen<std::string> words(const std::string& letters) {
  return rc::gen::container<std::string>(rc::gen::elementOf(letters));
}

RC_GTEST_PROP(Glob, AgreesWithTheNaiveMatcher, ()) {
  const auto pattern = *rc::gen::resize(8, words("ab/**?"));
  const auto path = *rc::gen::resize(10, words("aab/"));
  const auto glob = Glob::parse(pattern);
  RC_PRE(glob.has_value());
  RC_ASSERT(glob->matches(path) == naive(pattern, path));
}

}  // namespace
}  // namespace lamella::model
