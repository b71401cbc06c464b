// SPDX-License-Identifier: Apache-2.0
#include "endpoint/serve_record.h"

#include "document/json.h"
#include "os/file.h"
#include "os/lock.h"

namespace lamella::endpoint {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr int kSchema = 1;

fs::path place_of(const fs::path& state_dir) { return state_dir / "serve.json"; }

}  // namespace

fs::path serve_lock(const fs::path& state_dir) { return state_dir / "lock"; }

Result<std::optional<ServeRecord>> running_host(const fs::path& state_dir) {
  LAMELLA_TRY_ASSIGN(const auto text, os::read_file_if_present(place_of(state_dir)));
  if (!text) return std::nullopt;
  LAMELLA_TRY_ASSIGN(const auto free, os::FileLock::try_lock(serve_lock(state_dir), os::LockMode::kShared));
  if (free) return std::nullopt;
  const auto value = document::parse_json(*text, place_of(state_dir).string());
  if (!value || value->integer("schema") != kSchema) return std::nullopt;
  const std::int64_t port = value->integer("port");
  if (port < 1 || port > 65'535) return std::nullopt;
  return ServeRecord{static_cast<int>(value->integer("pid")), static_cast<std::uint16_t>(port),
                     value->text("url"), value->text("started")};
}

Result<> write_serve_record(const fs::path& state_dir, const ServeRecord& record) {
  const Value value = Value::object({{"schema", kSchema},
                                     {"pid", record.pid},
                                     {"port", record.port},
                                     {"url", record.url},
                                     {"started", record.started}});
  return os::write_file_atomic(place_of(state_dir), document::render_json(value, 2) + "\n");
}

Result<> remove_serve_record(const fs::path& state_dir) { return os::remove_path(place_of(state_dir)); }

}  // namespace lamella::endpoint
