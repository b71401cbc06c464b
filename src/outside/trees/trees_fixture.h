// SPDX-License-Identifier: Apache-2.0
//
// Trees in a folder of the test's own.
#pragma once

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <map>
#include <string>

#include "archive/zip_writer.h"
#include "base/byte_stream.h"
#include "crypto/sha256.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "trees/tree_store.h"

namespace lamella::trees {

using Files = std::map<std::string, std::string>;

inline std::string zip_of(const Files& files) {
  base::StringSink sink;
  archive::ZipAssembler zip(sink);
  for (const auto& [name, text] : files) {
    EXPECT_TRUE(zip.add_file(name, name.starts_with("bin/"), base::as_bytes(text)).has_value());
  }
  EXPECT_TRUE(zip.finish().has_value());
  return std::move(sink).text();
}

/// In place: whatever shares the file has it too.
inline void overwrite(const std::filesystem::path& file, const std::string& text) {
  ASSERT_EQ(::chmod(file.c_str(), 0644), 0);
  std::ofstream(file) << text;
  ASSERT_EQ(::chmod(file.c_str(), 0444), 0);
}

class Heard final : public EventSink {
 public:
  void emit(const base::Event& event) override { damaged += event.kind == "cache.damaged" ? 1 : 0; }
  std::size_t damaged = 0;
};

class TreesTest : public testing::Test {
 protected:
  Tree unpack(TreeStore& trees, const Files& files) {
    const std::string zip = zip_of(files);
    auto tree = trees.unpack(base::as_bytes(zip), crypto::sha256(zip), archive::Profile::kUploaded, pool_);
    EXPECT_TRUE(tree.has_value()) << tree.error().to_string();
    return *std::move(tree);
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
  os::ThreadPool pool_{2};
};

}  // namespace lamella::trees
