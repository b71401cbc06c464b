// SPDX-License-Identifier: Apache-2.0
// What is noted of libraries while their segment is made, against what the segment says when it is read.
#include <gmock/gmock.h>

#include <string>

#include "archive/elf_fixture.h"
#include "archive/segment.h"
#include "build/build_fixture.h"
#include "build/segments.h"
#include "document/json.h"
#include "package/segment_maker.h"
#include "proof/opt_reader.h"

namespace lamella::build {
namespace {

using testing::HasSubstr;

class NotedFactsTest : public BuildTest {
 protected:
  package::Recipe recipe_of_all_kinds() {
    const archive::fixture::Scratch scratch;
    const std::string library = archive::fixture::compile_library(scratch);
    package::fixture::WheelMaker maker;
    maker.files = {{"tiny/__init__.py", ""},           {"tiny/apple.so", "\xcf\xfa\xed\xfe...."},
                   {"tiny/lib.so", library},           {"tiny/notes.so", "no library at all"},
                   {"tiny/whole.so", library},         {"tiny-1.0.data/scripts/tool", "#!python\n"},
                   {"tiny/lib.so.1.txt", "no module"}, {"tiny-1.0.data/scripts/native", library}};
    const std::string bytes = maker.bytes();
    EXPECT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
    package::Recipe recipe{.wheel = maker.pinned(bytes)};
    recipe.strip = true;
    recipe.unstripped = {"tiny/whole.so"};
    return recipe;
  }
};

TEST_F(NotedFactsTest, AreThoseThatTheSegmentSays) {
  package::SegmentMaker maker(*store_, *actions_, folder_.path(), base::no_events());
  proof::BinaryFacts noted;
  const auto made = maker.make(
      recipe_of_all_kinds(), std::nullopt, {},
      [&](std::string_view name, bool executable, auto content) { noted.note(name, executable, content); });
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_GT(made->stripped.at("tiny/lib.so"), 1000U);
  EXPECT_FALSE(made->stripped.contains("tiny/whole.so"));
  auto blob = store_->open(made->blob).value();
  const auto bytes = blob->map().value();
  const auto segment = archive::open_segment(bytes).value();
  for (const archive::Entry& entry : segment.index.entries) {
    EXPECT_EQ(noted.find(entry) != nullptr, proof::may_be_binary(entry)) << entry.name;
  }
  const auto text = [&](const proof::BinaryFacts& facts) {
    return document::render_json(
        proof::to_value(proof::read_opt_facts(bytes, proof::Packed::kSegment, facts).value()));
  };
  EXPECT_EQ(text(noted), text({}));
  for (const auto* name : {"apple.so", "lib.so", "whole.so", "bin/native"})
    EXPECT_THAT(text({}), HasSubstr(name));
}

TEST_F(NotedFactsTest, AreRememberedOnceTheSegmentIsMade) {
  add_layer("core", {"a", "b"});
  lock_wheel("a", "1.0");
  lock_wheel("b", "1.0");
  const auto plans = plan();
  ASSERT_EQ(plans.size(), 1U);
  const auto made = ensure_segments(tools_, {&plans[0]}, Again::kNothing, OnFailure::kStop, {});
  ASSERT_TRUE(made.has_value()) << made.error().to_string();
  EXPECT_EQ(made->segments.size(), 2U);
  EXPECT_EQ(actions_->stats().value().by_kind["opt-facts"], 2U);
}

}  // namespace
}  // namespace lamella::build
