// SPDX-License-Identifier: Apache-2.0
#include "model/arn.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <vector>

#include "base/diagnostic.h"
#include "base/split.h"
#include "model/limits.h"

namespace lamella::model {
namespace {

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

bool is_lower_word(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

Error bad_arn(std::string_view text, std::string_view noun, std::string why) {
  return Error(ErrorCode::kUsage, fmt::format("'{}' is not {}", base::escaped(text.substr(0, 300)), noun))
      .because(std::move(why));
}

/// The parts behind "arn:PARTITION:lambda:REGION:ACCOUNT:KIND:".
struct Resource {
  Place place;
  std::vector<std::string_view> rest;
};

Result<Resource> parse_resource(std::string_view text, std::string_view noun, std::string_view kind) {
  const auto fail = [&](std::string why) { return bad_arn(text, noun, std::move(why)); };
  const auto parts = base::split(text, ':');
  const auto example = fmt::format("it looks like arn:aws:lambda:REGION:ACCOUNT:{}:NAME", kind);
  if (parts.size() < 7 || parts[0] != "arn") return fail(example);
  if (!parts[1].starts_with("aws") || !is_lower_word(parts[1])) return fail("its partition is unknown");
  if (parts[2] != "lambda")
    return fail(fmt::format("its service is '{}', not 'lambda'", base::escaped(parts[2])));
  if (!is_lower_word(parts[3])) return fail("its region is malformed");
  if (parts[4].size() != 12 || !all_digits(parts[4])) return fail("its account is not twelve digits");
  if (parts[5] != kind) return fail(example);
  return Resource{{std::string(parts[1]), std::string(parts[3]), std::string(parts[4])},
                  {parts.begin() + 6, parts.end()}};
}

std::string prefix(const Place& place, std::string_view kind) {
  return fmt::format("arn:{}:lambda:{}:{}:{}", place.partition, place.region, place.account, kind);
}

}  // namespace

bool is_version_number(std::string_view qualifier) {
  return all_digits(qualifier) && qualifier.front() != '0' && qualifier.size() <= 18;
}

std::string to_string(const LayerArn& arn) {
  return fmt::format("{}:{}", prefix(arn.place, "layer"), arn.name);
}

std::string to_string(const LayerVersionArn& arn) {
  return fmt::format("{}:{}", to_string(arn.layer), arn.version);
}

std::string to_string(const FunctionArn& arn) {
  const auto unqualified = fmt::format("{}:{}", prefix(arn.place, "function"), arn.name);
  return arn.qualifier.empty() ? unqualified : fmt::format("{}:{}", unqualified, arn.qualifier);
}

Result<LayerArn> parse_layer_arn(std::string_view text) {
  LAMELLA_TRY_ASSIGN(Resource found, parse_resource(text, "a layer ARN", "layer"));
  if (found.rest.size() != 1) return bad_arn(text, "a layer ARN", "it ends with the layer's name");
  LAMELLA_TRY(check_layer_name(found.rest[0]));
  return LayerArn{std::move(found.place), std::string(found.rest[0])};
}

Result<LayerVersionArn> parse_layer_version_arn(std::string_view text) {
  constexpr std::string_view kNoun = "a layer version ARN";
  LAMELLA_TRY_ASSIGN(Resource found, parse_resource(text, kNoun, "layer"));
  if (found.rest.size() != 2) return bad_arn(text, kNoun, "it ends with the layer's name and a version");
  LAMELLA_TRY(check_layer_name(found.rest[0]));
  if (!is_version_number(found.rest[1])) return bad_arn(text, kNoun, "versions are 1, 2, 3, ...");
  std::int64_t version = 0;
  std::from_chars(found.rest[1].data(), found.rest[1].data() + found.rest[1].size(), version);
  return LayerVersionArn{{std::move(found.place), std::string(found.rest[0])}, version};
}

Result<FunctionArn> parse_function_arn(std::string_view text) {
  constexpr std::string_view kNoun = "a function ARN";
  LAMELLA_TRY_ASSIGN(Resource found, parse_resource(text, kNoun, "function"));
  if (found.rest.size() > 2)
    return bad_arn(text, kNoun, "it ends with the function's name and at most a qualifier");
  LAMELLA_TRY(check_function_name(found.rest[0]));
  FunctionArn arn{std::move(found.place), std::string(found.rest[0]), ""};
  if (found.rest.size() == 1) return arn;
  arn.qualifier = found.rest[1];
  if (arn.qualifier == "$LATEST" || is_version_number(arn.qualifier)) return arn;
  if (auto alias = check_alias_name(arn.qualifier); !alias) {
    return bad_arn(text, kNoun, "its qualifier is neither a version, an alias nor $LATEST");
  }
  return arn;
}

}  // namespace lamella::model
