// SPDX-License-Identifier: Apache-2.0
#include "package/segment_record.h"

#include <array>
#include <string_view>
#include <utility>

#include "document/json.h"

namespace lamella::package {

using document::Value;

namespace {

constexpr int kSchema = 2;

constexpr std::array<std::pair<std::string_view, std::uint64_t SegmentRecord::*>, 8> kCounts = {{
    {"wheel_bytes", &SegmentRecord::wheel_bytes},
    {"wheel_zipped_bytes", &SegmentRecord::wheel_zipped_bytes},
    {"unzipped_bytes", &SegmentRecord::unzipped_bytes},
    {"zipped_bytes", &SegmentRecord::zipped_bytes},
    {"entries", &SegmentRecord::entries},
    {"stripped_bytes", &SegmentRecord::stripped_bytes},
    {"bytecode_bytes", &SegmentRecord::bytecode_bytes},
    {"source_bytes", &SegmentRecord::source_bytes},
}};

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

Value to_value(const SegmentRecord& record) {
  Value value = Value::object({{"distribution", record.distribution}});
  if (!record.version.empty()) value.set("version", record.version);
  for (const auto& [key, member] : kCounts) {
    if (record.*member != 0) value.set(std::string(key), record.*member);
  }
  if (!record.dropped.empty()) value.set("dropped", counts_to_value(record.dropped));
  if (!record.kept.empty()) value.set("kept", counts_to_value(record.kept));
  if (!record.stripped.empty()) {
    Value& stripped = value.set("stripped", Value::object());
    for (const auto& [path, bytes] : record.stripped) stripped.set(path, bytes);
  }
  return value;
}

SegmentRecord segment_from_value(const Value& value, const Digest& blob) {
  SegmentRecord record;
  record.blob = blob;
  record.distribution = value.text("distribution");
  record.version = value.text("version");
  for (const auto& [key, member] : kCounts) record.*member = count(value, key);
  record.dropped = counts_from(value, "dropped");
  record.kept = counts_from(value, "kept");
  for (const auto& member : value.members("stripped")) {
    record.stripped[member.key] = static_cast<std::uint64_t>(member.value.as_integer().value_or(0));
  }
  return record;
}

store::ActionRecord to_action(const SegmentRecord& record) {
  Value value = to_value(record);
  value.set("schema", kSchema);
  return {.kind = "segment", .value = document::render_json(value), .outputs = {record.blob}};
}

Result<SegmentRecord> from_action(const store::ActionRecord& action) {
  LAMELLA_TRY_ASSIGN(const Value value, document::parse_json(action.value, "segment record"));
  if (action.kind != "segment" || value.integer("schema") != kSchema || action.outputs.size() != 1) {
    return Error(ErrorCode::kCorrupt, "a cached record is not a segment's");
  }
  return segment_from_value(value, action.outputs.front());
}

}  // namespace lamella::package
