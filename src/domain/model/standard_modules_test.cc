// SPDX-License-Identifier: Apache-2.0
#include "model/standard_modules.h"

#include <gtest/gtest.h>

namespace lamella::model {
namespace {

Runtime python(int minor) { return {Language::kPython, 3, minor}; }

TEST(StandardModules, AreThoseOfTheVersion) {
  for (const auto* name : {"typing", "enum", "dataclasses", "json", "logging", "uuid", "xml"}) {
    for (int minor = 9; minor <= 14; ++minor)
      EXPECT_TRUE(is_hideable_standard_module(python(minor), name)) << name;
  }
  EXPECT_TRUE(is_hideable_standard_module(python(11), "distutils"));
  EXPECT_FALSE(is_hideable_standard_module(python(12), "distutils"));
  EXPECT_TRUE(is_hideable_standard_module(python(12), "cgi"));
  EXPECT_FALSE(
      is_hideable_standard_module(python(13), "cgi"));  // legacy-cgi brings it back: nothing is hidden
  EXPECT_FALSE(is_hideable_standard_module(python(10), "tomllib"));
  EXPECT_TRUE(is_hideable_standard_module(python(11), "tomllib"));
}

TEST(StandardModules, WhatIsLoadedBeforeThePathIsSetIsNotHidden) {
  for (const auto* name : {"sys", "time", "os", "io", "codecs", "builtins", "site", "itertools"})
    EXPECT_FALSE(is_hideable_standard_module(python(11), name)) << name;
}

TEST(StandardModules, OtherNamesAndLanguagesHaveNone) {
  for (const auto* name : {"numpy", "typing_extensions", "", "Enum", "yaml"})
    EXPECT_FALSE(is_hideable_standard_module(python(11), name)) << name;
  EXPECT_FALSE(is_hideable_standard_module({Language::kNodejs, 22, 0}, "json"));
}

}  // namespace
}  // namespace lamella::model
