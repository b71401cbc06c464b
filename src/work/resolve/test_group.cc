// SPDX-License-Identifier: Apache-2.0
#include "resolve/test_group.h"

#include <algorithm>
#include <set>
#include <utility>

namespace lamella::resolve {

std::vector<TestGroup> test_groups(const model::Workspace& workspace) {
  const auto groups = lock_groups(workspace);
  std::set<std::pair<model::Target, std::string>> taken;
  for (const LockGroup& group : groups) taken.emplace(group.target, group.name);
  std::vector<TestGroup> found;
  for (const LockGroup& group : groups) {
    TestGroup tests{{.name = group.name + "-tests", .target = group.target, .layers = {}, .functions = {}},
                    group};
    std::copy_if(group.layers.begin(), group.layers.end(), std::back_inserter(tests.group.layers),
                 [&](const auto& name) { return !workspace.find_layer(name)->tests.requirements.empty(); });
    std::copy_if(
        group.functions.begin(), group.functions.end(), std::back_inserter(tests.group.functions),
        [&](const auto& name) { return !workspace.find_function(name)->tests.requirements.empty(); });
    if (tests.group.layers.empty() && tests.group.functions.empty()) continue;
    while (!taken.emplace(tests.group.target, tests.group.name).second) tests.group.name += "-tests";
    found.push_back(std::move(tests));
  }
  return found;
}

Result<LockInputs> read_test_inputs(const base::FileTree& tree, const model::Workspace& workspace,
                                    const TestGroup& group, const LockFile* shipped) {
  model::Workspace tests = workspace;
  for (model::Layer& layer : tests.layers) {
    layer.requirements = layer.tests.requirements;
    layer.no_deps = false;
  }
  for (model::Function& function : tests.functions) function.requirements = function.tests.requirements;
  LAMELLA_TRY_ASSIGN(LockInputs inputs, read_lock_inputs(tree, tests, group.group));
  if (shipped == nullptr) return inputs;
  for (const LockedPackage& package : shipped->packages)
    inputs.constraints.push_back(package.name + "==" + package.version);
  return inputs;
}

}  // namespace lamella::resolve
