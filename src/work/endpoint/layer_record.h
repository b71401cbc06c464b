// SPDX-License-Identifier: Apache-2.0
//
// Layer versions as rows.  Functions take a database under State's lock.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/digest.h"
#include "base/result.h"
#include "sqlite/database.h"
#include "wire/lambda_shapes.h"

namespace lamella::endpoint {

struct LayerRecord {
  std::string region;
  std::string name;
  std::int64_t version = 0;
  Digest blob;
  std::int64_t size = 0;
  std::int64_t unzipped = 0;
  std::string description;
  std::optional<std::string> license;
  std::optional<wire::Strings> runtimes;
  std::optional<wire::Strings> architectures;
  wire::Instant created{};
};

enum class Deleted { kHidden, kShown };

Result<std::optional<LayerRecord>> find_layer(sqlite::Database& db, const std::string& region,
                                              const std::string& name, std::int64_t version, Deleted deleted);
/// Newest first.
Result<std::vector<LayerRecord>> layer_versions(sqlite::Database& db, const std::string& region,
                                                const std::string& name);
/// The names of layers that have a version, sorted.
Result<std::vector<std::string>> layer_names(sqlite::Database& db, const std::string& region);
/// Gives the record its number and stores it.
Result<> add_layer(sqlite::Database& db, LayerRecord& record);
Result<> delete_layer(sqlite::Database& db, const std::string& region, const std::string& name,
                      std::int64_t version);

std::string layer_arn(const LayerRecord& record);
std::string layer_version_arn(const LayerRecord& record);
/// As listed: without content.
wire::LayerVersion listed(const LayerRecord& record);

/// Lists of plain words as one text, and back.
std::string join_words(const std::vector<std::string>& words);
std::vector<std::string> split_words(const std::string& text);

}  // namespace lamella::endpoint
