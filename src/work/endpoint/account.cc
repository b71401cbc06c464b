// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include "endpoint/credentials.h"
#include "endpoint/operations.h"
#include "wire/sts.h"

namespace lamella::endpoint {

Result<wire::HttpResponse> get_account_settings(Service& service, const Call& call) {
  wire::AccountSettings settings;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(
        const auto functions,
        db.query_one("SELECT COUNT(*) FROM function_version WHERE region = ? AND version = 0", call.region));
    LAMELLA_TRY_ASSIGN(
        const auto layers,
        db.query_one("SELECT TOTAL(size) FROM layer_version WHERE region = ? AND deleted = 0", call.region));
    LAMELLA_TRY_ASSIGN(
        const auto code,
        db.query_one("SELECT TOTAL(json_extract(s.configuration, '$.CodeSize')) FROM function_version v "
                     "JOIN snapshot s ON s.id = v.snapshot WHERE v.region = ?",
                     call.region));
    settings.account_usage.function_count = functions->integer(0);
    settings.account_usage.total_code_size = layers->integer(0) + code->integer(0);
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  const auto limit = static_cast<std::int64_t>(service.options.max_concurrency);
  settings.account_limit.concurrent_executions = limit;
  settings.account_limit.unreserved_concurrent_executions = limit;
  return answer(call, wire::render(settings));
}

Result<wire::HttpResponse> get_caller_identity(Service& service, const Call& call) {
  const wire::CallerIdentity identity{
      service.options.credentials.access_key_id, std::string(kAccount),
      fmt::format("arn:{}:iam::{}:user/lamella", wire::partition_of(call.region), kAccount)};
  return wire::render_caller_identity(identity, call.request_id);
}

}  // namespace lamella::endpoint
