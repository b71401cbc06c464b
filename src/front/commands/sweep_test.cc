// SPDX-License-Identifier: Apache-2.0
#include "commands/sweep.h"

#include <gmock/gmock.h>

namespace lamella::commands {
namespace {

using document::Value;

TEST(Sweep, FindsDigestsWhereverTheyStand) {
  const std::string a(64, 'a');
  const std::string b(64, 'b');
  std::set<std::string> briefs;
  add_digests(Value::object({{"layers", Value::array_of(std::vector<std::string>{a, "core"})},
                             {"function", Value::object({{"code", b}, {"memory", 128}})},
                             {"none", Value()}}),
              briefs);
  EXPECT_THAT(briefs, testing::ElementsAre(a.substr(0, 12), b.substr(0, 12)));
}

}  // namespace
}  // namespace lamella::commands
