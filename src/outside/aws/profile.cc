// SPDX-License-Identifier: Apache-2.0
#include "aws/profile.h"

#include <fmt/format.h>

#include "base/trim.h"
#include "os/file.h"

namespace lamella::aws {
namespace {

constexpr std::uint64_t kLongestFile = std::uint64_t{1} << 20;

/// "profile  x" and "profile \"x\"" are both profile x.
std::string section_name(std::string_view inside) {
  inside = base::trimmed(inside);
  const auto space = inside.find_first_of(" \t");
  if (space == std::string_view::npos) return std::string(inside);
  std::string_view name = base::trimmed(inside.substr(space));
  if (name.size() >= 2 && (name[0] == '"' || name[0] == '\'') && name.back() == name[0]) {
    name = name.substr(1, name.size() - 2);
  }
  return fmt::format("{} {}", inside.substr(0, space), name);
}

class FileReader {
 public:
  explicit FileReader(const std::string& file) : file_(file) {}

  Result<> line(std::string_view text) {
    ++number_;
    const std::string_view content = base::trimmed(text);
    if (content.empty() || content[0] == '#' || content[0] == ';') return {};
    const bool indented = text[0] == ' ' || text[0] == '\t';
    if (content[0] == '[' && !indented) return header(content);
    if (!section_) return bad("a line before the first [section]");
    const auto equals = content.find('=');
    if (indented && section_) return nested(content, equals);
    if (equals == std::string_view::npos || equals == 0) return bad("expected `key = value`");
    key_ = base::trimmed(content.substr(0, equals));
    (*section_)[key_] = base::trimmed(content.substr(equals + 1));
    return {};
  }

  Sections take() { return std::move(sections_); }

 private:
  Result<> header(std::string_view content) {
    if (content.back() != ']' || content.size() < 3) return bad("a section name must end with ]");
    section_ = &sections_[section_name(content.substr(1, content.size() - 2))];
    key_.clear();
    return {};
  }

  /// Below a key without value an indented line is a member, below one with value it goes on.
  Result<> nested(std::string_view content, std::size_t equals) {
    if (key_.empty()) return bad("an indented line that belongs to no key");
    std::string& outer = (*section_)[key_];
    if (outer.empty() && equals != std::string_view::npos && equals > 0) {
      (*section_)[fmt::format("{}.{}", key_, base::trimmed(content.substr(0, equals)))] =
          base::trimmed(content.substr(equals + 1));
    } else {
      outer.append("\n").append(content);
    }
    return {};
  }

  Error bad(std::string_view what) const {
    return Error(ErrorCode::kUsage, fmt::format("this is not an AWS configuration file: {}", what))
        .at(base::Position{file_, number_, 1});
  }

  const std::string& file_;
  std::size_t number_ = 0;
  Sections sections_;
  Section* section_ = nullptr;
  std::string key_;
};

std::filesystem::path file_path(const std::optional<std::string>& variable, const std::filesystem::path& home,
                                std::string_view name) {
  if (!variable || variable->empty()) return home / ".aws" / name;
  if (variable->starts_with("~/")) return home / variable->substr(2);
  return *variable;
}

Result<Sections> read_sections(const std::filesystem::path& path) {
  LAMELLA_TRY_ASSIGN(const auto text, os::read_file_if_present(path, kLongestFile));
  if (!text) return Sections{};
  return parse_shared_file(*text, path.string());
}

std::optional<std::string> value_in(const Sections& sections, const std::string& section,
                                    std::string_view key) {
  const auto at = sections.find(section);
  if (at == sections.end()) return std::nullopt;
  const auto value = at->second.find(key);
  if (value == at->second.end() || value->second.empty()) return std::nullopt;
  return value->second;
}

std::string config_name(const std::string& profile) {
  return profile == "default" ? profile : "profile " + profile;
}

}  // namespace

Result<Sections> parse_shared_file(std::string_view text, const std::string& file) {
  FileReader reader(file);
  while (!text.empty()) {
    const auto end = text.find('\n');
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    LAMELLA_TRY(reader.line(line));
  }
  return reader.take();
}

std::optional<std::string> Settings::variable(std::string_view name) const {
  auto value = variables ? variables(name) : std::nullopt;
  if (value && value->empty()) return std::nullopt;
  return value;
}

std::optional<std::string> Settings::config_value(std::string_view key) const {
  return value_in(config, config_name(profile), key);
}

std::optional<std::string> Settings::credentials_value(std::string_view key) const {
  return value_in(credentials, profile, key);
}

const Section* Settings::config_section() const {
  const auto at = config.find(config_name(profile));
  return at == config.end() ? nullptr : &at->second;
}

Result<Settings> load_settings(Variables variables, const std::filesystem::path& home,
                               std::string_view explicit_profile) {
  Settings settings;
  settings.variables = std::move(variables);
  settings.profile_explicit = !explicit_profile.empty();
  const auto named = settings.profile_explicit          ? std::optional<std::string>(explicit_profile)
                     : settings.variable("AWS_PROFILE") ? settings.variable("AWS_PROFILE")
                                                        : settings.variable("AWS_DEFAULT_PROFILE");
  settings.profile = named.value_or("default");
  const auto config = file_path(settings.variable("AWS_CONFIG_FILE"), home, "config");
  const auto credentials = file_path(settings.variable("AWS_SHARED_CREDENTIALS_FILE"), home, "credentials");
  LAMELLA_TRY_ASSIGN(settings.config, read_sections(config));
  LAMELLA_TRY_ASSIGN(settings.credentials, read_sections(credentials));
  if (named && !settings.config_section() && !settings.credentials.contains(settings.profile)) {
    return Error(ErrorCode::kUsage, fmt::format("there is no AWS profile {}", settings.profile))
        .because(fmt::format("neither {} nor {} has it", config.string(), credentials.string()))
        .remedy("check AWS_PROFILE, or write the profile into one of these files");
  }
  return settings;
}

}  // namespace lamella::aws
