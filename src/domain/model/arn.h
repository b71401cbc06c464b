// SPDX-License-Identifier: Apache-2.0
//
// The four ARNs a deployer handles.  Each parse is the inverse of to_string(); what to_string() would
// not have written is refused with kUsage (PROMISES: version 0, other service, missing parts).
//
//   arn:aws:lambda:us-west-2:111122223333:layer:core            LayerArn
//   arn:aws:lambda:us-west-2:111122223333:layer:core:7          LayerVersionArn
//   arn:aws:lambda:us-west-2:111122223333:function:predict[:Q]  FunctionArn, Q a version, an alias or $LATEST
#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace lamella::model {

/// Where an ARN lives.
struct Place {
  std::string partition = "aws";
  std::string region;
  std::string account;  ///< twelve digits

  auto operator<=>(const Place&) const = default;
};

struct LayerArn {
  Place place;
  std::string name;

  auto operator<=>(const LayerArn&) const = default;
};

struct LayerVersionArn {
  LayerArn layer;
  std::int64_t version = 1;  ///< 1, 2, 3, ...

  auto operator<=>(const LayerVersionArn&) const = default;
};

struct FunctionArn {
  Place place;
  std::string name;
  std::string qualifier;  ///< "" for the unqualified ARN

  auto operator<=>(const FunctionArn&) const = default;
};

std::string to_string(const LayerArn& arn);
std::string to_string(const LayerVersionArn& arn);
std::string to_string(const FunctionArn& arn);

Result<LayerArn> parse_layer_arn(std::string_view text);
Result<LayerVersionArn> parse_layer_version_arn(std::string_view text);
Result<FunctionArn> parse_function_arn(std::string_view text);

/// True for a published version's number: digits, no leading zero.
bool is_version_number(std::string_view qualifier);

}  // namespace lamella::model
