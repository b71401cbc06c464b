// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include "model/workspace.h"

namespace lamella::model {
namespace {

TEST(ModulePath, IsBelowEitherLayoutsRoot) {
  for (const ModuleLayout layout : {ModuleLayout::kPlain, ModuleLayout::kSitePackages}) {
    Layer layer;
    layer.layout = layout;
    EXPECT_EQ(module_path(layer.module_root({}) + "numpy/core/x.py"), "numpy/core/x.py");
  }
  EXPECT_EQ(module_path("python/lib/x.py"), "lib/x.py");
  EXPECT_EQ(module_path("python/lib/python3.11/x.py"), "lib/python3.11/x.py");
  EXPECT_EQ(module_path("python/lib/python3.11"), "lib/python3.11");
  EXPECT_EQ(module_path("lib/libx.so"), std::nullopt);
  EXPECT_EQ(module_path("pythonx/a.py"), std::nullopt);
}

}  // namespace
}  // namespace lamella::model
