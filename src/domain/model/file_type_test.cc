// SPDX-License-Identifier: Apache-2.0
#include "model/file_type.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace lamella::model {
namespace {

TEST(FileType, IsToldByThePath) {
  EXPECT_EQ(file_type("python/numpy.libs/libopenblas.so.0"), "library");
  EXPECT_EQ(file_type("python/a/_x.cpython-311-x86_64-linux-gnu.so"), "library");
  EXPECT_EQ(file_type("python/a/__pycache__/x.cpython-311.pyc"), "bytecode");
  EXPECT_EQ(file_type("app.py"), "python");
  EXPECT_EQ(file_type("python/a-1.0.dist-info/METADATA"), "metadata");
  EXPECT_EQ(file_type("python/botocore/data/s3.json.gz"), "data");
  EXPECT_EQ(file_type("python/a/notes.sound"), "data");
  for (const auto* path : {"x.so", "x.pyc", "x.py", "x.dist-info/x", "x"})
    EXPECT_NE(std::find(kFileTypes.begin(), kFileTypes.end(), file_type(path)), kFileTypes.end());
}

}  // namespace
}  // namespace lamella::model
