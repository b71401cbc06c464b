// SPDX-License-Identifier: Apache-2.0
#include "model/file_name.h"

#include <gtest/gtest.h>

namespace lamella::model {
namespace {

TEST(UnfitName, IsWhatUnpackersWouldCallOtherwise) {
  for (const char* fit : {"a", "python/a b.py", "python/\u00fcn\u00efcode.txt", "~", "a:b"})
    EXPECT_EQ(unfit_name(fit), std::nullopt) << fit;
  EXPECT_EQ(unfit_name("python/\xff.py"), "name is not UTF-8");
  for (const char* odd : {"a\\b", "a\tb", "a\nb", "a\x7f", "\x01"})
    EXPECT_EQ(unfit_name(odd), "name has a control character or a backslash") << odd;
}

}  // namespace
}  // namespace lamella::model
