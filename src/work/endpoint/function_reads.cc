// SPDX-License-Identifier: Apache-2.0
#include <array>

#include "endpoint/blobs.h"
#include "endpoint/constraints.h"
#include "endpoint/lookup.h"
#include "endpoint/names.h"
#include "endpoint/operations.h"
#include "endpoint/page.h"
#include "model/arn.h"
#include "wire/messages.h"
#include "wire/service_error.h"

namespace lamella::endpoint {
namespace {

constexpr PageLimits kPages{10'000, 50};

}  // namespace

Result<wire::HttpResponse> get_function(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  wire::Function out;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(const Found found, find_qualified(db, call, reference));
    out.configuration = shown(found.record, reference.qualifier, call.now);
    out.code.location = blob_url(service, call, found.record.snapshot.blob);
    if (!reference.qualifier.empty()) return {};
    LAMELLA_TRY_ASSIGN(auto tags, function_tags(db, call.region, reference.name));
    if (!tags.empty()) out.tags = std::move(tags);
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  return answer(call, wire::render(out));
}

Result<wire::HttpResponse> get_function_configuration(Service& service, const Call& call) {
  LAMELLA_TRY_ASSIGN(const auto reference, function_of(call));
  LAMELLA_TRY_ASSIGN(const Found found, service.state.read([&](sqlite::Database& db) {
    return find_qualified(db, call, reference);
  }));
  return answer(call, wire::render(shown(found.record, reference.qualifier, call.now)));
}

Result<wire::HttpResponse> list_functions(Service& service, const Call& call) {
  const auto wanted = call.route.member("FunctionVersion");
  if (wanted) {
    constexpr std::array<std::string_view, 1> kAll = {"ALL"};
    Constraints constraints;
    constraints.one_of("functionVersion", *wanted, kAll);
    LAMELLA_TRY(constraints.verdict());
  }
  wire::FunctionPage page;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto latest, functions_of(db, call.region));
    for (const auto& function : latest) {
      if (!wanted) {
        page.functions.push_back(shown(function, "", call.now, Detail::kListed));
        continue;
      }
      LAMELLA_TRY_ASSIGN(const auto versions, function_versions(db, call.region, function.name));
      for (const auto& one : versions) {
        page.functions.push_back(shown(one, version_text(one.version), call.now, Detail::kListed));
      }
    }
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  LAMELLA_TRY_ASSIGN(page.next_marker, cut_page(page.functions, call, kPages));
  return answer(call, wire::render(page));
}

Result<wire::HttpResponse> list_tags(Service& service, const Call& call) {
  const std::string& text = call.route.label("Resource");
  const auto arn = model::parse_function_arn(text);
  if (!arn || !arn->qualifier.empty()) {
    return wire::validation_error(
        text, "resource",
        Constraints::pattern_text("arn:(aws[a-zA-Z-]*):lambda:[a-z0-9-]+:\\d{12}:"
                                  "(function:[a-zA-Z0-9-_]+|layer:[a-zA-Z0-9-_]+)"));
  }
  wire::TagList list;
  const auto read = [&](sqlite::Database& db) -> Result<> {
    LAMELLA_TRY(latest_of(db, call, arn->name));
    LAMELLA_TRY_ASSIGN(list.tags, function_tags(db, call.region, arn->name));
    return {};
  };
  LAMELLA_TRY(service.state.read(read));
  return answer(call, wire::render(list));
}

}  // namespace lamella::endpoint
