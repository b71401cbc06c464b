// SPDX-License-Identifier: Apache-2.0
#include "model/tests.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace lamella::model {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::Not;

TEST(Tests, PathsAreTheWordsThatStayInTheWorkspace) {
  Tests tests;
  tests.command = {"pytest", "-q", "./layers/core/tests/", "a/test_b.py::test_c[x]", "/etc", "../up",
                   "a/../b", "."};
  EXPECT_THAT(possible_paths(tests), ElementsAre("layers/core/tests", "a/test_b.py"));
}

TEST(Tests, CompanionsLieInEveryFolderAbove) {
  const auto found = companions_of("layers/core/tests");
  EXPECT_THAT(found, Contains("conftest.py"));
  EXPECT_THAT(found, Contains("layers/pytest.ini"));
  EXPECT_THAT(found, Contains("layers/core/__init__.py"));
  EXPECT_THAT(found, Not(Contains("layers/core/tests/conftest.py")));
  EXPECT_THAT(found, Not(Contains("__init__.py")));
  EXPECT_THAT(companions_of("tests"), Contains("pyproject.toml"));
}

}  // namespace
}  // namespace lamella::model
