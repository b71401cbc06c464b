// SPDX-License-Identifier: Apache-2.0
#include "resolve/version.h"

#include <gtest/gtest.h>

namespace lamella::resolve {
namespace {

Version v(std::string_view text) { return Version::parse(text).value(); }

TEST(Version, orders_as_pep_440_says) {
  const std::vector<std::string> ascending = {
      "1.0.dev456",    "1.0a1",         "1.0a2.dev456", "1.0a12.dev456",
      "1.0a12",        "1.0b1.dev456",  "1.0b2",        "1.0b2.post345.dev456",
      "1.0b2.post345", "1.0rc1.dev456", "1.0rc1",       "1.0",
      "1.0+abc.5",     "1.0+abc.7",     "1.0+5",        "1.0.post456.dev34",
      "1.0.post456",   "1.1.dev1",      "1.10",         "1!0.5"};
  for (std::size_t i = 0; i < ascending.size(); ++i) {
    for (std::size_t j = 0; j < ascending.size(); ++j) {
      EXPECT_EQ(v(ascending[i]) <=> v(ascending[j]), i <=> j) << ascending[i] << " and " << ascending[j];
    }
  }
}

TEST(Version, takes_every_spelling) {
  EXPECT_EQ(v("v1.0"), v("1"));
  EXPECT_EQ(v("1.0-ALPHA.1"), v("1.0a1"));
  EXPECT_EQ(v("1.0c1"), v("1.0rc1"));
  EXPECT_EQ(v("1.0-1"), v("1.0.post1"));
  EXPECT_EQ(v("1.0.rev2"), v("1.0.post2"));
  EXPECT_EQ(v("2.9.0.post0"), v("2.9.0.POST0"));
  EXPECT_EQ(v(" 1.0+ubuntu-1 "), v("1.0+ubuntu.1"));
}

TEST(Version, refuses_what_is_none) {
  for (const char* text :
       {"", "abc", "1..2", "1.0+", "1.0a1b", "1.0.x", "99999999999999999999", "1!", "1.0 1"}) {
    EXPECT_FALSE(Version::parse(text).has_value()) << text;
  }
}

TEST(Specifier, means_what_pep_440_says) {
  const struct {
    const char* version;
    const char* specifier;
    bool met;
  } rows[] = {
      {"1.24.3", "", true},
      {"1.24.3", "==1.24.3", true},
      {"1.24.3", "==1.24.*", true},
      {"1.24.3", "!=1.24.*", false},
      {"1.24.3", ">=1.20,<2", true},
      {"1.24.3", "~=1.24", true},
      {"2.0", "~=1.24", false},
      {"1.24.3", "~=1.24.2", true},
      {"1.25", "~=1.24.2", false},
      {"2.0rc1", "<2.0", false},
      {"2.0rc1", "<2.0rc2", true},
      {"1.0.post1", ">1.0", false},
      {"1.0+local", "==1.0", true},
      {"1.0", "==1.0+local", false},
      {"1.0", "===1.0", true},
      {"3.10", ">=3.9", true},
      {"3.9", ">=3.10", false},
      {"1.0", "nonsense", false},
      {"1.0", ">= 0.9 , != 0.9.5", true},
  };
  for (const auto& row : rows)
    EXPECT_EQ(satisfies(v(row.version), row.specifier), row.met) << row.version << row.specifier;
}

}  // namespace
}  // namespace lamella::resolve
