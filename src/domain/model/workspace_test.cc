// SPDX-License-Identifier: Apache-2.0
#include "model/workspace.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <string>
#include <vector>

namespace lamella::model {
namespace {

void add_layers(Workspace& workspace, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    if (workspace.find_layer(name) != nullptr) continue;
    workspace.layers.emplace_back().name = name;
  }
}

bool finds_all(const Workspace& workspace) {
  for (const Layer& layer : workspace.layers) {
    if (workspace.find_layer(layer.name) != &layer) return false;
  }
  return workspace.find_layer("in no workspace") == nullptr;
}

TEST(Workspace, FindsWhatWasThereWhenNamesWereNotedAndWhatCameLater) {
  EXPECT_TRUE(rc::check([](const std::vector<std::string>& first, const std::vector<std::string>& later) {
    Workspace workspace;
    add_layers(workspace, first);
    workspace.note_names();
    RC_ASSERT(finds_all(workspace));
    add_layers(workspace, later);
    RC_ASSERT(finds_all(workspace));
    if (!workspace.layers.empty()) workspace.layers.front().name = "renamed since";
    RC_ASSERT(finds_all(workspace));
    const Workspace copy = workspace;
    RC_ASSERT(finds_all(copy));
  }));
}

TEST(Workspace, FindsFunctionsByName) {
  Workspace workspace;
  for (const char* name : {"orders", "api", "mail"}) workspace.functions.emplace_back().name = name;
  workspace.note_names();
  EXPECT_EQ(workspace.find_function("api"), &workspace.functions[1]);
  EXPECT_EQ(workspace.find_function("mails"), nullptr);
}

}  // namespace
}  // namespace lamella::model
