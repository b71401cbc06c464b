// SPDX-License-Identifier: Apache-2.0
//
// [tool.uv.sources] of a pyproject.toml: where uv takes a distribution from instead of the default index.  To take
// another one of that name from an index would be to ship a stranger's code.
//
// Threads: pure functions.  Tests: config/project_files_test.cc.
#pragma once

#include <string>
#include <string_view>

#include "document/value.h"

namespace lamella::config {

struct UvSource {
  enum class Kind {
    kNone,     ///< nothing is said
    kIndex,    ///< the index called `word`
    kInRepo,   ///< the folder `word` of the workspace, or a member of uv's workspace where `word` is ""
    kOutside,  ///< an address, a repository, a file, a folder elsewhere, or several of these
  };
  Kind kind = Kind::kNone;
  std::string word{};

  bool operator==(const UvSource&) const = default;
};

/// What `document`, read from `file`, says of the distribution `normalised_name`.
UvSource uv_source_of(const document::Value& document, std::string_view file,
                      std::string_view normalised_name);
/// A folder that `file` names, from the workspace's folder.
UvSource in_repo_source(std::string_view file, std::string_view folder);

}  // namespace lamella::config
