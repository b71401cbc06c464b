// SPDX-License-Identifier: Apache-2.0
//
// What the AWS_* variables and the two shared files say, read once into a value.
//
// The files are INI: "[default]", "[profile NAME]" in the config file, "[NAME]" in the credentials file,
// "[services NAME]" with nested keys ("lambda =\n  endpoint_url = ..."), '#' and ';' comments.
#pragma once

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::aws {

using Variables = std::function<std::optional<std::string>(std::string_view name)>;
using Section = std::map<std::string, std::string, std::less<>>;  ///< nested keys as "outer.inner"
using Sections = std::map<std::string, Section, std::less<>>;

/// Errors: usage, with file and line.
Result<Sections> parse_shared_file(std::string_view text, const std::string& file);

struct Settings {
  Variables variables;            ///< the process's environment
  std::string profile;            ///< the one in force: explicit, AWS_PROFILE, AWS_DEFAULT_PROFILE, "default"
  bool profile_explicit = false;  ///< named by the caller: environment keys are then skipped
  Sections config;                ///< "default", "profile NAME", "services NAME"
  Sections credentials;           ///< "NAME"

  std::optional<std::string> variable(std::string_view name) const;
  /// A key of the profile in the config file.
  std::optional<std::string> config_value(std::string_view key) const;
  /// The same in the credentials file.
  std::optional<std::string> credentials_value(std::string_view key) const;
  const Section* config_section() const;
};

/// Reads AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE (default: below `home`/.aws).  A missing file is
/// empty.  Errors: io, usage; a profile that was named but exists in neither file is usage.
Result<Settings> load_settings(Variables variables, const std::filesystem::path& home,
                               std::string_view explicit_profile = {});

}  // namespace lamella::aws
