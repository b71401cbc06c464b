// SPDX-License-Identifier: Apache-2.0
//
// The operations, one function each (service.h: Operate), grouped by the file they are in.
#pragma once

#include "endpoint/service.h"

namespace lamella::endpoint {

// layers.cc
Result<wire::HttpResponse> publish_layer_version(Service& service, const Call& call);
Result<wire::HttpResponse> get_layer_version(Service& service, const Call& call);
Result<wire::HttpResponse> get_layer_version_by_arn(Service& service, const Call& call);
Result<wire::HttpResponse> list_layers(Service& service, const Call& call);
Result<wire::HttpResponse> list_layer_versions(Service& service, const Call& call);
Result<wire::HttpResponse> delete_layer_version(Service& service, const Call& call);

// functions.cc
Result<wire::HttpResponse> create_function(Service& service, const Call& call);
Result<wire::HttpResponse> update_function_code(Service& service, const Call& call);
Result<wire::HttpResponse> update_function_configuration(Service& service, const Call& call);

// function_reads.cc
Result<wire::HttpResponse> get_function(Service& service, const Call& call);
Result<wire::HttpResponse> get_function_configuration(Service& service, const Call& call);
Result<wire::HttpResponse> list_functions(Service& service, const Call& call);
Result<wire::HttpResponse> list_tags(Service& service, const Call& call);

// versions.cc
Result<wire::HttpResponse> publish_version(Service& service, const Call& call);
Result<wire::HttpResponse> list_versions_by_function(Service& service, const Call& call);
Result<wire::HttpResponse> delete_function_operation(Service& service, const Call& call);

// aliases.cc
Result<wire::HttpResponse> create_alias(Service& service, const Call& call);
Result<wire::HttpResponse> update_alias(Service& service, const Call& call);
Result<wire::HttpResponse> get_alias(Service& service, const Call& call);
Result<wire::HttpResponse> list_aliases(Service& service, const Call& call);
Result<wire::HttpResponse> delete_alias_operation(Service& service, const Call& call);

// account.cc
Result<wire::HttpResponse> get_account_settings(Service& service, const Call& call);
Result<wire::HttpResponse> get_caller_identity(Service& service, const Call& call);

// defaults.cc: what holds for every function, because nothing here can change it
Result<wire::HttpResponse> no_code_signing(Service& service, const Call& call);
Result<wire::HttpResponse> no_recursion_config(Service& service, const Call& call);
Result<wire::HttpResponse> no_runtime_management(Service& service, const Call& call);
Result<wire::HttpResponse> no_function_url(Service& service, const Call& call);
Result<wire::HttpResponse> no_event_invoke_config(Service& service, const Call& call);
Result<wire::HttpResponse> no_reserved_concurrency(Service& service, const Call& call);
Result<wire::HttpResponse> no_provisioned_concurrency(Service& service, const Call& call);

// logs.cc
Result<wire::HttpResponse> filter_log_events(Service& service, const Call& call);

}  // namespace lamella::endpoint
