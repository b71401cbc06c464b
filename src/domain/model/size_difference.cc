// SPDX-License-Identifier: Apache-2.0
#include "model/size_difference.h"

#include <algorithm>
#include <map>

#include "model/file_type.h"

namespace lamella::model {
namespace {

using document::Value;

/// One row on both sides; nullopt where a side has none.
struct Pair {
  std::optional<std::uint64_t> before;
  std::optional<std::uint64_t> after;
  std::optional<std::string> from;
  std::optional<std::string> to;

  std::int64_t growth() const {
    return static_cast<std::int64_t>(after.value_or(0)) - static_cast<std::int64_t>(before.value_or(0));
  }
  bool differs() const { return before != after || from != to; }
};
using Pairs = std::map<std::string, Pair>;

template <class T>
Value or_null(const std::optional<T>& value) {
  return value ? Value(*value) : Value();
}

/// What grew most first; those that shrank last.
std::vector<std::pair<std::string, Pair>> by_growth(const Pairs& pairs) {
  std::vector<std::pair<std::string, Pair>> rows;
  for (const auto& row : pairs) {
    if (row.second.differs()) rows.push_back(row);
  }
  std::stable_sort(rows.begin(), rows.end(),
                   [](const auto& a, const auto& b) { return a.second.growth() > b.second.growth(); });
  return rows;
}

Value packages_record(const Weighed* before, const Weighed* after) {
  Pairs pairs;
  for (const Weighed* side : {before, after}) {
    if (side == nullptr) continue;
    if (!side->packages) return {};
    for (const PackageShare& package : *side->packages) {
      Pair& pair = pairs[package.name];
      (side == before ? pair.before : pair.after) = package.bytes;
      (side == before ? pair.from : pair.to) = package.version;
    }
  }
  Value list = Value::array();
  for (const auto& [name, pair] : by_growth(pairs)) {
    list.push_back(Value::object({{"name", name},
                                  {"from", or_null(pair.from)},
                                  {"to", or_null(pair.to)},
                                  {"before_bytes", or_null(pair.before)},
                                  {"after_bytes", or_null(pair.after)}}));
  }
  return list;
}

Value types_record(const Weighed* before, const Weighed* after) {
  Pairs pairs;
  for (const Weighed* side : {before, after}) {
    if (side == nullptr) continue;
    for (const WeighedFile& file : side->files) {
      Pair& pair = pairs[std::string(file_type(file.path))];
      auto& sum = side == before ? pair.before : pair.after;
      sum = sum.value_or(0) + file.bytes;
    }
  }
  Value list = Value::array();
  for (const auto& [type, pair] : by_growth(pairs)) {
    list.push_back(Value::object(
        {{"type", type}, {"before_bytes", or_null(pair.before)}, {"after_bytes", or_null(pair.after)}}));
  }
  return list;
}

Value files_record(const Weighed* before, const Weighed* after) {
  Pairs pairs;
  for (const Weighed* side : {before, after}) {
    if (side == nullptr) continue;
    for (const WeighedFile& file : side->files) {
      Pair& pair = pairs[file.path];
      (side == before ? pair.before : pair.after) = file.bytes;
    }
  }
  Value list = Value::array();
  for (const auto& [path, pair] : by_growth(pairs)) {
    list.push_back(Value::object({{"path", path},
                                  {"type", file_type(path)},
                                  {"before_bytes", or_null(pair.before)},
                                  {"after_bytes", or_null(pair.after)}}));
  }
  return list;
}

Value side_record(const Weighed* side) {
  if (side == nullptr) return {};
  return Value::object({{"sha256", side->sha256.hex()},
                        {"zipped_bytes", side->sizes.zipped},
                        {"unzipped_bytes", side->sizes.unzipped}});
}

Value difference(const Weighed* before, const Weighed* after) {
  const Weighed& named = after != nullptr ? *after : *before;
  const bool same = before != nullptr && after != nullptr && before->sha256 == after->sha256;
  const auto* change = before == nullptr  ? "new"
                       : after == nullptr ? "removed"
                       : same             ? "unchanged"
                                          : "changed";
  Value record = Value::object({{"kind", to_string(named.kind)},
                                {"name", named.name},
                                {"target", short_name(named.target)},
                                {"change", change},
                                {"before", side_record(before)},
                                {"after", side_record(after)}});
  record.set("packages", same ? Value::array() : packages_record(before, after));
  record.set("types", same ? Value::array() : types_record(before, after));
  record.set("files", same ? Value::array() : files_record(before, after));
  return record;
}

}  // namespace

const Weighed* find_weighed(const std::vector<Weighed>& side, ArtifactKind kind, std::string_view name,
                            const Target& target) {
  const auto found = std::find_if(side.begin(), side.end(), [&](const Weighed& one) {
    return one.kind == kind && one.name == name && one.target == target;
  });
  return found == side.end() ? nullptr : &*found;
}

Value size_differences(const std::vector<Weighed>& before, const std::vector<Weighed>& after) {
  Value list = Value::array();
  for (const Weighed& one : after)
    list.push_back(difference(find_weighed(before, one.kind, one.name, one.target), &one));
  for (const Weighed& one : before) {
    if (find_weighed(after, one.kind, one.name, one.target) == nullptr)
      list.push_back(difference(&one, nullptr));
  }
  return list;
}

}  // namespace lamella::model
