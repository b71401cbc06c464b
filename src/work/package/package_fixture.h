// SPDX-License-Identifier: Apache-2.0
//
// For tests: a store of its own, a maker over it, and ways to look into what was made.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "archive/segment.h"
#include "base/encoding.h"
#include "base/event.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "package/segment_maker.h"
#include "package/wheel_fixture.h"
#include "store/local_store.h"

namespace lamella::package {

class PackageTest : public testing::Test {
 protected:
  Recipe recipe_of(const fixture::WheelMaker& maker, model::BytecodeMode mode = model::BytecodeMode::kNone) {
    const std::string bytes = maker.bytes();
    EXPECT_TRUE(store::put(*store_, base::as_bytes(bytes)).has_value());
    Recipe recipe{.wheel = maker.pinned(bytes)};
    recipe.bytecode.settings.fallback = mode;
    recipe.strip = false;
    if (mode != model::BytecodeMode::kNone) recipe.interpreter = python().version;
    return recipe;
  }

  const Interpreter& python() {
    if (!python_) python_ = find_interpreter(model::Runtime{}, folder_.path()).value();
    return *python_;
  }

  Result<SegmentRecord> try_make(const Recipe& recipe) {
    return maker_.make(recipe, recipe.interpreter.empty() ? std::nullopt : std::optional(python()), {});
  }
  SegmentRecord make(const Recipe& recipe) {
    auto made = try_make(recipe);
    EXPECT_TRUE(made.has_value()) << made.error().to_string();
    return made.value_or(SegmentRecord{});
  }

  std::vector<archive::Entry> entries(const SegmentRecord& record) {
    auto reader = store_->open(record.blob).value();
    const auto bytes = reader->map().value();
    return archive::open_segment(bytes).value().index.entries;
  }
  std::vector<std::string> names(const SegmentRecord& record) {
    std::vector<std::string> out;
    for (const archive::Entry& entry : entries(record))
      out.push_back(entry.name + (entry.executable() ? "*" : ""));
    return out;
  }
  /// Where the store keeps a blob's bytes.
  std::filesystem::path file_of(const Digest& blob) const {
    return folder_.path() / "blobs" / blob.hex().substr(0, 2) / blob.hex();
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  std::unique_ptr<store::ContentStore> store_ = store::open_local_store({.root = folder_.path()}).value();
  std::unique_ptr<store::ActionCache> actions_ = store::open_local_actions(folder_.path()).value();
  SegmentMaker maker_{*store_, *actions_, folder_.path(), base::no_events()};
  std::optional<Interpreter> python_;
};

}  // namespace lamella::package
