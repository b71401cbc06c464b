// SPDX-License-Identifier: Apache-2.0
//
// Aliases as rows, and which version a request through one gets.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sqlite/database.h"
#include "wire/lambda_shapes.h"

namespace lamella::endpoint {

struct AliasRecord {
  std::string region;
  std::string function;
  std::string name;
  std::int64_t version = 0;
  std::string description;
  std::optional<std::int64_t> other;  ///< gets `weight` of the requests
  double weight = 0;
  std::string revision;
};

/// `drawn` is uniform in [0, 1).
std::int64_t version_for(const AliasRecord& alias, double drawn);
wire::Alias shown(const AliasRecord& alias);

Result<std::optional<AliasRecord>> find_alias(sqlite::Database& db, const std::string& region,
                                              const std::string& function, const std::string& name);
/// By name.
Result<std::vector<AliasRecord>> aliases_of(sqlite::Database& db, const std::string& region,
                                            const std::string& function);
Result<> put_alias(sqlite::Database& db, const AliasRecord& alias);
Result<> delete_alias(sqlite::Database& db, const std::string& region, const std::string& function,
                      const std::string& name);

}  // namespace lamella::endpoint
