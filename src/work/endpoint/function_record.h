// SPDX-License-Identifier: Apache-2.0
//
// Functions, their versions and what those are made of, as rows; and what a version's state is at a moment.
//
//   create: Pending until ready_at, then Active        update: InProgress until ready_at, then Successful
//
// The revision id of the second half is derived from that of the first, so a reader after a kill sees what a
// reader before it would have seen.  Database functions are called under State's lock.
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

/// What a function version is made of.
struct Snapshot {
  std::int64_t id = 0;
  /// Without version, revision, state and last_modified; function_arn is the unqualified one.
  wire::FunctionConfiguration configuration;
  Digest blob;
  std::int64_t unzipped = 0;
  std::vector<Digest> layers;  ///< merge order, as configuration.layers
};

enum class Transition { kNone, kCreate, kUpdate };

inline constexpr std::int64_t kLatest = 0;

struct FunctionRecord {
  std::string region;
  std::string name;
  std::int64_t version = kLatest;
  Snapshot snapshot;
  std::optional<std::int64_t> previous;    ///< the snapshot that serves while an update is in progress
  std::optional<std::string> description;  ///< a published version's own
  Transition transition = Transition::kNone;
  wire::Instant ready_at{};
  std::string revision;  ///< see revision_at
  wire::Instant modified{};
};

/// "$LATEST" or the number.
std::string version_text(std::int64_t version);
/// The inverse; nullopt for what is neither (an alias).
std::optional<std::int64_t> version_number(const std::string& text);

bool in_transition(const FunctionRecord& record, wire::Instant now);
std::string revision_at(const FunctionRecord& record, wire::Instant now);
/// Begins a transition with a new revision id.
void begin(FunctionRecord& record, Transition transition, wire::Instant now, std::chrono::milliseconds takes,
           std::string revision);

enum class Detail {
  kFull,
  kListed,  ///< ListFunctions and ListVersionsByFunction tell no states
};
/// As the service shows it; `qualifier` is what the ARN ends with, "" for none.
wire::FunctionConfiguration shown(const FunctionRecord& record, const std::string& qualifier,
                                  wire::Instant now, Detail detail = Detail::kFull);

Result<std::optional<FunctionRecord>> find_function(sqlite::Database& db, const std::string& region,
                                                    const std::string& name, std::int64_t version);
/// $LATEST first, then ascending.
Result<std::vector<FunctionRecord>> function_versions(sqlite::Database& db, const std::string& region,
                                                      const std::string& name);
/// $LATEST of every function, by name.
Result<std::vector<FunctionRecord>> functions_of(sqlite::Database& db, const std::string& region);
Result<Snapshot> read_snapshot(sqlite::Database& db, std::int64_t id);

/// Stores the record, and its snapshot unless one with the same content is there; sets snapshot.id.
Result<> put_function(sqlite::Database& db, FunctionRecord& record);
Result<> delete_version(sqlite::Database& db, const FunctionRecord& record);
/// With its versions and aliases.
Result<> delete_function(sqlite::Database& db, const std::string& region, const std::string& name);

/// Makes or revives the function itself.
Result<> put_function_name(sqlite::Database& db, const std::string& region, const std::string& name,
                           const std::optional<wire::StringMap>& tags);
Result<wire::StringMap> function_tags(sqlite::Database& db, const std::string& region,
                                      const std::string& name);
/// The next number, never given before.
Result<std::int64_t> take_version_number(sqlite::Database& db, const std::string& region,
                                         const std::string& name);
/// The newest published version.
Result<std::optional<FunctionRecord>> last_published(sqlite::Database& db, const std::string& region,
                                                     const std::string& name);

}  // namespace lamella::endpoint
