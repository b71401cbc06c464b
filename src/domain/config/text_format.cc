// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <regex>

#include "base/diagnostic.h"
#include "base/digest.h"
#include "base/units.h"
#include "base/utf8.h"
#include "config/key_table.h"
#include "config/requirement.h"
#include "config/workspace_path.h"
#include "model/arn.h"
#include "model/environment_value.h"
#include "model/glob.h"
#include "model/json_path.h"
#include "model/limits.h"
#include "model/target.h"

namespace lamella::config {
namespace {

constexpr std::size_t kLongestPattern = 1'000;

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_word(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_'; }

Error not_a(Format format, std::string_view text) {
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' is not {}", base::escaped(text.substr(0, 200)), describe(format)));
}

template <class Value>
Result<> only_error(const Result<Value>& parsed) {
  if (!parsed) return Error(parsed.error());
  return {};
}

bool is_module(std::string_view text) {
  bool at_start = true;
  for (const char c : text) {
    if (c == '.' ? at_start : !(is_letter(c) || c == '_' || (is_digit(c) && !at_start))) return false;
    at_start = c == '.';
  }
  return !at_start;
}

/// YYYY-MM-DD or YYYY-MM-DDTHH:MM:SS[.fff](Z|+HH:MM); digits only, the resolver judges the calendar.
bool is_timestamp(std::string_view text) {
  static const std::regex pattern(
      R"(\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01]))"
      R"(([Tt ]([01]\d|2[0-3]):[0-5]\d:([0-5]\d|60)(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d))?)");
  return text.size() <= 40 && std::regex_match(text.begin(), text.end(), pattern);
}

bool is_reach(std::string_view text) {
  if (text == "endpoint") return true;
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos || colon == 0 || text.size() > 255) return false;
  const auto port = text.substr(colon + 1);
  const auto host = text.substr(0, colon);
  const bool host_ok = std::all_of(host.begin(), host.end(), [](char c) {
    return is_word(c) || c == '.' || c == ':' || c == '[' || c == ']';
  });
  return host_ok && !port.empty() && port.size() <= 5 && std::all_of(port.begin(), port.end(), is_digit) &&
         port.front() != '0' && (port.size() < 5 || port <= "65535");
}

/// Lines of text, without what would do something to the terminal it is printed on.
Result<> check_free(std::string_view text) {
  for (std::string_view rest = text; !rest.empty();) {
    const base::CodePoint point = base::decode_utf8(rest);
    const auto c = point.value;
    const bool control = (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c < 0xA0);
    const bool turns = (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (control || turns || point.length == 0) {
      return Error(ErrorCode::kUsage,
                   fmt::format("'{}' has a control character in it", base::escaped(text.substr(0, 200))));
    }
    rest.remove_prefix(point.length);
  }
  return {};
}

Result<> check_regex(std::string_view text) {
  if (text.size() > kLongestPattern) return not_a(Format::kRegex, text);
  try {
    const std::regex compiled(text.begin(), text.end());
  } catch (const std::regex_error&) {
    return not_a(Format::kRegex, text).because("the ECMAScript grammar does not accept it");
  }
  return {};
}

Result<> check_index(std::string_view text) {
  if (text == "default") return {};
  if (!text.starts_with("https://") && !text.starts_with("http://")) return not_a(Format::kIndex, text);
  const auto host = text.substr(text.find("//") + 2);
  if (host.substr(0, host.find('/')).find('@') != std::string_view::npos) {
    return Error(ErrorCode::kUsage, "the index's address holds credentials")
        .remedy("take them out of the file and set LAMELLA_INDEX_<NAME>_USERNAME and _PASSWORD instead")
        .because("the workspace file is committed");
  }
  if (text.find_first_of("?#") != std::string_view::npos) {
    return Error(ErrorCode::kUsage, "the index's address has a query")
        .remedy(
            "give the address alone, and set LAMELLA_INDEX_<NAME>_USERNAME and _PASSWORD for what logs in")
        .because("what is in it would be committed, locked and shown");
  }
  return {};
}

Result<> check_address(std::string_view text) {
  const bool web = text.starts_with("https://") || text.starts_with("http://");
  if (!web && !text.starts_with("file:///")) return not_a(Format::kAddress, text);
  const auto host = text.substr(text.find("//") + 2);
  if (host.substr(0, host.find('/')).find('@') == std::string_view::npos) return {};
  return Error(ErrorCode::kUsage, "the address holds credentials")
      .because("the workspace file is committed")
      .remedy("put the file where its bytes need no login: its sha256 is checked in any case");
}

/// "acme-core" or "acme-*", spelt as PEP 503 normalises names.
bool is_index_pattern(std::string_view text) {
  const bool open = text.ends_with('*');
  if (open) text.remove_suffix(1);
  if (text.empty() || text.size() > 200 || text.front() == '-') return false;
  if (normalised_name(text) != text || (text.ends_with('-') && !open)) return false;
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
}

bool is_extra(std::string_view text) {
  if (text.empty() || text.size() > 200) return false;
  const auto plain = [](char c) { return is_letter(c) || is_digit(c); };
  return plain(text.front()) && plain(text.back()) &&
         std::all_of(text.begin(), text.end(), [](char c) { return is_word(c) || c == '.'; });
}

Result<> check_runtime(std::string_view text) {
  LAMELLA_TRY_ASSIGN(const model::Runtime runtime, model::parse_runtime(text));
  if (runtime.language == model::Language::kPython) return {};
  return Error(ErrorCode::kUsage,
               fmt::format("runtime '{}' is known, but not built yet in this version", text))
      .remedy("use a python runtime");
}

Result<> check_requirement(std::string_view text) {
  LAMELLA_TRY_ASSIGN(const Requirement requirement, parse_requirement(text));
  if (requirement.url.empty()) return {};
  return Error(ErrorCode::kUsage,
               fmt::format("'{}' comes from outside the index", base::escaped(requirement.name)))
      .because("a requirement names a distribution and its versions, never an address")
      .remedy("publish it to the declared index, or list an in-repo package under `packages`");
}

Result<> check_role(std::string_view text) {
  static const std::regex pattern(R"(arn:aws[a-z-]*:iam::\d{12}:role/[A-Za-z0-9+=,.@_/-]{1,512})");
  if (text.size() > 600 || !std::regex_match(text.begin(), text.end(), pattern))
    return not_a(Format::kRoleArn, text);
  return {};
}

/// The partition that a region is in.
std::string_view partition_of(std::string_view region) {
  if (region.starts_with("cn-")) return "aws-cn";
  return region.starts_with("us-gov-") ? "aws-us-gov" : "aws";
}

Result<> check_layer_version(std::string_view text) {
  LAMELLA_TRY_ASSIGN(const auto arn, model::parse_layer_version_arn(text));
  const model::Place& place = arn.layer.place;
  const std::string_view wanted = partition_of(place.region);
  if (place.partition == wanted) return {};
  return Error(ErrorCode::kUsage, fmt::format("'{}' names a place that there is not", text))
      .because(fmt::format("{} is in the partition {}, not {}", place.region, wanted, place.partition));
}

Result<> check_simple(Format format, std::string_view text) {
  const auto all = [&](auto what) { return !text.empty() && std::all_of(text.begin(), text.end(), what); };
  bool fits = false;
  switch (format) {
    case Format::kTimestamp: fits = is_timestamp(text); break;
    case Format::kModule: fits = is_module(text); break;
    case Format::kService:
      fits = all([](char c) { return is_digit(c) || (c >= 'a' && c <= 'z') || c == '-'; });
      break;
    case Format::kPlainName: fits = text.size() <= 64 && all(is_word); break;
    case Format::kReach: fits = is_reach(text); break;
    case Format::kIndexPattern: fits = is_index_pattern(text); break;
    case Format::kExtra: fits = is_extra(text); break;
    case Format::kSha256: fits = base::Digest::from_hex(text).has_value(); break;
    case Format::kRegion:
      fits = text.size() <= 32 && all([](char c) { return is_word(c) && c != '_'; });
      break;
    case Format::kAccount: fits = text.size() == 12 && all(is_digit); break;
    default: fits = true; break;
  }
  if (!fits) return not_a(format, text);
  return {};
}

}  // namespace

std::string_view describe(Format format) {
  switch (format) {
    case Format::kSize: return "a size such as \"100 MB\"";
    case Format::kDuration: return "a duration such as \"30s\"";
    case Format::kTimestamp: return "a time such as \"2026-11-01T00:00:00Z\"";
    case Format::kModule: return "a module's name such as \"numpy.linalg\"";
    case Format::kService: return "a service's name such as \"dynamodb\"";
    case Format::kPlainName: return "a name of at most 64 letters, digits, '-' and '_'";
    case Format::kReach: return "a destination such as \"127.0.0.1:5432\" or \"endpoint\"";
    case Format::kRegex: return "a regular expression";
    case Format::kLayerVersionArn:
      return "a layer version's ARN such as \"arn:aws:lambda:us-west-2:111122223333:layer:shared:7\"";
    case Format::kRoleArn: return "a role's ARN such as \"arn:aws:iam::111122223333:role/lambda\"";
    case Format::kRegion: return "a region such as \"us-west-2\"";
    case Format::kAccount: return "an account's twelve digits";
    case Format::kIndex: return "\"default\" or an index's address";
    case Format::kIndexPattern:
      return "a normalised package name such as \"acme-core\", or the start of some, \"acme-*\"";
    case Format::kAddress: return "an address such as \"https://downloads.example/layer.zip\"";
    case Format::kSha256: return "a sha256 of 64 hexadecimal digits";
    case Format::kExtra: return "the name of an extra or a dependency group";
    case Format::kPath: return "a path from the folder of lamella.toml";
    case Format::kInside: return "a path inside the artifact";
    case Format::kGlob: return "a path pattern such as \"numpy/tests/**\"";
    case Format::kRequirement: return "a requirement such as \"numpy==1.24.3\"";
    case Format::kRuntime: return "a runtime such as \"python3.11\"";
    case Format::kArchitecture: return "\"x86_64\" or \"arm64\"";
    case Format::kHandler: return "a handler such as \"app.handler\"";
    case Format::kAlias: return "an alias's name";
    case Format::kLayerName: return "a layer's name";
    case Format::kFunctionName: return "a function's name";
    case Format::kVariable:
      return "a value; {environment}, {param:NAME}, {env:NAME}, {ssm:/PATH} are replaced";
    case Format::kVariableName: return "a variable's name";
    case Format::kJsonPath: return "a path into a document such as \"$.items[0].id\"";
    case Format::kFree: return "a text";
  }
  return "";
}

Result<> check_format(Format format, std::string_view text) {
  switch (format) {
    case Format::kPath: return only_error(normalised_path(text));
    case Format::kInside: return only_error(normalised_inside(text));
    case Format::kGlob: return only_error(model::Glob::parse(text));
    case Format::kSize: return only_error(base::parse_size(text));
    case Format::kDuration: return only_error(base::parse_duration(text));
    case Format::kRequirement: return check_requirement(text);
    case Format::kRuntime: return check_runtime(text);
    case Format::kArchitecture: return only_error(model::parse_architecture(text));
    case Format::kHandler: return model::check_handler(text);
    case Format::kAlias: return model::check_alias_name(text);
    case Format::kLayerName: return model::check_layer_name(text);
    case Format::kFunctionName: return model::check_function_name(text);
    case Format::kVariable: return only_error(model::parse_environment_value(text));
    case Format::kVariableName: return model::check_environment_name(text);
    case Format::kJsonPath: return only_error(model::parse_json_path(text));
    case Format::kFree: return check_free(text);
    case Format::kRegex: return check_regex(text);
    case Format::kIndex: return check_index(text);
    case Format::kAddress: return check_address(text);
    case Format::kRoleArn: return check_role(text);
    case Format::kLayerVersionArn: return check_layer_version(text);
    default: return check_simple(format, text);
  }
}

}  // namespace lamella::config
