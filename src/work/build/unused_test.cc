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

bool names_nothing(const std::string&) { return false; }

TEST(Propose, TheTopmostFolderOfWhichNothingWasUsed) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", kBig, true},
                                          {"a/b/__init__.py", kBig, false},
                                          {"a/b/c/x.py", kBig, false},
                                          {"a/d/used.py", kBig, true},
                                          {"a/d/unused.py", kBig + 1, false}};
  EXPECT_THAT(lines(propose(files, names_nothing)), ElementsAre("a/b/** 2 medium", "a/d/unused.py 1 medium"));
}

TEST(Propose, SaysHowSureItIs) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", 1, true},
                                          {"a/data/x.bin", kBig + 5, false},
                                          {"a/named/x.py", kBig + 4, false},
                                          {"whole/__init__.py", kBig + 3, false},
                                          {"a.libs/libx.so.3", kBig + 2, false},
                                          {"a.libs/liby.so", 1, true},
                                          {"a/_ext.cpython-311-x86_64-linux-gnu.so", kBig + 1, false}};
  const auto names = [](const std::string& place) { return place == "a/named"; };
  EXPECT_THAT(lines(propose(files, names)),
              ElementsAre("a/data/** 1 low", "a/named/** 1 high", "whole/** 1 high",
                          "a.libs/libx.so.3 1 high", "a/_ext.cpython-311-x86_64-linux-gnu.so 1 medium"));
}

TEST(Propose, DataThatIsNamedOrReadByAClientIsNotSafe) {
  const std::vector<ShippedFile> files = {{"botocore/__init__.py", 1, true},
                                          {"botocore/data/x", 1, true},
                                          {"botocore/cacert.pem", kBig + 2, false},
                                          {"botocore/data/s3/service.json", kBig + 1, false},
                                          {"botocore/notes.bin", kBig, false}};
  const auto names = [](const std::string& place) { return place == "botocore/cacert.pem"; };
  EXPECT_THAT(
      lines(propose(files, names)),
      ElementsAre("botocore/cacert.pem 1 high", "botocore/data/s3/** 1 high", "botocore/notes.bin 1 low"));
}

TEST(Propose, LeavesMetadataAndSmallThingsAlone) {
  const std::vector<ShippedFile> files = {{"a/__init__.py", 1, true},
                                          {"a/small.py", kLeastProposal - 1, false},
                                          {"a-1.0.dist-info/METADATA", kBig, false}};
  EXPECT_THAT(propose(files, names_nothing), ElementsAre());
}

TEST(HasWord, IsNotFooledByLongerNames) {
  EXPECT_TRUE(has_word("import scipy.io", "scipy.io"));
  EXPECT_TRUE(has_word(std::string_view("\xda\x02io\xda", 5), "io"));
  EXPECT_FALSE(has_word("import scipy.iostream", "scipy.io"));
  EXPECT_FALSE(has_word("audio", "io"));
  EXPECT_TRUE(has_word("audio io", "io"));
}

}  // namespace
}  // namespace lamella::build
