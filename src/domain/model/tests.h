// SPDX-License-Identifier: Apache-2.0
//
// The tests that a layer or function declares: a command of the workspace's, which `lamella test` runs beside
// the artifact.  What the command needs (pytest, say) is locked apart and never shipped.
#pragma once

#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "model/packaging.h"

namespace lamella::model {

struct Tests {
  std::vector<std::string> command;  ///< words; the first is "python" or a module that is run as a program
  base::Position position;
  Requirements requirements;      ///< of the command alone; where none are written, the first word
  std::vector<PlacedText> files;  ///< read by the tests, besides what the command names

  bool declared() const { return !command.empty(); }
};

/// The words of the command that could be paths of the workspace: "tests/test_a.py" of
/// "tests/test_a.py::test_b".  Whether something lies there is not known here.
std::vector<std::string> possible_paths(const Tests& tests);

/// Where test runners look for settings and shared fixtures of what lies at `path`: files of known names in
/// every folder from the workspace's own down to that of `path`, which may or may not be there.
std::vector<std::string> companions_of(const std::string& path);

}  // namespace lamella::model
