// SPDX-License-Identifier: Apache-2.0
#include "build/unused.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lamella::build {
namespace {

using testing::ElementsAre;

constexpr std::uint64_t kBig = 100'000;

std::vector<std::string> lines(const std::vector<Proposal>& proposals) {
  std::vector<std::string> out;
  for (const Proposal& one : proposals) {
    out.push_back(one.pattern + " " + std::to_string(one.files) + " " + std::string(to_string(one.risk)));
  }
  return out;
}

Named names_nothing(const std::string&) { return Named::kNo; }

TEST(Propose, TheTopmostFolderOfWhichNothingWasUsed) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", kBig, true},
                                          {"a/b/__init__.py", kBig, false},
                                          {"a/b/c/x.py", kBig, false},
                                          {"a/d/used.py", kBig, true},
                                          {"a/d/unused.py", kBig + 1, false}};
  EXPECT_THAT(lines(propose(files, Seen::kCalls, names_nothing)),
              ElementsAre("a/b/** 2 medium", "a/d/unused.py 1 medium"));
}

TEST(Propose, SaysHowSureItIs) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", 1, true},
                                          {"a/data/x.bin", kBig + 5, false},
                                          {"a/named/x.py", kBig + 4, false},
                                          {"whole/__init__.py", kBig + 3, false},
                                          {"a.libs/libx.so.3", kBig + 2, false},
                                          {"a.libs/liby.so", 1, true},
                                          {"a/_ext.cpython-311-x86_64-linux-gnu.so", kBig + 1, false}};
  const auto names = [](const std::string& place) {
    return place == "a/named" ? Named::kByWhatRan : Named::kNo;
  };
  EXPECT_THAT(lines(propose(files, Seen::kCalls, names)),
              ElementsAre("a/data/** 1 low", "a/named/** 1 high", "whole/** 1 high",
                          "a.libs/libx.so.3 1 high", "a/_ext.cpython-311-x86_64-linux-gnu.so 1 medium"));
}

TEST(Propose, DataThatIsNamedOrReadByAClientIsNotSafe) {
  const std::vector<ShippedFile> files = {{"botocore/__init__.py", 1, true},
                                          {"botocore/data/x", 1, true},
                                          {"botocore/cacert.pem", kBig + 2, false},
                                          {"botocore/data/s3/service.json", kBig + 1, false},
                                          {"botocore/notes.bin", kBig, false}};
  const auto names = [](const std::string& place) {
    return place == "botocore/cacert.pem" ? Named::kByWhatRan : Named::kNo;
  };
  EXPECT_THAT(
      lines(propose(files, Seen::kCalls, names)),
      ElementsAre("botocore/cacert.pem 1 high", "botocore/data/s3/** 1 high", "botocore/notes.bin 1 low"));
}

TEST(Propose, LeavesMetadataAndSmallThingsAlone) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", 1, true},
                                          {"a/small.py", kLeastProposal - 1, false},
                                          {"a-1.0.dist-info/METADATA", kBig, false}};
  EXPECT_THAT(propose(files, Seen::kCalls, names_nothing), ElementsAre());
}

TEST(HasWord, IsNotFooledByLongerNames) {
  EXPECT_TRUE(has_word("import scipy.io", "scipy.io"));
  EXPECT_TRUE(has_word(std::string_view("\xda\x02io\xda", 5), "io"));
  EXPECT_FALSE(has_word("import scipy.iostream", "scipy.io"));
  EXPECT_FALSE(has_word("audio", "io"));
  EXPECT_TRUE(has_word("audio io", "io"));
}

TEST(Propose, WithoutACallNothingIsSafe) {
  const std::vector<ShippedFile> files = {
      {"a/__init__.py", 1, true}, {"a/data/x.bin", kBig + 1, false}, {"a/code/x.py", kBig, false}};
  const auto found = propose(files, Seen::kImportsAlone, names_nothing);
  EXPECT_THAT(lines(found), ElementsAre("a/data/** 1 high", "a/code/** 1 high"));
  EXPECT_EQ(found[1].why, "nothing imported it at start; no check made a call that may");
}

TEST(RanTexts, NamesInTheWorkspacesModulesAndInOtherPackagesCount) {
  RanTexts texts;
  texts.add("app.py", RanTexts::Whose::kWorkspace, "from pygments import (\n  cmdline,\n)\nimport other\n");
  texts.add("shop/run.py", RanTexts::Whose::kWorkspace, "import scipy.signal\n");
  texts.add("helper/x.py", RanTexts::Whose::kPackage,
            "import pygments\nfrom scipy import fft\nlexers = styles = io = 1\n");
  texts.add("pygments/__init__.py", RanTexts::Whose::kPackage, "def f(): from . import sphinxext\n");
  for (const char* place : {"pygments/cmdline.py", "scipy/signal", "scipy/fft", "pygments/sphinxext.py"})
    EXPECT_EQ(texts.name(place), Named::kByWhatRan) << place;
  EXPECT_EQ(texts.name("pygments/lexers"), Named::kNo) << "a word of another package, in another line";
  EXPECT_EQ(texts.name("scipy/io"), Named::kNo);
}

TEST(RanTexts, WhatACallMayImportNamesToo) {
  RanTexts texts;
  texts.add("app.py", RanTexts::Whose::kWorkspace, "def f():\n  import pygments.cmdline\n");
  texts.add("pygments/styles/__init__.py", RanTexts::Whose::kIdle, "import pygments.plugin\n");
  texts.add("pygments/cmdline.py", RanTexts::Whose::kIdle,
            "from pygments.lexers import guess\nimport pygments.styles\n");
  texts.add("pygments/other.py", RanTexts::Whose::kIdle, "import pygments.unrelated\n");
  texts.reach();
  EXPECT_EQ(texts.name("pygments/cmdline.py"), Named::kByWhatRan);
  EXPECT_EQ(texts.name("pygments/lexers"), Named::kByWhatMayRun);
  EXPECT_EQ(texts.name("pygments/plugin.py"), Named::kByWhatMayRun) << "by what that imports";
  EXPECT_EQ(texts.name("pygments/unrelated.py"), Named::kNo);
}

TEST(StringsOf, AreNamesAndShortTexts) {
  const std::string bytecode = std::string(
                                   "\xe3\x01\x00\xda\x07scipyioz\x03"
                                   "fft",
                                   17) +
                               "\xda\x09" + "far away.";
  EXPECT_EQ(strings_of(bytecode), "scipyio\nfft\nfar away.\n");
  EXPECT_EQ(strings_of("z\x09short"), "");
}

}  // namespace
}  // namespace lamella::build
