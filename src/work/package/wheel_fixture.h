// SPDX-License-Identifier: Apache-2.0
//
// For tests: a small wheel made by hand, honest unless told otherwise.
#pragma once

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "archive/zip_fixture.h"
#include "base/encoding.h"
#include "crypto/sha256.h"
#include "package/recipe.h"

namespace lamella::package::fixture {

struct WheelMaker {
  std::string distribution = "tiny";
  std::string version = "1.0";
  std::string dist_info = "tiny-1.0.dist-info";
  std::map<std::string, std::string> files = {{"tiny/__init__.py", "def f():\n    return 'bytecode'\n"}};
  bool metadata = true;
  bool wheel = true;
  std::optional<std::string> record;  ///< else every file, as it should be
  std::uint16_t method = 0;           ///< stored: no compressor's version is in the bytes

  std::map<std::string, std::string> all_files() const {
    auto all = files;
    if (metadata)
      all[dist_info + "/METADATA"] =
          "Metadata-Version: 2.1\nName: " + distribution + "\nVersion: " + version + "\n";
    if (wheel) all[dist_info + "/WHEEL"] = "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n";
    return all;
  }

  /// Hash and size as RECORD writes them.
  static std::string recorded(const std::string& content) {
    std::string hash = base::to_base64(crypto::sha256(content).bytes());
    std::replace(hash.begin(), hash.end(), '+', '-');
    std::replace(hash.begin(), hash.end(), '/', '_');
    return "sha256=" + hash.substr(0, hash.find('=')) + "," + std::to_string(content.size());
  }

  std::string honest_record() const {
    std::string text;
    for (const auto& [name, content] : all_files()) text += name + "," + recorded(content) + "\n";
    return text + dist_info + "/RECORD,,\n";
  }

  std::string bytes() const {
    archive::fixture::Zip zip;
    zip.members.clear();
    auto all = all_files();
    all[dist_info + "/RECORD"] = record.value_or(honest_record());
    for (const auto& [name, content] : all) {
      archive::fixture::Member member;
      member.name = name;
      member.content = content;
      member.method = method;
      zip.members.push_back(std::move(member));
    }
    return archive::fixture::build(zip);
  }

  Wheel pinned(const std::string& made) const {
    return {distribution,         version,    distribution + "-" + version + "-py3-none-any.whl", "",
            crypto::sha256(made), made.size()};
  }
};

}  // namespace lamella::package::fixture
