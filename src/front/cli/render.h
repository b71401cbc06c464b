// SPDX-License-Identifier: Apache-2.0
//
// Records as people read them: one function a verb.  Pure; golden tests in cli/render_test.cc.
// A member that a record lacks is left out, never an error.
#pragma once

#include "cli/dispatch.h"
#include "cli/terminal.h"
#include "document/value.h"

namespace lamella::cli {

Text render_lock(const document::Value& record, const Given& given, const Style& style);
Text render_init(const document::Value& record, const Given& given, const Style& style);
Text render_build(const document::Value& record, const Given& given, const Style& style);
Text render_check(const document::Value& record, const Given& given, const Style& style);
Text render_test(const document::Value& record, const Given& given, const Style& style);
Text render_size(const document::Value& record, const Given& given, const Style& style);
/// Of a comparison: what `size --diff` gives.
Text render_size_diff(const document::Value& record, const Given& given, const Style& style);
Text render_outdated(const document::Value& record, const Given& given, const Style& style);
Text render_trace(const document::Value& record, const Given& given, const Style& style);
Text render_doctor(const document::Value& record, const Given& given, const Style& style);
Text render_cache_ls(const document::Value& record, const Given& given, const Style& style);
Text render_cache_verify(const document::Value& record, const Given& given, const Style& style);
Text render_cache_prune(const document::Value& record, const Given& given, const Style& style);
Text render_affected(const document::Value& record, const Given& given, const Style& style);
Text render_graph(const document::Value& record, const Given& given, const Style& style);
Text render_explain(const document::Value& record, const Given& given, const Style& style);
Text render_plan(const document::Value& record, const Given& given, const Style& style);
Text render_deploy(const document::Value& record, const Given& given, const Style& style);
Text render_prune(const document::Value& record, const Given& given, const Style& style);
Text render_up(const document::Value& record, const Given& given, const Style& style);
Text render_status(const document::Value& record, const Given& given, const Style& style);
Text render_history(const document::Value& record, const Given& given, const Style& style);
Text render_invoke(const document::Value& record, const Given& given, const Style& style);
Text render_logs(const document::Value& record, const Given& given, const Style& style);
Text render_local_env(const document::Value& record, const Given& given, const Style& style);
/// For a verb that has said all while it ran.
Text render_nothing(const document::Value& record, const Given& given, const Style& style);

}  // namespace lamella::cli
