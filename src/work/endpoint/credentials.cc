// SPDX-License-Identifier: Apache-2.0
#include "endpoint/credentials.h"

#include <chrono>

#include "document/json.h"
#include "os/file.h"
#include "os/lock.h"

namespace lamella::endpoint {
namespace {

namespace fs = std::filesystem;
using document::Value;

constexpr int kSchema = 1;

Error damaged(const fs::path& path, std::string why) {
  return Error(ErrorCode::kCorrupt, "the local credentials cannot be read")
      .at(path.string())
      .because(std::move(why))
      .remedy("remove the file; new credentials are made at the next start");
}

Result<LocalCredentials> parse(const std::string& text, const fs::path& path) {
  const auto value = document::parse_json(text, path.string());
  if (!value) return damaged(path, value.error().what());
  if (value->integer("schema") != kSchema) return damaged(path, "its schema is unknown to this version");
  LocalCredentials keys{value->text("access_key_id"), Secret(value->text("secret_access_key"))};
  if (keys.access_key_id.empty() || keys.secret_access_key.empty()) return damaged(path, "a key is missing");
  return keys;
}

}  // namespace

Result<LocalCredentials> local_credentials(const fs::path& folder, os::Random& random) {
  const fs::path path = folder / "credentials.json";
  LAMELLA_TRY_ASSIGN(const auto early, os::read_file_if_present(path));
  if (early) return parse(*early, path);
  LAMELLA_TRY(os::make_directories(folder));
  LAMELLA_TRY_ASSIGN(const auto lock,
                     os::FileLock::wait(folder / "lock", os::LockMode::kExclusive, std::chrono::seconds(10)));
  LAMELLA_TRY_ASSIGN(const auto text, os::read_file_if_present(path));
  if (text) return parse(*text, path);
  const LocalCredentials keys{"LAMELLA" + random.hex(8), Secret(random.hex(20))};
  const Value value = Value::object({{"schema", kSchema},
                                     {"access_key_id", keys.access_key_id},
                                     {"secret_access_key", keys.secret_access_key.reveal()}});
  LAMELLA_TRY(
      os::write_file_atomic(path, document::render_json(value, 2) + "\n", os::Durability::kFsync, 0600));
  return keys;
}

}  // namespace lamella::endpoint
