// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "base/digest.h"
#include "base/encoding.h"
#include "base/result.h"
#include "base/split.h"
#include "base/suggest.h"
#include "base/trim.h"
#include "base/units.h"
#include "base/utf8.h"

namespace lamella::base {
namespace {

TEST(Split, HasOnePartMoreThanSeparators) {
  const std::vector<std::string_view> expected = {"", "a", "", "b", ""};
  EXPECT_EQ(split("/a//b/", '/'), expected);
  EXPECT_EQ(split("", '/'), std::vector<std::string_view>{""});
}

RC_GTEST_PROP(Split, JoiningGivesTheTextBack, (const std::string& text)) {
  std::string joined;
  for (const std::string_view part : split(text, 'a')) joined += "a" + std::string(part);
  RC_ASSERT(joined == "a" + text);
}

TEST(Trimmed, LosesTheBlanksAtItsEndsAlone) {
  EXPECT_EQ(trimmed(" \ta b\r"), "a b");
  EXPECT_EQ(trimmed(" \t\r"), "");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed("\t a\t", " "), "\t a\t");
}

Result<int> half(int n) {
  if (n % 2 != 0) return Error(ErrorCode::kUsage, "odd").at("n").because("it is").remedy("pass an even one");
  return n / 2;
}

Result<int> quarter(int n) {
  LAMELLA_TRY_ASSIGN(const int once, half(n));
  return half(once);
}

TEST(Result, CarriesTheFirstFailure) {
  EXPECT_EQ(quarter(8).value(), 2);
  ASSERT_FALSE(quarter(6).has_value());
  EXPECT_EQ(quarter(6).error().code(), ErrorCode::kUsage);
  EXPECT_EQ(quarter(6).error().to_string(), "error: odd\n  at n\n  why: it is\n  do: pass an even one");
}

RC_GTEST_PROP(Encoding, HexRoundTrip, (const std::string& text)) {
  const auto back = from_hex(to_hex(as_bytes(text)));
  RC_ASSERT(back.has_value());
  RC_ASSERT(as_text(*back) == text);
}

RC_GTEST_PROP(Encoding, Base64RoundTrip, (const std::string& text)) {
  const auto back = from_base64(to_base64(as_bytes(text)));
  RC_ASSERT(back.has_value());
  RC_ASSERT(as_text(*back) == text);
}

TEST(Encoding, RefusesWhatItWouldNotWrite) {
  EXPECT_FALSE(from_hex("abc").has_value());
  EXPECT_FALSE(from_hex("zz").has_value());
  EXPECT_FALSE(from_base64("ab=c").has_value());
  EXPECT_FALSE(from_base64("a===").has_value());
  EXPECT_FALSE(from_base64("ab==").has_value());  // spare bits are not zero
  EXPECT_EQ(as_text(*from_base64("Zm9vYg==")), "foob");
}

TEST(Digest, ParsesWhatItRenders) {
  const std::string hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  const auto digest = Digest::from_hex(hex);
  ASSERT_TRUE(digest.has_value());
  EXPECT_EQ(digest->hex(), hex);
  EXPECT_EQ(Digest::from_base64(digest->base64()), digest);
  EXPECT_FALSE(Digest::from_hex(hex.substr(2)).has_value());
}

TEST(Units, SizesNeedAUnit) {
  EXPECT_EQ(parse_size("100 MB").value(), 100'000'000U);
  EXPECT_EQ(parse_size("250 MiB").value(), 262'144'000U);
  EXPECT_EQ(parse_size("1.5GB").value(), 1'500'000'000U);
  for (const char* bad :
       {"", "100", "MB", "-1 MB", "1 mb", "99999999999999999999 B", "1..2 MB", "9999999999 GB"}) {
    EXPECT_FALSE(parse_size(bad).has_value()) << bad;
  }
  EXPECT_EQ(format_size(99'800'000), "99.8 MB");
  EXPECT_EQ(format_size(812), "812 B");
  EXPECT_EQ(format_size(999'990), "1.0 MB");
}

TEST(Units, Durations) {
  EXPECT_EQ(parse_duration("5m").value(), std::chrono::minutes(5));
  EXPECT_FALSE(parse_duration("99999999999999999999s").has_value());
  EXPECT_EQ(format_duration(std::chrono::milliseconds(2410)), "2.41 s");
  EXPECT_EQ(format_duration(std::chrono::seconds(192)), "3 min 12 s");
}

TEST(Suggest, FindsTheNearWordOnly) {
  const std::vector<std::string> keys = {"weight", "handler", "layers", "memory"};
  EXPECT_EQ(nearest("weigth", keys), "weight");
  EXPECT_EQ(nearest("layer", keys), "layers");
  EXPECT_EQ(nearest("qqqqqq", keys), std::nullopt);
}

TEST(Diagnostic, PointsAtTheColumn) {
  EXPECT_EQ(excerpt("a = 1\nbcd = 2\n", {"f", 2, 1}, 3), "  2 | bcd = 2\n    | ^~~");
  EXPECT_EQ(excerpt("a", {"f", 9, 1}), "");
  EXPECT_EQ(to_string(Position{"f.toml", 3, 7}), "f.toml:3:7");
}

TEST(Diagnostic, ShowsNeitherHiddenCharactersNorLogins) {
  EXPECT_EQ(excerpt("a\xe2\x80\xae\xff\xc3\xa9 = 1", {"f", 1, 8}, 1), "  1 | a??\xc3\xa9 = 1\n    |     ^");
  EXPECT_EQ(excerpt("u = \"https://me:pass@host/x\"", {"f", 1, 5}, 1),
            "  1 | u = \"https://*******@host/x\"\n    |     ^");
}

TEST(Diagnostic, ShowsAPartOfAnEndlessLine) {
  const std::string line = std::string(5000, 'a') + "!" + std::string(5000, 'b');
  const std::string shown = excerpt(line, {"f", 1, 5001});
  EXPECT_LT(shown.size(), 400U);
  EXPECT_EQ(shown.find('!'), shown.find('^') - shown.find('\n') - 1);
  EXPECT_LT(excerpt(line, {"f", 1, 4000}, 5000).size(), 400U);
}

TEST(Utf8, FindsTheFirstBadByte) {
  EXPECT_EQ(find_invalid_utf8("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80"), std::nullopt);
  EXPECT_EQ(find_invalid_utf8("ab\xff"), 2U);
  EXPECT_EQ(find_invalid_utf8("a\xc0\x80"), 1U);         // overlong
  EXPECT_EQ(find_invalid_utf8("\xed\xa0\x80"), 0U);      // surrogate
  EXPECT_EQ(find_invalid_utf8("\xf4\x90\x80\x80"), 0U);  // above U+10FFFF
  EXPECT_EQ(find_invalid_utf8("a\xe2\x82"), 1U);         // cut short
  const std::string plain(40, 'a');
  for (std::size_t at = 0; at < plain.size(); ++at) {
    std::string text = plain;
    text[at] = '\xff';
    EXPECT_EQ(find_invalid_utf8(text), at);
  }
}

RC_GTEST_PROP(Utf8, DecodeIsTheInverseOfAppend, ()) {
  const auto value = *rc::gen::suchThat(rc::gen::inRange<std::uint32_t>(0, 0x110000),
                                        [](std::uint32_t c) { return c < 0xD800 || c > 0xDFFF; });
  std::string text;
  append_utf8(text, value);
  RC_ASSERT(decode_utf8(text).value == value);
  RC_ASSERT(decode_utf8(text).length == text.size());
}

TEST(Diagnostic, EscapesWhatCannotBeSeen) {
  EXPECT_EQ(escaped("a\x1b[31m\n\xff\xe2\x80\xae"
                    "b\xc3\xa9"),
            "a\\x1b[31m\\n\\xff\\u{202e}b\xc3\xa9");
}

}  // namespace
}  // namespace lamella::base
