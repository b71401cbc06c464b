// SPDX-License-Identifier: Apache-2.0
//
// Warnings about runtimes that the service stops: for verbs that look ahead.
#pragma once

#include "commands/session.h"
#include "document/value.h"

namespace lamella::commands {

/// Emits one warning a runtime and adds "deprecated_runtimes": [{"runtime", "deprecated", "create_blocked",
/// "update_blocked", "source", "source_read", "used_by": [...]}] to `record` when there is one.
void warn_of_deprecated_runtimes(const Session& session, document::Value& record);

}  // namespace lamella::commands
