// SPDX-License-Identifier: Apache-2.0
#include "build/clash.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>
#include <unordered_map>

#include "archive/segment.h"
#include "package/bytecode.h"

namespace lamella::build {
namespace {

namespace fs = std::filesystem;

struct Clash {
  std::string name;       ///< within the zip; of bytecode, its module's
  std::size_t first = 0;  ///< of the parts
  std::size_t second = 0;
};

bool same_file(const archive::Entry& a, const archive::Entry& b) {
  const auto identity = [](const archive::Entry& entry) {
    return std::tuple(entry.kind, entry.mode, entry.crc32, entry.size);
  };
  return identity(a) == identity(b);
}

/// The first, if it can be, of files that somebody wrote: what was compiled from them clashes too.
Result<std::optional<Clash>> find_clash(store::ContentStore& store, const std::vector<Part>& parts) {
  std::unordered_map<std::string, std::pair<archive::Entry, std::size_t>> seen;
  std::optional<Clash> compiled;
  for (std::size_t i = 0; i < parts.size(); ++i) {
    LAMELLA_TRY_ASSIGN(auto blob, store.open(parts[i].segment.blob));
    if (!blob) return std::optional<Clash>();
    LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
    LAMELLA_TRY_ASSIGN(archive::Segment segment, archive::open_segment(bytes));
    for (archive::Entry& entry : segment.index.entries) {
      const auto [known, is_new] = seen.try_emplace(entry.name, entry, i);
      if (is_new || same_file(known->second.first, entry)) continue;
      const bool written = !entry.name.ends_with(".pyc");
      const Clash clash{written ? entry.name : package::source_of(entry.name), known->second.second, i};
      if (written) return std::optional(clash);
      if (!compiled) compiled = clash;
    }
  }
  return compiled;
}

/// The workspace's own file of that name; "" if the part is another.
std::string own_file(const ArtifactPlan& plan, const Part& part, const std::string& name,
                     const fs::path& workspace) {
  if (!plan.local || plan.local->key() != part.key) return {};
  const auto& files = plan.local->files;
  const auto file =
      std::find_if(files.begin(), files.end(), [&](const auto& one) { return one.name == name; });
  return file == files.end() ? std::string() : file->path.lexically_relative(workspace).string();
}

std::string origin_of(const ArtifactPlan& plan, const Part& part, const std::string& own) {
  if (!own.empty()) return fmt::format("'{}'", base::escaped(own));
  if (plan.archive && plan.archive->key() == part.key) return "the archive " + plan.archive->name;
  if (plan.command && plan.command->key() == part.key)
    return "the command's folder " + plan.command->command.output;
  if (plan.local && plan.local->key() == part.key) return "the workspace";
  return fmt::format("{} {}", part.segment.distribution, part.segment.version);
}

}  // namespace

Error with_origins(Error error, store::ContentStore& store, const ArtifactPlan& plan,
                   const std::vector<Part>& parts, const fs::path& workspace) {
  if (error.fact("rule") != "duplicate") return error;
  const auto found = find_clash(store, parts);
  if (!found || !*found) return error;
  const Clash& clash = **found;
  const std::string own = own_file(plan, parts[clash.second], clash.name, workspace);
  return Error(error.code(),
               fmt::format("two different files would be '{}' in the zip", base::escaped(clash.name)))
      .at(own)
      .because(fmt::format("{} brings one, {} the other", origin_of(plan, parts[clash.first], ""),
                           origin_of(plan, parts[clash.second], own)))
      .remedy("take one of them out, or place the workspace's own elsewhere with `files`")
      .with("rule", error.fact("rule"))
      .with("entry", clash.name);
}

}  // namespace lamella::build
