// SPDX-License-Identifier: Apache-2.0
#include "build/external_lock.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/tree_text.h"
#include "build/lock_text.h"
#include "document/toml.h"
#include "model/arn.h"

namespace lamella::build {

using document::Value;

namespace {

constexpr LockKind kKind{kExternalSchema, "the lock of external layers", "delete it and run `lamella lock`"};

Result<ExternalLayer> read_row(const Value& row) {
  const auto arn = model::parse_layer_version_arn(row.text("arn"));
  if (!arn) return Error(arn.error()).at(row.position());
  const auto sha256 = Digest::from_hex(row.text("sha256"));
  if (!sha256) return Error(ErrorCode::kUsage, "this row has no sha256").at(row.position());
  return ExternalLayer{row.text("arn"),
                       *sha256,
                       static_cast<std::uint64_t>(std::max<std::int64_t>(0, row.integer("bytes"))),
                       sorted_texts(row, "runtimes"),
                       sorted_texts(row, "architectures"),
                       row.text("licence")};
}

}  // namespace

Result<ExternalLock> parse_external_lock(std::string_view text, std::string_view file) {
  LAMELLA_TRY_ASSIGN(const Value document, parse_lock_text(text, file, kKind));
  ExternalLock lock;
  for (const auto& one : document.members("layers")) {
    auto row = read_row(one.value);
    if (!row) return Error(std::move(row).error()).while_doing(fmt::format("reading {}", file));
    lock.emplace(one.key, *std::move(row));
  }
  return lock;
}

std::string render_external_lock(const ExternalLock& lock) {
  Value layers = Value::object({});
  for (const auto& [name, one] : lock) {
    Value& row = layers.set(name, Value::object({{"arn", one.arn},
                                                 {"sha256", one.sha256.hex()},
                                                 {"bytes", one.bytes},
                                                 {"runtimes", Value::array_of(one.runtimes)},
                                                 {"architectures", Value::array_of(one.architectures)}}));
    if (!one.licence.empty()) row.set("licence", one.licence);
  }
  const Value document = Value::object({{"schema", kExternalSchema}, {"layers", std::move(layers)}});
  return "# Written by lamella: published layer versions, by the digest of their bytes.\n" +
         document::render_toml(document);
}

Result<ExternalLock> load_external_lock(const base::FileTree& tree) {
  LAMELLA_TRY_ASSIGN(const auto text, base::read_text(tree, kExternalLockPath));
  if (!text) return ExternalLock();
  return parse_external_lock(*text, kExternalLockPath);
}

Result<const ExternalLayer*> external_of(const ExternalLock& lock, const model::Layer& layer) {
  const auto found = lock.find(layer.name);
  if (found != lock.end() && found->second.arn == layer.arn->text) return &found->second;
  const bool none = found == lock.end();
  return Error(ErrorCode::kUsage, none ? "the lock was never made" : "the lock is not up to date")
      .at(std::string(kExternalLockPath))
      .because(
          none ? fmt::format("it holds the digest of {}", layer.arn->text)
               : fmt::format("it has {}, layer {} is {} now", found->second.arn, layer.name, layer.arn->text))
      .remedy("run `lamella lock`");
}

}  // namespace lamella::build
