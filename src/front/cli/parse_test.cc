// SPDX-License-Identifier: Apache-2.0
#include "cli/parse.h"

#include <gtest/gtest.h>

namespace lamella::cli {
namespace {

Result<Given> parsed(const std::vector<std::string>& words) { return parse(words); }

std::string refused(const std::vector<std::string>& words) {
  const auto given = parse(words);
  if (given) return "accepted";
  EXPECT_EQ(given.error().code(), ErrorCode::kUsage);
  return given.error().what() + " | " + given.error().remedy();
}

TEST(Parse, FlagsStandAnywhere) {
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"build", "core", "--frozen", "--project", "x"},
                                             {"--project=x", "build", "--frozen", "core"},
                                             {"-Cx", "build", "core", "--frozen"},
                                             {"-C", "x", "--frozen", "build", "core"}}) {
    const auto given = parsed(words);
    ASSERT_TRUE(given.has_value()) << given.error().to_string();
    EXPECT_EQ(given->verb->name, "build");
    EXPECT_EQ(given->arguments, std::vector<std::string>{"core"});
    EXPECT_TRUE(given->has("frozen"));
    EXPECT_EQ(given->value("project"), "x");
  }
}

TEST(Parse, VerbsOfTwoWords) {
  EXPECT_EQ(parsed({"local", "serve", "-p", "0"})->verb->name, "local serve");
  EXPECT_EQ(parsed({"cache", "--json", "ls"})->verb->name, "cache ls");
  for (const auto& words : std::vector<std::vector<std::string>>{{"local", "--help"}, {"-h", "local"}}) {
    const auto help = parsed(words);
    ASSERT_TRUE(help.has_value()) << help.error().to_string();
    EXPECT_EQ(help->verb->name, "help");
    EXPECT_EQ(help->arguments, std::vector<std::string>{"local"});
    EXPECT_FALSE(help->has("help"));
  }
  EXPECT_EQ(refused({"local"}), "`lamella local` needs one more word | one of: local serve, local env");
  EXPECT_EQ(refused({"local", "sreve"}),
            "there is no verb `local sreve` | did you mean `local serve`?  See `lamella help`");
}

TEST(Parse, OptionalValues) {
  EXPECT_EQ(parsed({"build", "--force", "core"})->value("force"), "");
  EXPECT_EQ(parsed({"build", "--force=checks"})->value("force"), "checks");
  EXPECT_EQ(parsed({"lock", "--upgrade"})->values("upgrade"), std::vector<std::string>{""});
  EXPECT_EQ(parsed({"lock", "--upgrade", "numpy", "--upgrade=scipy"})->values("upgrade"),
            (std::vector<std::string>{"numpy", "scipy"}));
  EXPECT_TRUE(parsed({"--version"})->has("version"));
  EXPECT_EQ(parsed({"invoke", "f", "--version", "3"})->value("version"), "3");
}

TEST(Parse, ADashIsAnArgumentAndTwoEndFlags) {
  EXPECT_EQ(parsed({"invoke", "f", "--event", "-"})->value("event"), "-");
  EXPECT_EQ(parsed({"build", "--", "--frozen"})->arguments, std::vector<std::string>{"--frozen"});
}

TEST(Parse, RefusesWhatTheTableDoesNotKnow) {
  EXPECT_EQ(refused({"biuld"}), "there is no verb `biuld` | did you mean `build`?  See `lamella help`");
  EXPECT_EQ(refused({"build", "--frozn"}),
            "there is no flag `--frozn` | did you mean `--frozen`?  See `lamella help build`");
  EXPECT_EQ(refused({"build", "-z"}), "there is no flag `-z` | see `lamella help build`");
  EXPECT_EQ(refused({"size", "--frozen"}), "`lamella size` has no flag `--frozen` | see `lamella help size`");
  EXPECT_EQ(refused({"size", "--json=yes"}), "--json takes no value | see `lamella help size`");
  EXPECT_EQ(refused({"build", "--project"}), "--project needs a value: DIR | see `lamella help build`");
  EXPECT_EQ(refused({"build", "-Cx", "-Cy"}), "--project is given twice | see `lamella help build`");
  EXPECT_EQ(refused({"build", "--force=all"}),
            "--force cannot be `all` | one of: assembly, segments, checks");
  EXPECT_EQ(refused({"invoke"}), "`lamella invoke` needs FUNCTION [ENV] | see `lamella help invoke`");
  EXPECT_EQ(refused({"size", "a"}),
            "`a` is one argument too many for `lamella size` | see `lamella help size`");
}

TEST(Parse, JsonIsKnownEvenWhenTheRestIsWrong) {
  EXPECT_TRUE(wants_json(std::vector<std::string>{"biuld", "--json"}));
  EXPECT_FALSE(wants_json(std::vector<std::string>{"build", "--", "--json"}));
}

}  // namespace
}  // namespace lamella::cli
