// SPDX-License-Identifier: Apache-2.0
#include "build/command_tools.h"

#include <fmt/format.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "os/directory.h"

namespace lamella::build {
namespace {

/// Where the sandbox's PATH (sandbox/machine_root.h) leads, on this machine.
constexpr const char* kFolders[] = {"/usr/local/bin", "/usr/bin", "/usr/local/sbin", "/usr/sbin"};
constexpr const char* kUsual[] = {"sh", "make", "cc", "c++", "as", "ld", "ar"};

std::optional<std::string> find_program(const std::string& name) {
  std::error_code ignored;
  for (const char* folder : kFolders) {
    std::string path = fmt::format("{}/{}", folder, name);
    if (std::filesystem::is_regular_file(path, ignored)) return path;
  }
  return std::nullopt;
}

/// Most programs are links (cc, to what is chosen among alternatives): the link is watched, the file hashed.
Result<Digest> digest_of(const std::string& path, change::StatIndex& index) {
  std::error_code error;
  const std::string real = std::filesystem::canonical(path, error).string();
  if (error) return Error(ErrorCode::kIo, "a program cannot be read").at(path).because(error.message());
  if (real != path) LAMELLA_TRY(index.watch(path));
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(real));
  return index.digest_of(real, info ? &*info : nullptr);
}

/// What may be a program's name in it.
std::vector<std::string> words_of(std::string_view run) {
  constexpr std::string_view kBetween = " \t\n;|&()<>\"'`$={}";
  std::vector<std::string> words;
  while (!run.empty()) {
    const auto end = run.find_first_of(kBetween);
    const std::string_view word = run.substr(0, end);
    if (!word.empty() && word.find('/') == std::string_view::npos && word.front() != '-' &&
        word.front() != '.')
      words.emplace_back(word);
    run.remove_prefix(end == std::string_view::npos ? run.size() : end + 1);
  }
  return words;
}

}  // namespace

Result<std::vector<package::CommandRun::Tool>> command_tools(const model::Command& command,
                                                             change::StatIndex& index) {
  std::map<std::string, std::string> found;
  const auto look = [&](const std::string& name) {
    const auto path = find_program(name);
    if (path) found.emplace(name, *path);
    return path.has_value();
  };
  for (const char* name : kUsual) look(name);
  for (const std::string& word : words_of(command.run)) look(word);
  for (const model::PlacedText& tool : command.tools) {
    if (look(tool.text)) continue;
    return Error(ErrorCode::kToolMissing, fmt::format("the tool '{}' is not installed", tool.text))
        .at(tool.position)
        .because("a command sees the programs below /usr alone")
        .remedy("install it there, or take it out of `tools`")
        .with("program", tool.text);
  }
  std::vector<package::CommandRun::Tool> tools;
  for (const auto& [name, path] : found) {
    LAMELLA_TRY_ASSIGN(const Digest sha256, digest_of(path, index));
    tools.push_back({name, sha256});
  }
  return tools;
}

}  // namespace lamella::build
