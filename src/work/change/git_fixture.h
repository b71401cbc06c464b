// SPDX-License-Identifier: Apache-2.0
//
// For tests: a repository in a temporary folder, made with the git command.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "os/directory.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/process.h"
#include "os/temp_directory.h"

namespace lamella::change {

class GitTest : public testing::Test {
 public:
  GitTest() { git({"init", "-q", "-b", "main", "."}); }

  std::filesystem::path root() const { return folder_.path() / "repository"; }
  std::filesystem::path beside(const std::string& name) const { return folder_.path() / name; }

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories((root() / path).parent_path());
    ASSERT_TRUE(os::write_file_atomic(root() / path, text).has_value()) << path;
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root() / path); }

  /// What git printed, without the last newline.  No configuration of the machine takes part.
  std::string git(std::vector<std::string> words, const std::filesystem::path& where = {}) const {
    const std::filesystem::path folder = where.empty() ? root() : where;
    std::filesystem::create_directories(folder);
    os::Command command{.argv = {"git", "-c", "user.name=test", "-c", "user.email=test@localhost", "-c",
                                 "protocol.file.allow=always", "-c", "commit.gpgsign=false"}};
    command.argv.insert(command.argv.end(), words.begin(), words.end());
    command.env = {{"PATH", os::get_environment("PATH").value_or("/usr/bin:/bin")},
                   {"HOME", folder_.path().string()},
                   {"GIT_CONFIG_NOSYSTEM", "1"}};
    command.cwd = folder;
    const auto done = os::run(command);
    EXPECT_TRUE(done.has_value() && done->succeeded())
        << words.front() << ": " << (done ? done->err : done.error().to_string());
    std::string out = done ? done->out : std::string();
    while (out.ends_with('\n')) out.pop_back();
    return out;
  }
  /// The new commit's id.
  std::string commit(const std::string& message = "change") const {
    git({"add", "-A"});
    git({"commit", "-q", "--allow-empty", "-m", message});
    return git({"rev-parse", "HEAD"});
  }
  /// As if the working tree had been checked out long ago, so that git's index can be believed.
  void settle() const {
    constexpr std::int64_t kThen = 1'700'000'000'000'000'000;
    for (const auto& one : std::filesystem::recursive_directory_iterator(root())) {
      if (one.path().string().find("/.git/") == std::string::npos && one.is_regular_file() &&
          !one.is_symlink()) {
        ASSERT_TRUE(os::set_mtime(one.path(), kThen).has_value());
      }
    }
    git({"update-index", "-q", "--refresh"});
  }

  os::TempDirectory folder_ = os::TempDirectory::create().value();
};

}  // namespace lamella::change
