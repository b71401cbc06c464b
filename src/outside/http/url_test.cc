// SPDX-License-Identifier: Apache-2.0
#include "http/url.h"

#include <gtest/gtest.h>

namespace lamella::http {
namespace {

using Segments = std::vector<std::string>;

TEST(Url, SegmentsAreSplitBeforeTheyAreDecoded) {
  EXPECT_EQ(path_segments("/a%2Fb/c"), (Segments{"a/b", "c"}));
  EXPECT_EQ(path_segments("/"), Segments{""});
  EXPECT_EQ(path_segments("/a/"), (Segments{"a", ""}));
  EXPECT_EQ(path_segments("//a"), (Segments{"", "a"}));
  EXPECT_EQ(path_segments("/%2e%2e/%00"), (Segments{"..", std::string(1, '\0')}));
}

TEST(Url, RefusesWhatIsNoPath) {
  for (const char* path : {"", "*", "a/b", "/%", "/a/%4"}) EXPECT_FALSE(path_segments(path)) << path;
}

TEST(Url, QueryPairsKeepOrderAndDuplicates) {
  EXPECT_EQ(query_pairs("b=2&a=1&&b=&c"), (QueryPairs{{"b", "2"}, {"a", "1"}, {"b", ""}, {"c", ""}}));
  EXPECT_EQ(query_pairs("a=b=c%3D"), (QueryPairs{{"a", "b=c="}}));
  EXPECT_EQ(query_pairs(""), QueryPairs{});
  EXPECT_FALSE(query_pairs("a=%zz"));
}

TEST(Url, PlusIsASpaceInFormsOnly) {
  EXPECT_EQ(query_pairs("q=a+b%2B"), (QueryPairs{{"q", "a b+"}}));
  EXPECT_EQ(query_pairs("q=a+b", PlusSign::kPlus), (QueryPairs{{"q", "a+b"}}));
}

}  // namespace
}  // namespace lamella::http
