// SPDX-License-Identifier: Apache-2.0
//
// The tables of state.db and logs.db.  Scripts are only ever appended; sqlite::Database::migrate counts them.
#pragma once

#include <span>
#include <string_view>

namespace lamella::endpoint {

std::span<const std::string_view> state_migrations();
std::span<const std::string_view> log_migrations();

}  // namespace lamella::endpoint
