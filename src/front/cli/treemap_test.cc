// SPDX-License-Identifier: Apache-2.0
#include "cli/treemap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <regex>

namespace lamella::cli {
namespace {

using document::Value;
using testing::HasSubstr;
using testing::Not;

Value tree(const std::vector<std::pair<std::string, int>>& files) {
  Value list = Value::array();
  for (const auto& [path, bytes] : files)
    list.push_back(Value::object({{"path", path}, {"type", "python"}, {"bytes", bytes}}));
  Value packages = Value::array();
  packages.push_back(Value::object({{"name", "numpy 1.0"}, {"files", std::move(list)}}));
  Value artifacts = Value::array();
  artifacts.push_back(Value::object({{"name", "layer core"}, {"packages", std::move(packages)}}));
  return artifacts;
}

TEST(Treemap, HoldsArtifactsPackagesAndFilesAndLoadsNothing) {
  const std::string page = treemap_page("shop", tree({{"python/a.py", 3000}, {"python/b.py", 1000}}));
  EXPECT_THAT(page, HasSubstr("title=\"layer core / numpy 1.0 / python/a.py, 3.0 kB\""));
  EXPECT_THAT(page, HasSubstr("<h1>shop: 4.0 kB unzipped</h1>"));
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
  for (const auto* word : {"<script", "http:", "https:", "url(", "<link", "<img"})
    EXPECT_THAT(page, Not(HasSubstr(word)));
}

TEST(Treemap, NamesAreTextAndNothingElse) {
  const std::string page = treemap_page("<b>", tree({{"python/\"><script>alert(1)</script>.py", 10}}));
  EXPECT_THAT(page, Not(HasSubstr("<script")));
  EXPECT_THAT(page, Not(HasSubstr("<b>")));
  EXPECT_THAT(page, HasSubstr("&#60;script&#62;"));
}

TEST(Treemap, FilesTooSmallToBeSeenAreOne) {
  const std::string page = treemap_page("shop", tree({{"big.py", 1'000'000'000}, {"x.py", 1}, {"y.py", 2}}));
  EXPECT_THAT(page, HasSubstr("2 smaller files, 3 B"));
  EXPECT_THAT(page, Not(HasSubstr("x.py")));
}

TEST(Treemap, RectanglesStayInsideThePage) {
  std::vector<std::pair<std::string, int>> files;
  for (int i = 1; i < 60; ++i) files.emplace_back("f" + std::to_string(i) + ".py", i * i * 37);
  const std::string page = treemap_page("shop", tree(files));
  const std::regex box("left:([0-9.]+)px;top:([0-9.]+)px;width:([0-9.]+)px;height:([0-9.]+)px");
  std::size_t count = 0;
  for (std::sregex_iterator at(page.begin(), page.end(), box), end; at != end; ++at, ++count) {
    EXPECT_LE(std::stod((*at)[1]) + std::stod((*at)[3]), 1281);
    EXPECT_LE(std::stod((*at)[2]) + std::stod((*at)[4]), 861);
  }
  EXPECT_GE(count, 50U);
}

TEST(Treemap, NothingIsAPageToo) {
  EXPECT_THAT(treemap_page("shop", Value::array()), HasSubstr("0 B unzipped"));
}

}  // namespace
}  // namespace lamella::cli
