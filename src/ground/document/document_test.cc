// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "document/json.h"
#include "document/toml.h"

namespace lamella::document {
namespace {

Value json(std::string_view text) {
  auto value = parse_json(text, "x.json");
  EXPECT_TRUE(value.has_value()) << (value ? "" : value.error().to_string());
  return value ? std::move(value).value() : Value();
}

Value toml(std::string_view text) {
  auto value = parse_toml(text, "x.toml");
  EXPECT_TRUE(value.has_value()) << (value ? "" : value.error().to_string());
  return value ? std::move(value).value() : Value();
}

TEST(Value, BuildsAndReads) {
  auto value = Value::object({{"schema", 1}, {"name", "x"}, {"list", Value::array()}, {"none", nullptr}});
  value.find("list")->push_back(std::string("one"));
  value.set("schema", 2);
  value.set("flag", true);
  EXPECT_EQ(render_json(value), R"({"schema":2,"name":"x","list":["one"],"none":null,"flag":true})");
  EXPECT_EQ(value.integer("schema"), 2);
  EXPECT_EQ(value.text("name"), "x");
  EXPECT_EQ(value.text("schema", "absent"), "absent");
  EXPECT_EQ(value.items("list").size(), 1U);
  EXPECT_TRUE(value.boolean("flag"));
  EXPECT_EQ(value.find("no"), nullptr);
  EXPECT_EQ(json(R"({"a":{"b":{"c":7}}})").find({"a", "b", "c"})->as_integer(), 7);
  EXPECT_TRUE(value.erase("flag"));
  EXPECT_FALSE(value.erase("flag"));
}

TEST(Value, EqualityIgnoresOrderAndPlaceOnly) {
  EXPECT_EQ(json(R"({"a":1,"b":[true]})"), json("{\n \"b\": [true], \"a\": 1}"));
  EXPECT_NE(json("[1,2]"), json("[2,1]"));
  EXPECT_NE(json("1"), json("1.0"));
  EXPECT_NE(json(R"({"a":1})"), json(R"({"b":1})"));
}

TEST(Json, KnowsWhereThingsStand) {
  const Value value = json("{\n  \"a\": [1,\n   \"x\"]\n}");
  EXPECT_EQ(base::to_string(value.position()), "x.json:1:1");
  EXPECT_EQ(base::to_string(value.as_object()->at(0).key_position()), "x.json:2:3");
  EXPECT_EQ(base::to_string(value.items("a").at(1).position()), "x.json:3:4");
}

TEST(Json, ErrorsPointAtThePlace) {
  const auto result = parse_json("{\"a\": 1,\n \"b\": 2,\n \"a\": 3}", "x.json");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().to_string(),
            "error: the key \"a\" is there twice\n"
            "  at x.json:3:2\n"
            "  3 |  \"a\": 3}\n"
            "    |  ^~~\n"
            "  why: it is set first in line 1");
}

TEST(Json, WithoutPlacesOnlyErrorsKnowWhereTheyAre) {
  const auto value = parse_json("{\"a\": [1]}", "x.json", {.places = false});
  ASSERT_TRUE(value.has_value());
  EXPECT_EQ(value->items("a").at(0).position().line, 0U);
  EXPECT_EQ(value->as_object()->at(0).key_position().line, 0U);
  const auto twice = parse_json("{\"a\": 1,\n \"a\": 3}", "x.json", {.places = false});
  EXPECT_EQ(parse_json("[1,", "x.json", {.places = false}).error().where(), "x.json:1:4");
  EXPECT_EQ(twice.error().what(), "the key \"a\" is there twice");
}

TEST(Json, RefusesWhatIsNotJson) {
  for (const std::string_view bad : {"",
                                     " ",
                                     "{",
                                     "[1,]",
                                     "{\"a\":1,}",
                                     "{a:1}",
                                     "01",
                                     "+1",
                                     "1.",
                                     ".5",
                                     "1e",
                                     "-",
                                     "nul",
                                     "NaN",
                                     "Infinity",
                                     "'a'",
                                     "\"\\x\"",
                                     "\"\\u12\"",
                                     "\"\\ud800\"",
                                     "\"\\ud800\\u0041\"",
                                     "\"\\udc00\"",
                                     "\"a\nb\"",
                                     "\"open",
                                     "1 2",
                                     "[1 2]",
                                     "{\"a\" 1}",
                                     "// c\n1",
                                     "1e999",
                                     "\"\\",
                                     "\"\\u"}) {
    const auto result = parse_json(bad, "x.json");
    ASSERT_FALSE(result.has_value()) << bad;
    EXPECT_EQ(result.error().code(), ErrorCode::kUsage) << bad;
  }
}

TEST(Json, IsBounded) {
  EXPECT_TRUE(parse_json(std::string(200, '[') + std::string(200, ']'), "x").has_value());
  EXPECT_FALSE(parse_json(std::string(201, '[') + std::string(201, ']'), "x").has_value());
  EXPECT_FALSE(parse_json(std::string(1'000'000, '['), "x").has_value());
  EXPECT_EQ(parse_json("[1,2,3]", "x", {.bytes = 3}).error().code(), ErrorCode::kLimit);
  EXPECT_EQ(parse_json("[", "x", {.code = ErrorCode::kCorrupt}).error().code(), ErrorCode::kCorrupt);
}

TEST(Json, EncodingIsChecked) {
  EXPECT_EQ(json("\xEF\xBB\xBF{}"), Value::object());
  EXPECT_EQ(parse_json("\"\xff\"", "x").error().fact("offset"), "1");
  EXPECT_EQ(parse_json(std::string_view("[\0]", 3), "x").error().fact("offset"), "1");
  EXPECT_EQ(*json(R"("\u00e9\ud83d\ude00\/")").as_string(), "\xc3\xa9\xf0\x9f\x98\x80/");
  EXPECT_EQ(render_json(Value("a\xff"
                              "b")),
            "\"a\xEF\xBF\xBD"
            "b\"");
}

TEST(Json, NumbersKeepTheirKind) {
  EXPECT_EQ(json("9223372036854775807").as_integer(), 9223372036854775807);
  EXPECT_EQ(json("9223372036854775808").as_integer(), std::nullopt);
  EXPECT_EQ(json("9223372036854775808").as_number(), 9223372036854775808.0);
  EXPECT_EQ(json("1e-999").as_number(), 0.0);
  EXPECT_EQ(render_json(Value(1.0)), "1.0");
}

TEST(Json, IndentsForPeople) {
  EXPECT_EQ(render_json(json(R"({"a":[1,{}],"b":[]})"), 2),
            "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
}

// The example of RFC 8785, section 3.2.3, and numbers of its appendix B.
TEST(CanonicalJson, FollowsTheStandard) {
  const Value value = json(R"({
    "\u20ac": "Euro Sign", "\r": "Carriage Return", "\ufb33": "Hebrew Letter Dalet With Dagesh", "1": "One",
    "\ud83d\ude00": "Emoji: Grinning Face", "\u0080": "Control", "\u00f6": "Latin Small Letter O With Diaeresis"})");
  EXPECT_EQ(canonical_json(value),
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xc2\x80\":\"Control\",\"\xc3\xb6\":\"Latin Small "
            "Letter O With "
            "Diaeresis\",\"\xe2\x82\xac\":\"Euro Sign\",\"\xf0\x9f\x98\x80\":\"Emoji: Grinning "
            "Face\",\"\xef\xac\xb3\":\"Hebrew Letter Dalet With Dagesh\"}");
  EXPECT_EQ(
      canonical_json(json("[333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001, -0.0, 1e21, "
                          "999999999999999868928.0, 1e-6, 1e-7, 123.0, 5e-324, -1.5]")),
      "[333333333.3333333,1e+30,4.5,0.002,1e-27,0,1e+21,999999999999999900000,0.000001,1e-7,123,5e-324,-1."
      "5]");
}

TEST(Toml, ReadsEveryKindInSourceOrder) {
  const Value value = toml(
      "zulu = 1\nalpha = 'x'\n[table.sub]\nreal = 1.5\nyes = true\nwhen = 2026-11-01T00:00:00Z\n"
      "list = [1, 'two', {three = 3}]\n[[many]]\na = 1\n[[many]]\na = 2\n");
  EXPECT_EQ(value.as_object()->at(0).key, "zulu");
  EXPECT_EQ(value.as_object()->at(1).key, "alpha");
  EXPECT_EQ(*value.find({"table", "sub", "when"})->as_time(), "2026-11-01T00:00:00Z");
  EXPECT_EQ(value.find({"table", "sub", "list"})->as_array()->at(2).integer("three"), 3);
  EXPECT_EQ(value.items("many").at(1).integer("a"), 2);
}

TEST(Toml, KnowsWhereThingsStandInBytes) {
  const Value value = toml("a = 1\n\"\xc3\xa9\" = { k = 'v' }\n");
  const Member& second = value.as_object()->at(1);
  EXPECT_EQ(base::to_string(second.key_position()), "x.toml:2:1");
  EXPECT_EQ(base::to_string(second.value.position()), "x.toml:2:8");
  EXPECT_EQ(base::to_string(second.value.as_object()->at(0).key_position()), "x.toml:2:10");
}

void expect_duplicate(std::string_view text, std::string_view line, std::string_view first) {
  const auto result = parse_toml(text, "x.toml");
  ASSERT_FALSE(result.has_value()) << text;
  EXPECT_EQ(result.error().code(), ErrorCode::kUsage);
  EXPECT_EQ(result.error().where(), "x.toml:" + std::string(line) + ":1") << text;
  EXPECT_EQ(result.error().why(), "it is set first in line " + std::string(first)) << text;
}

TEST(Toml, DuplicatesNameBothLines) {
  expect_duplicate("a = 1\nb = 2\na = 3\n", "3", "1");
  expect_duplicate("[t]\na = 1\n\n[u]\na = 1\n[u.v]\nb = 1\nb = 2\n", "8", "7");
  expect_duplicate("[t]\na = 1\n[t]\nb = 1\n", "3", "1");
  expect_duplicate("[[t]]\na = 1\n[[t]]\na = 1\na = 2\n", "5", "4");
}

TEST(Toml, MalformedPointsAtThePlace) {
  const auto result = parse_toml("a = 1\nb = = 2\n", "x.toml");
  ASSERT_FALSE(result.has_value());
  EXPECT_EQ(result.error().where().substr(0, 9), "x.toml:2:");
  EXPECT_NE(result.error().excerpt().find("b = = 2"), std::string::npos);
}

TEST(Toml, WhatIsWrongIsSaidInPrintableText) {
  const auto value = parse_toml("a = f\x04{\n", "lamella.toml");
  ASSERT_FALSE(value.has_value());
  EXPECT_EQ(value.error().to_string().find('\x04'), std::string::npos);
  EXPECT_NE(value.error().why().find("saw 'f\\x04'"), std::string::npos) << value.error().why();
}

TEST(Toml, RefusesWithoutFalling) {
  for (const char* bad : {"[=a]",
                          "[",
                          "[[",
                          "[]",
                          "[.]",
                          "=",
                          "\xc3\xa9 = 1",
                          "a = \xc3\xa9",
                          "a = 9b\"2\xc7\x9b\"",
                          "a = [9.\"\xc7\x9b\"]",
                          "a",
                          "a =",
                          "a = [",
                          "a = {",
                          "a.",
                          "\"",
                          "a = \"",
                          "[a]]",
                          "[[a]",
                          "a = 1e",
                          "a = 0x",
                          "a = 1__0",
                          "a = 2026-13-01",
                          "a = 1 b = 2",
                          "a = \"\\u\"",
                          "a = 99999999999999999999",
                          "a = {b = 1, b = 2}",
                          "a = {b = 1}\na.c = 2",
                          "a = [1]\n[[a]]"}) {
    const auto result = parse_toml(bad, "x.toml");
    ASSERT_FALSE(result.has_value()) << bad;
    EXPECT_EQ(result.error().code(), ErrorCode::kUsage) << bad;
  }
}

TEST(Toml, EncodingIsChecked) {
  EXPECT_EQ(toml("\xEF\xBB\xBF"
                 "a = 1")
                .integer("a"),
            1);
  EXPECT_EQ(parse_toml("a = '\xff'", "x").error().fact("offset"), "5");
  EXPECT_EQ(parse_toml(std::string_view("\xFF\xFE"
                                        "a\0",
                                        4),
                       "x")
                .error()
                .fact("offset"),
            "0");
  EXPECT_EQ(parse_toml(std::string_view("a = '\0'", 7), "x").error().fact("offset"), "5");
  EXPECT_EQ(parse_toml("a = 1", "x", {.bytes = 2}).error().code(), ErrorCode::kLimit);
}

TEST(Toml, NestingIsBounded) {
  std::string dotted = "a";
  for (int i = 0; i < 100'000; ++i) dotted += ".a";
  for (const std::string& deep : {dotted + " = 1", "[" + dotted + "]", "x = { " + dotted + " = 1 }",
                                  "a = " + std::string(100'000, '['), "a = " + std::string(100'000, '{')}) {
    EXPECT_FALSE(parse_toml(deep, "x").has_value()) << deep.substr(0, 20);
  }
  EXPECT_TRUE(parse_toml("a = '" + std::string(1000, '.') + std::string(1000, '[') + "'", "x").has_value());
}

TEST(Toml, WritesWhatPeopleWouldWrite) {
  const auto value = Value::object(
      {{"lock-version", "1.0"},
       {"created", Value::time("2026-11-01T00:00:00Z")},
       {"tool", Value::object({{"lamella", Value::object({{"group", "all"}, {"none", nullptr}})}})},
       {"packages",
        Value::array({Value::object(
            {{"name", "numpy"},
             {"wheels", Value::array({Value::object({{"url", std::string(90, 'u')},
                                                     {"hashes", Value::object({{"sha256", "00"}})}})})}})})},
       {"a key", Value::array({1, 2})}});
  EXPECT_EQ(render_toml(value),
            "lock-version = \"1.0\"\n"
            "created = 2026-11-01T00:00:00Z\n"
            "\"a key\" = [1, 2]\n"
            "\n[tool.lamella]\ngroup = \"all\"\n"
            "\n[[packages]]\nname = \"numpy\"\nwheels = [\n    { url = \"" +
                std::string(90, 'u') + "\", hashes = { sha256 = \"00\" } },\n]\n");
}

}  // namespace
}  // namespace lamella::document
