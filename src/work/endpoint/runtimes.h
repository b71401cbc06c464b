// SPDX-License-Identifier: Apache-2.0
//
// Which runtimes and architectures the endpoint takes, and the file trees they run in, each made once.
#pragma once

#include <map>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "endpoint/endpoint.h"
#include "sandbox/runtime_root.h"

namespace lamella::endpoint {

std::span<const std::string_view> known_runtimes();
std::span<const std::string_view> known_architectures();

/// Threads: any; a root is made by the first that asks, the others wait.
class RuntimeRoots {
 public:
  explicit RuntimeRoots(const EndpointOptions& options) : options_(options) {}

  /// Errors: tool-missing, io, usage (no such runtime on this machine).
  Result<sandbox::RuntimeRoot> root_of(const std::string& runtime, const std::string& architecture);

 private:
  const EndpointOptions& options_;
  std::mutex mutex_;
  std::map<std::pair<std::string, std::string>, sandbox::RuntimeRoot> roots_;  // guarded by mutex_
};

}  // namespace lamella::endpoint
