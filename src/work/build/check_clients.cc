// SPDX-License-Identifier: Apache-2.0
//
// What clients.h finds in texts, held against the services that are kept.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "archive/zip_reader.h"
#include "base/encoding.h"
#include "base/split.h"
#include "build/clients.h"
#include "os/file.h"

namespace lamella::build {
namespace {

constexpr std::uint64_t kLargestSource = 16'000'000;  // nobody writes more by hand

const ArtifactPlan* plan_of(const std::vector<ArtifactPlan>& plans, model::ArtifactKind kind,
                            const std::string& name, const model::Target& target) {
  const auto found = std::find_if(plans.begin(), plans.end(), [&](const ArtifactPlan& plan) {
    return plan.kind == kind && plan.name == name && plan.target == target;
  });
  return found == plans.end() ? nullptr : &*found;
}

const package::Recipe* filtered_botocore(const ArtifactPlan& plan) {
  const auto found = std::find_if(plan.wheels.begin(), plan.wheels.end(), [](const package::Recipe& recipe) {
    return recipe.wheel.distribution == "botocore" && !recipe.services.empty();
  });
  return found == plan.wheels.end() ? nullptr : &*found;
}

bool keeps(const package::Recipe& botocore, const std::string& service) {
  const auto& services = botocore.services;
  if (std::find(services.begin(), services.end(), service) != services.end()) return true;
  return any_matches(botocore.keep, "botocore/data/" + service + "/0000-00-00/service-2.json.gz");
}

/// A client of a service that is left out.
struct Missing {
  const model::Function* function;
  const ArtifactPlan* shipper;
  ClientUse use;
  std::string file;

  std::string place() const {
    return fmt::format("{}s.{}.services", to_string(shipper->kind), shipper->name);
  }
  std::string at() const { return base::to_string(base::Position{file, use.line, use.column}); }
};

/// One error for all of them: the first with its place, the others beside it.
Error left_out(const std::vector<Missing>& missing) {
  const Missing& first = missing.front();
  std::string why =
      fmt::format("{} keeps {}", first.place(), fmt::join(filtered_botocore(*first.shipper)->services, ", "));
  std::set<std::string> named;
  for (const Missing& one : missing) {
    if (&one != &first) why += fmt::format("; '{}' is left out too, at {}", one.use.service, one.at());
    if (one.place() == first.place()) named.insert('"' + one.use.service + '"');
  }
  return Error(ErrorCode::kRejected,
               fmt::format("function {} creates a client for '{}', which {} {} leaves out",
                           first.function->name, first.use.service, to_string(first.shipper->kind),
                           first.shipper->name))
      .at(base::Position{first.file, first.use.line, first.use.column})
      .because(why)
      .remedy(fmt::format("add {} to {}, or remove the call{}", fmt::join(named, ", "), first.place(),
                          missing.size() == 1 ? "" : "s"));
}

/// Some parts of a function, and the one whose botocore it runs with.
struct Shipped {
  const model::Function* function;
  std::vector<const ArtifactPlan*> parts;  ///< layers in merge order, the function itself last
  const ArtifactPlan* shipper;
};

std::vector<Shipped> with_filtered_botocore(const model::Workspace& workspace,
                                            const std::vector<ArtifactPlan>& plans) {
  std::vector<Shipped> found;
  for (const model::Function& function : workspace.functions) {
    std::vector<const ArtifactPlan*> parts;
    for (const auto& layer : function.layers) {
      parts.push_back(plan_of(plans, model::ArtifactKind::kLayer, layer.text, function.target));
    }
    parts.push_back(plan_of(plans, model::ArtifactKind::kFunction, function.name, function.target));
    std::erase(parts, nullptr);
    const auto shipper = std::find_if(parts.rbegin(), parts.rend(),
                                      [](const auto* plan) { return filtered_botocore(*plan) != nullptr; });
    if (shipper != parts.rend()) found.push_back({&function, parts, *shipper});
  }
  return found;
}

/// A Python source of the workspace's own, or of what was made of it.
struct Source {
  std::string file;  ///< as people know it
  std::vector<ClientUse> uses;
};

/// One error for all clients that some part's sources create and its botocore has not.
template <class SourcesOf>
Result<> check_parts(const std::vector<Shipped>& all, const SourcesOf& sources_of) {
  std::vector<Missing> missing;
  std::set<std::pair<std::string, std::string>> told;  // what two functions share is one slip
  std::map<const ArtifactPlan*, std::vector<Source>> known;
  for (const Shipped& shipped : all) {
    for (const ArtifactPlan* part : shipped.parts) {
      if (!known.contains(part)) {
        LAMELLA_TRY_ASSIGN(known[part], sources_of(*part));
      }
      for (const Source& source : known[part]) {
        for (const ClientUse& use : source.uses) {
          if (keeps(*filtered_botocore(*shipped.shipper), use.service)) continue;
          Missing one{shipped.function, shipped.shipper, use, source.file};
          if (told.emplace(one.place(), one.at()).second) missing.push_back(std::move(one));
        }
      }
    }
  }
  return missing.empty() ? Result<>() : left_out(missing);
}

Result<std::vector<Source>> own_sources(const Tools& tools, const ArtifactPlan& part) {
  std::vector<Source> found;
  if (!part.local) return found;
  for (const package::LocalFile& file : part.local->files) {
    if (!file.name.ends_with(".py")) continue;
    LAMELLA_TRY_ASSIGN(const std::string text, os::read_file(file.path, kLargestSource));
    auto uses = find_clients(text);
    if (!uses.empty())
      found.push_back({file.path.lexically_relative(tools.workspace).string(), std::move(uses)});
  }
  return found;
}

/// What distributions installed into a zip brought: the files of their RECORDs.
Result<std::set<std::string>> installed_files(const archive::ZipReader& zip) {
  std::set<std::string> files;
  for (const archive::Entry& entry : zip.entries()) {
    const std::size_t info = entry.name.find(".dist-info/RECORD");
    if (info == std::string::npos || !entry.name.ends_with("/RECORD")) continue;
    const std::string root = entry.name.substr(0, entry.name.rfind('/', info) + 1);
    LAMELLA_TRY_ASSIGN(const auto bytes, archive::inflate_entry(zip, entry, kLargestSource));
    for (const std::string_view line : base::split(base::as_text(bytes), '\n'))
      files.insert(root + std::string(line.substr(0, line.find(','))));
  }
  return files;
}

/// Sources in a zip; `name` gives what people know an entry as.
template <class Name>
Result<> read_zip(const archive::ZipReader& zip, const std::set<std::string>& skipped, const Name& name,
                  std::vector<Source>& into) {
  for (const archive::Entry& entry : zip.entries()) {
    const bool source = entry.kind == archive::EntryKind::kFile && entry.name.ends_with(".py");
    if (!source || entry.size > kLargestSource || skipped.contains(entry.name)) continue;
    LAMELLA_TRY_ASSIGN(const auto bytes, archive::inflate_entry(zip, entry, kLargestSource));
    auto uses = find_clients(base::as_text(bytes));
    if (!uses.empty()) into.push_back({name(entry.name), std::move(uses)});
  }
  return {};
}

/// "proj/src/shop/x.py" for "shop/x.py" of the wheel that was built of `source`.
std::string source_name(const package::SourceBuild& source, const std::string& name) {
  for (const package::LocalFile& file : source.files) {
    if (file.name == name || file.name.ends_with("/" + name)) return source.place + "/" + file.name;
  }
  return source.place + ": " + name;
}

/// Wheels that were built of the workspace's projects, and ready zips but for what was installed into them.
Result<std::vector<Source>> made_sources(const Tools& tools, const ArtifactPlan& part) {
  std::vector<Source> found;
  for (const package::Recipe& recipe : part.wheels) {
    if (!recipe.source || recipe.source->files.empty()) continue;
    LAMELLA_TRY_ASSIGN(auto blob, tools.store.open(recipe.wheel.sha256));
    if (!blob) continue;  // as good as it was when its segment was made
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kWheel));
    const auto name = [&](const std::string& entry) { return source_name(*recipe.source, entry); };
    LAMELLA_TRY(read_zip(zip, {}, name, found));
  }
  if (!part.archive || part.archive->url.starts_with("arn:")) return found;
  LAMELLA_TRY_ASSIGN(auto blob, tools.store.open(part.archive->sha256));
  if (!blob) return found;
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, archive::Profile::kUploaded));
  LAMELLA_TRY_ASSIGN(const auto installed, installed_files(zip));
  const auto name = [&](const std::string& entry) { return part.archive->name + ": " + entry; };
  LAMELLA_TRY(read_zip(zip, installed, name, found));
  return found;
}

}  // namespace

Result<> check_clients(const Tools& tools, const model::Workspace& workspace,
                       const std::vector<ArtifactPlan>& plans) {
  return check_parts(with_filtered_botocore(workspace, plans),
                     [&](const ArtifactPlan& part) { return own_sources(tools, part); });
}

Result<> check_made_clients(const Tools& tools, const model::Workspace& workspace,
                            const std::vector<ArtifactPlan>& plans) {
  return check_parts(with_filtered_botocore(workspace, plans),
                     [&](const ArtifactPlan& part) { return made_sources(tools, part); });
}

}  // namespace lamella::build
