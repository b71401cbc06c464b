// SPDX-License-Identifier: Apache-2.0
#include "proof/opt_proof.h"

#include <map>
#include <memory>

#include "crypto/key_builder.h"
#include "document/json.h"
#include "model/opt_findings.h"
#include "os/file.h"
#include "proof/opt_reader.h"
#include "sandbox/runtime_root.h"

namespace lamella::proof {
namespace {

using document::Value;
using model::Finding;
using model::OptPart;

constexpr const char* kFactsKind = "opt-facts";
constexpr const char* kFindingsKind = "opt-findings";

std::vector<const OptArtifact*> artifacts_of(const OptSubject& subject) {
  std::vector<const OptArtifact*> all;
  for (const OptArtifact& layer : subject.layers) all.push_back(&layer);
  if (subject.function) all.push_back(&*subject.function);
  return all;
}

Digest findings_key(const OptSubject& subject, const std::vector<std::string>& sonames) {
  crypto::KeyBuilder key(kFindingsKind);
  key.add("epoch", kOptFindingsEpoch)
      .add("facts", kOptFactsEpoch)
      .add("target", model::short_name(subject.target));
  for (const std::string& soname : sonames) key.add("soname", soname);
  for (const OptArtifact* artifact : artifacts_of(subject)) {
    key.add(to_string(artifact->kind), artifact->name).add("sha256", artifact->sha256);
    for (const auto& part : artifact->parts)
      key.add("distribution", part.distribution).add("version", part.version).add("blob", part.blob);
    for (const auto& need : artifact->needs) {
      key.add("project", need.project).add("by", need.by).add("ask", need.ask);
      key.add("need", need.name).add("specifier", need.specifier).add("got", need.got);
    }
  }
  return key.finish();
}

Digest facts_key(const Digest& digest) {
  return crypto::KeyBuilder(kFactsKind).add("epoch", kOptFactsEpoch).add("bytes", digest).finish();
}

std::optional<Value> remembered(store::ActionCache& actions, const Digest& key, std::string_view kind) {
  const auto known = actions.get(key);
  if (!known || !*known || (*known)->kind != kind) return std::nullopt;
  auto value = document::parse_json((*known)->value, std::string(kind));
  if (!value) return std::nullopt;
  return std::move(*value);
}

/// All but the files, remembered from now on.
Result<OptPart> inflated_facts(store::ActionCache& actions, std::span<const std::byte> bytes,
                               const Digest& digest, Packed packed, const BinaryFacts& noted) {
  const Digest key = facts_key(digest);
  if (const auto value = remembered(actions, key, kFactsKind)) {
    if (auto known = opt_facts_from_value(*value)) return known;
  }
  LAMELLA_TRY_ASSIGN(OptPart facts, read_opt_facts(bytes, packed, noted));
  LAMELLA_TRY(
      actions.put(key, {.kind = kFactsKind, .value = document::render_json(to_value(facts)), .outputs = {}}));
  return facts;
}

/// Facts of one segment or zip: the files as they are, the rest remembered.
Result<std::shared_ptr<const OptPart>> facts_of(store::ActionCache& actions, std::span<const std::byte> bytes,
                                                const Digest& digest, Packed packed) {
  LAMELLA_TRY_ASSIGN(auto files, read_opt_files(bytes, packed));
  auto facts = std::make_shared<OptPart>();
  LAMELLA_TRY_ASSIGN(*facts, inflated_facts(actions, bytes, digest, packed, {}));
  facts->files = std::move(files);
  return std::shared_ptr<const OptPart>(std::move(facts));
}

/// Parts of all subjects, each read once.
class Library {
 public:
  explicit Library(const OptTools& tools) : tools_(tools) {}

  Result<> read(const std::vector<const OptSubject*>& subjects, std::stop_token stop) {
    std::map<Digest, const OptArtifact*> segments;
    for (const OptSubject* subject : subjects) {
      for (const OptArtifact* artifact : artifacts_of(*subject)) {
        for (const auto& part : artifact->parts) segments.emplace(part.blob, artifact);
      }
    }
    std::vector<Digest> wanted;
    for (const auto& [digest, artifact] : segments) wanted.push_back(digest);
    std::vector<std::shared_ptr<const OptPart>> read(wanted.size());
    LAMELLA_TRY(tools_.pool.parallel_for(
        wanted.size(),
        [&](std::size_t i) -> Result<> {
          auto opened = tools_.store.open(wanted[i], store::Verify::kUnlessKnown);
          // A damaged one is in quarantine now; the zip that was made of it is read in its place.
          if (!opened && opened.error().code() == ErrorCode::kCorrupt) return {};
          LAMELLA_TRY_ASSIGN(auto blob, std::move(opened));
          if (!blob) return {};
          LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
          LAMELLA_TRY_ASSIGN(read[i], facts_of(tools_.actions, bytes, wanted[i], Packed::kSegment));
          return {};
        },
        stop));
    for (std::size_t i = 0; i < wanted.size(); ++i) parts_[wanted[i]] = read[i];
    return {};
  }

  Result<model::OptMember> member(const OptArtifact& artifact) {
    model::OptMember member{artifact.kind, artifact.name, {}, artifact.needs};
    for (const auto& part : artifact.parts) {
      const auto& facts = parts_.at(part.blob);
      if (!facts) return whole(artifact);
      member.parts.push_back({part.distribution, part.version, facts});
    }
    return artifact.parts.empty() ? whole(artifact) : Result<model::OptMember>(std::move(member));
  }

 private:
  /// The artifact without its segments.
  Result<model::OptMember> whole(const OptArtifact& artifact) {
    auto& facts = zips_[artifact.sha256];
    if (!facts) {
      LAMELLA_TRY_ASSIGN(const auto zip, os::MappedFile::open(artifact.zip));
      const Packed packed = artifact.as_it_is ? Packed::kUploaded : Packed::kZip;
      LAMELLA_TRY_ASSIGN(facts, facts_of(tools_.actions, zip.bytes(), artifact.sha256, packed));
    }
    return model::OptMember{artifact.kind, artifact.name, {{"", "", facts}}, artifact.needs};
  }

  const OptTools& tools_;
  std::map<Digest, std::shared_ptr<const OptPart>> parts_;  ///< nullptr: not in the store
  std::map<Digest, std::shared_ptr<const OptPart>> zips_;
};

Result<model::OptStack> stack_of(Library& library, const OptSubject& subject,
                                 std::vector<std::string> sonames) {
  model::OptStack stack{subject.target, std::move(sonames), {}, {}};
  for (const OptArtifact& layer : subject.layers) {
    LAMELLA_TRY_ASSIGN(auto member, library.member(layer));
    stack.layers.push_back(std::move(member));
  }
  if (subject.function) {
    LAMELLA_TRY_ASSIGN(stack.function, library.member(*subject.function));
  }
  return stack;
}

/// What the system of each target has of itself.
using Sonames = std::map<model::Target, std::vector<std::string>>;

Result<Sonames> sonames_of(const std::vector<OptSubject>& subjects) {
  Sonames sonames;
  for (const OptSubject& subject : subjects) {
    const model::Target& target = subject.target;
    if (sonames.contains(target)) continue;
    LAMELLA_TRY_ASSIGN(auto system, sandbox::system_libraries(to_string(target.runtime)));
    sonames.emplace(target, std::move(system.sonames));
  }
  return sonames;
}

std::optional<std::vector<Finding>> remembered_findings(store::ActionCache& actions, const Digest& key) {
  const auto value = remembered(actions, key, kFindingsKind);
  const Value* list = value ? value->find("findings") : nullptr;
  if (list == nullptr) return std::nullopt;
  auto findings = model::findings_from_value(*list);
  return findings ? std::optional(*std::move(findings)) : std::nullopt;
}

}  // namespace

Result<> remember_opt_facts(store::ContentStore& store, store::ActionCache& actions, const Digest& segment,
                            const BinaryFacts& noted) {
  LAMELLA_TRY_ASSIGN(auto blob, store.open(segment));
  if (!blob) return {};
  LAMELLA_TRY_ASSIGN(const auto bytes, blob->map());
  LAMELLA_TRY(inflated_facts(actions, bytes, segment, Packed::kSegment, noted));
  return {};
}

Result<std::vector<std::vector<Finding>>> prove_opt(const OptTools& tools,
                                                    const std::vector<OptSubject>& subjects,
                                                    std::stop_token stop) {
  LAMELLA_TRY_ASSIGN(const Sonames sonames, sonames_of(subjects));
  std::vector<Digest> keys(subjects.size());
  std::vector<std::optional<std::vector<Finding>>> found(subjects.size());
  const auto remember = [&](std::size_t i) -> Result<> {
    keys[i] = findings_key(subjects[i], sonames.at(subjects[i].target));
    found[i] = remembered_findings(tools.actions, keys[i]);
    return {};
  };
  LAMELLA_TRY(tools.pool.parallel_for(subjects.size(), remember, stop));
  std::vector<const OptSubject*> unknown;
  std::vector<std::size_t> places;
  for (std::size_t i = 0; i < subjects.size(); ++i) {
    if (found[i]) continue;
    unknown.push_back(&subjects[i]);
    places.push_back(i);
  }
  Library library(tools);
  LAMELLA_TRY(library.read(unknown, stop));
  std::vector<model::OptStack> stacks;
  for (const OptSubject* subject : unknown) {
    LAMELLA_TRY_ASSIGN(auto stack, stack_of(library, *subject, sonames.at(subject->target)));
    stacks.push_back(std::move(stack));
  }
  const auto prove = [&](std::size_t k) -> Result<> {
    const auto& findings = found[places[k]].emplace(model::opt_findings(stacks[k]));
    const Value record = Value::object({{"schema", 1}, {"findings", model::to_value(findings)}});
    return tools.actions.put(keys[places[k]],
                             {.kind = kFindingsKind, .value = document::render_json(record), .outputs = {}});
  };
  LAMELLA_TRY(tools.pool.parallel_for(stacks.size(), prove, stop));
  std::vector<std::vector<Finding>> all;
  for (auto& findings : found) all.push_back(*std::move(findings));
  return all;
}

}  // namespace lamella::proof
