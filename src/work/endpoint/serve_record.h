// SPDX-License-Identifier: Apache-2.0
//
// Who serves a state directory, and where: <state_dir>/serve.json, format "serve", beside the lock file.  It
// is written when the endpoint is ready and removed when it stops; the lock tells whether what it says is
// true.
//
//   LAMELLA_TRY_ASSIGN(const auto host, endpoint::running_host(state_dir));
//   if (host) use(host->url);
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "base/result.h"

namespace lamella::endpoint {

struct ServeRecord {
  int pid = 0;
  std::uint16_t port = 0;
  std::string url;      ///< "http://127.0.0.1:4566"
  std::string started;  ///< RFC 3339
};

/// The host that serves `state_dir` now and is ready; nullopt if there is none.
Result<std::optional<ServeRecord>> running_host(const std::filesystem::path& state_dir);

Result<> write_serve_record(const std::filesystem::path& state_dir, const ServeRecord& record);
Result<> remove_serve_record(const std::filesystem::path& state_dir);
/// The lock whose holder is the host.
std::filesystem::path serve_lock(const std::filesystem::path& state_dir);

}  // namespace lamella::endpoint
