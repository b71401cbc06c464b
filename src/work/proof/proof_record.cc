// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "base/suggest.h"
#include "crypto/key_builder.h"
#include "document/json.h"
#include "proof/proof.h"

namespace lamella::proof {

using document::Value;

namespace {

constexpr int kSchema = 1;

Value modules_to_value(const std::vector<TracedModule>& modules) {
  Value out = Value::array();
  for (const TracedModule& module : modules) {
    Value& one = out.push_back(Value::object({{"file", module.file}, {"bytecode", module.bytecode}}));
    if (module.compile_us > 0) one.set("compile_us", module.compile_us);
  }
  return out;
}

std::vector<TracedModule> modules_from(const document::Array& items) {
  std::vector<TracedModule> out;
  out.reserve(items.size());
  for (const Value& item : items)
    out.push_back({item.text("file"), item.boolean("bytecode"),
                   static_cast<std::uint64_t>(item.integer("compile_us"))});
  return out;
}

void add_check(crypto::KeyBuilder& key, const model::Check& check) {
  key.add("check", check.name);
  if (const auto* event = std::get_if<model::EventCheck>(&check.what)) {
    if (const auto* inline_event = std::get_if<Value>(&event->event)) {
      key.add("event", document::canonical_json(*inline_event));
    }
    const model::Expectation& expect = event->expect;
    key.add("path", expect.path ? model::to_string(*expect.path) : "");
    key.add("equals", expect.equals ? document::canonical_json(*expect.equals) : "");
    key.add("exists", expect.exists ? (*expect.exists ? "yes" : "no") : "");
    key.add("matches", expect.matches.value_or("")).add("error", expect.error.value_or(""));
    key.add("below", expect.below ? fmt::format("{}", *expect.below) : "");
  }
  if (const auto* script = std::get_if<model::ScriptCheck>(&check.what)) key.add("script", script->path.text);
}

/// "functions/orders/app.py:7" of a detail that ends with "(/var/task/app.py:7)", or "".
std::string own_place(const Subject& subject, const std::string& detail) {
  constexpr std::string_view kTask = "(/var/task/";
  const auto begin = detail.rfind(kTask);
  const auto end = detail.find(')', begin);
  if (begin == std::string::npos || end == std::string::npos) return {};
  const std::string folder = subject.source.empty() ? "" : subject.source + "/";
  return folder + detail.substr(begin + kTask.size(), end - begin - kTask.size());
}

/// The error for a client whose service was left out of botocore, if that is what the detail tells.
std::optional<Error> missing_service(const Subject& subject, const std::string& detail) {
  constexpr std::string_view kSays = "Unknown service: '";
  const auto begin = detail.find(kSays);
  if (begin == std::string::npos || detail.find("UnknownServiceError") == std::string::npos)
    return std::nullopt;
  const auto end = detail.find('\'', begin + kSays.size());
  if (end == std::string::npos) return std::nullopt;
  const std::string service = detail.substr(begin + kSays.size(), end - begin - kSays.size());
  return Error(ErrorCode::kRejected,
               fmt::format("{} {} creates a client for '{}', which botocore does not have here",
                           to_string(subject.kind), subject.name, service))
      .at(own_place(subject, detail))
      .because("the `services` of the layer that ships botocore leave it out, or there is no such service")
      .remedy(fmt::format("add \"{}\" to `services` of that layer", service));
}

Error unknown_services(const Subject& subject, const std::vector<UnknownService>& unknown) {
  const UnknownService& first = unknown.front();
  const auto place = [&](const UnknownService& one) {
    const std::string own = own_place(subject, "(" + one.where + ")");
    return own.empty() ? one.where : own;
  };
  std::string why = fmt::format("`services` of what ships botocore keeps {}, or there is no such service",
                                fmt::join(subject.services, ", "));
  std::set<std::string> names;
  for (const UnknownService& one : unknown) {
    names.insert('"' + one.name + '"');
    if (&one == &first) continue;
    why += fmt::format("; it lacks '{}' too", one.name);
    if (!one.where.empty()) why += ", at " + place(one);
  }
  return Error(ErrorCode::kRejected,
               fmt::format("{} {} creates a client for '{}', which botocore does not have here",
                           to_string(subject.kind), subject.name, first.name))
      .at(place(first))
      .because(why)
      .remedy(fmt::format("add {} to `services` of that layer", fmt::join(names, ", ")));
}

}  // namespace

bool Proof::passed() const {
  return trouble.empty() && !handler_missing && unknown_services.empty() &&
         std::all_of(imports.begin(), imports.end(), [](const auto& result) { return result.ok; }) &&
         std::all_of(checks.begin(), checks.end(), [](const auto& result) { return result.passed; });
}

Digest proof_key(const Subject& subject, const std::string& root_identity) {
  crypto::KeyBuilder key("proof");
  key.add("epoch", kProofEpoch).add("kind", to_string(subject.kind)).add("name", subject.name);
  key.add("root", root_identity).add("layers", subject.layers.size());
  for (const Mounted& layer : subject.layers) key.add("layer", layer.sha256);
  key.add("function", subject.function ? subject.function->sha256 : Digest()).add("handler", subject.handler);
  key.add("imports", subject.imports.size());
  for (const std::string& name : subject.imports) key.add("import", name);
  key.add("libraries", subject.libraries.size());
  for (const std::string& path : subject.libraries) key.add("library", path);
  for (const std::string& name : subject.services) key.add("service", name);
  key.add("checks", subject.checks.size());
  for (const model::Check& check : subject.checks) add_check(key, check);
  key.add("files", subject.check_files.size());
  for (const Digest& file : subject.check_files) key.add("file", file);
  key.add("environment", subject.environment.size());
  for (const auto& [name, value] : subject.environment) key.add(name, value);
  key.add("memory", subject.memory_mb).add("timeout", subject.timeout.count());
  key.add("event timeout", subject.event_timeout.count());
  return key.finish();
}

Value to_value(const Proof& proof) {
  Value imports = Value::array();
  for (const ImportResult& result : proof.imports) {
    imports.push_back(Value::object({{"name", result.name},
                                     {"ok", result.ok},
                                     {"detail", result.detail},
                                     {"duration_us", static_cast<std::int64_t>(result.duration_ms * 1000)}}));
  }
  Value checks = Value::array();
  for (const model::CheckResult& result : proof.checks) checks.push_back(model::to_value(result));
  Value unloadable = Value::array();
  for (const Unloadable& one : proof.unloadable) {
    unloadable.push_back(Value::object({{"file", one.file}, {"why", one.why}}));
  }
  return Value::object({{"schema", kSchema},
                        {"imports", std::move(imports)},
                        {"checks", std::move(checks)},
                        {"unloadable", std::move(unloadable)},
                        {"start", modules_to_value(proof.start)},
                        {"modules", modules_to_value(proof.modules)}});
}

Result<Proof> proof_from_value(const Value& value) {
  if (value.integer("schema") != kSchema)
    return Error(ErrorCode::kCorrupt, "a cached proof has another schema");
  Proof proof;
  for (const Value& item : value.items("imports")) {
    proof.imports.push_back({item.text("name"), item.boolean("ok"), item.text("detail"),
                             static_cast<double>(item.integer("duration_us")) / 1000});
  }
  for (const Value& item : value.items("checks")) {
    proof.checks.push_back(
        {item.text("name"), item.boolean("passed"), item.text("detail"), item.integer("duration_ms")});
  }
  for (const Value& item : value.items("unloadable"))
    proof.unloadable.push_back({item.text("file"), item.text("why")});
  proof.start = modules_from(value.items("start"));
  proof.modules = modules_from(value.items("modules"));
  proof.reused = true;
  return proof;
}

Error no_handler_module(const Subject& subject, const std::vector<std::string>& instead) {
  const auto dot = subject.handler.rfind('.');
  const std::string module = subject.handler.substr(0, dot);
  std::string path = module;
  std::replace(path.begin(), path.end(), '.', '/');
  const std::string folder = subject.source.empty() ? "" : subject.source + "/";
  const auto near = base::nearest(module, instead);
  return Error(ErrorCode::kRefused,
               fmt::format("function {} has no module '{}' for its handler", subject.name, module))
      .at(subject.handler_position)
      .because(fmt::format(
          "functions.{}.handler is '{}', but there is neither {}{}.py nor {}{}/__init__.py, and no layer "
          "or requirement brings it",
          subject.name, subject.handler, folder, path, folder, path))
      .remedy(near ? fmt::format("did you mean '{}{}'?", *near, subject.handler.substr(dot))
                   : "create the file, or mend `handler`");
}

Error refusal(const Subject& subject, const Proof& proof) {
  const std::string noun = fmt::format("{} {}", to_string(subject.kind), subject.name);
  if (!proof.trouble.empty()) {
    return Error(ErrorCode::kRefused, fmt::format("{}: {}", noun, proof.trouble))
        .because(proof.output.empty() ? "it printed nothing" : "it printed: " + proof.output)
        .remedy(
            subject.kind == model::ArtifactKind::kFunction
                ? fmt::format("raise functions.{0}.memory or functions.{0}.timeout if that is what it needs",
                              subject.name)
                : "let its imports and checks do less");
  }
  if (!proof.unknown_services.empty()) return unknown_services(subject, proof.unknown_services);
  for (const ImportResult& result : proof.imports) {
    if (auto missing = result.ok ? std::nullopt : missing_service(subject, result.detail))
      return *std::move(missing);
  }
  for (const model::CheckResult& result : proof.checks) {
    if (auto missing = result.passed ? std::nullopt : missing_service(subject, result.detail))
      return *std::move(missing);
  }
  if (proof.modules_instead) return no_handler_module(subject, *proof.modules_instead);
  for (const ImportResult& result : proof.imports) {
    if (result.ok) continue;
    return Error(ErrorCode::kRefused, fmt::format("{}: importing {} fails", noun, result.name))
        .because(result.detail)
        .remedy(
            "if a prune rule dropped what is missing, put it under `keep`; if a package is missing, add it "
            "to the "
            "requirements");
  }
  if (proof.handler_missing) {
    const auto dot = subject.handler.rfind('.');
    const std::string wanted = subject.handler.substr(dot + 1);
    const auto near = base::nearest(wanted, proof.handler_names);
    return Error(ErrorCode::kRefused,
                 fmt::format("{}: '{}' has no function '{}'", noun, subject.handler.substr(0, dot), wanted))
        .at(subject.handler_position)
        .because(proof.handler_names.empty() ? "it defines no functions"
                                             : fmt::format("it has {}", fmt::join(proof.handler_names, ", ")))
        .remedy(near ? fmt::format("did you mean '{}.{}'?", subject.handler.substr(0, dot), *near)
                     : "mend `handler` in lamella.toml");
  }
  for (const model::CheckResult& result : proof.checks) {
    if (result.passed) continue;
    return Error(ErrorCode::kRefused, fmt::format("{}: check '{}' did not pass", noun, result.name))
        .because(result.detail)
        .remedy(result.detail.find("Sandbox.Timedout") == std::string::npos
                    ? "run `lamella check " + subject.name + "` after mending it"
                    : fmt::format("if it needs longer than that, raise functions.{}.timeout", subject.name));
  }
  return Error(ErrorCode::kInternal, "a proof that passed was refused");
}

}  // namespace lamella::proof
