// SPDX-License-Identifier: Apache-2.0
#include "package/segment_record.h"

#include "document/json.h"

namespace lamella::package {

using document::Value;

namespace {

constexpr int kSchema = 2;

std::uint64_t count(const Value& value, std::string_view key) {
  return static_cast<std::uint64_t>(value.integer(key));
}

Value counts_to_value(const std::map<std::string, Dropped>& counts) {
  Value out = Value::object();
  for (const auto& [name, what] : counts) {
    out.set(name, Value::object({{"files", what.files}, {"bytes", what.bytes}}));
  }
  return out;
}

std::map<std::string, Dropped> counts_from(const Value& value, std::string_view key) {
  std::map<std::string, Dropped> out;
  for (const auto& member : value.members(key)) {
    out[member.key] = {count(member.value, "files"), count(member.value, "bytes")};
  }
  return out;
}

}  // namespace

store::ActionRecord to_action(const SegmentRecord& record) {
  Value stripped = Value::object();
  for (const auto& [path, bytes] : record.stripped) stripped.set(path, bytes);
  const Value value = Value::object({{"schema", kSchema},
                                     {"distribution", record.distribution},
                                     {"version", record.version},
                                     {"wheel_bytes", record.wheel_bytes},
                                     {"wheel_zipped_bytes", record.wheel_zipped_bytes},
                                     {"unzipped_bytes", record.unzipped_bytes},
                                     {"zipped_bytes", record.zipped_bytes},
                                     {"entries", record.entries},
                                     {"stripped_bytes", record.stripped_bytes},
                                     {"bytecode_bytes", record.bytecode_bytes},
                                     {"source_bytes", record.source_bytes},
                                     {"dropped", counts_to_value(record.dropped)},
                                     {"kept", counts_to_value(record.kept)},
                                     {"stripped", std::move(stripped)}});
  return {.kind = "segment", .value = document::render_json(value), .outputs = {record.blob}};
}

Result<SegmentRecord> from_action(const store::ActionRecord& action) {
  LAMELLA_TRY_ASSIGN(const Value value, document::parse_json(action.value, "segment record"));
  if (action.kind != "segment" || value.integer("schema") != kSchema || action.outputs.size() != 1) {
    return Error(ErrorCode::kCorrupt, "a cached record is not a segment's");
  }
  SegmentRecord record{.blob = action.outputs.front(),
                       .distribution = value.text("distribution"),
                       .version = value.text("version"),
                       .wheel_bytes = count(value, "wheel_bytes"),
                       .wheel_zipped_bytes = count(value, "wheel_zipped_bytes"),
                       .unzipped_bytes = count(value, "unzipped_bytes"),
                       .zipped_bytes = count(value, "zipped_bytes"),
                       .entries = count(value, "entries"),
                       .stripped_bytes = count(value, "stripped_bytes"),
                       .bytecode_bytes = count(value, "bytecode_bytes"),
                       .source_bytes = count(value, "source_bytes"),
                       .dropped = counts_from(value, "dropped"),
                       .kept = counts_from(value, "kept"),
                       .stripped = {}};
  for (const auto& member : value.members("stripped")) {
    record.stripped[member.key] = static_cast<std::uint64_t>(member.value.as_integer().value_or(0));
  }
  return record;
}

}  // namespace lamella::package
