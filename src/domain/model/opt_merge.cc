// SPDX-License-Identifier: Apache-2.0
// Files and distributions of layers that meet in /opt, and in a function.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "model/opt_distributions.h"
#include "model/opt_findings.h"
#include "model/opt_view.h"

namespace lamella::model {
namespace {

using base::Severity;

bool has(const std::vector<std::string>& list, const std::string& one) {
  return std::find(list.begin(), list.end(), one) != list.end();
}

/// Files that nothing imports and that many wheels bring under one name.
bool is_document(std::string_view path) {
  std::string name;
  for (const char c : path.substr(path.rfind('/') + 1))
    name += static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
  for (const auto* word :
       {"LICENSE", "LICENCE", "README", "CHANGE", "CHANGELOG", "NOTICE", "AUTHORS", "COPYING", "HISTORY"}) {
    if (name.starts_with(word) && !name.ends_with(".PY")) return true;
  }
  return false;
}

bool is_nameless(std::string_view distribution) {
  return distribution.empty() || distribution.starts_with("archive:") || distribution.starts_with("command:");
}

class Merging {
 public:
  explicit Merging(const OptView& view) : view_(view), distributions_(distributions_of(view_)) {}

  std::vector<Finding> run() {
    for (const auto& [name, found] : distributions_) duplicates(found);
    shadows();
    for (std::size_t m = 0; m < view_.members().size(); ++m) pth_files(m);
    runtime_sdk();
    for (std::size_t m = 0; m < view_.members().size(); ++m) needs(m);
    return std::move(findings_);
  }

 private:
  void duplicates(const std::vector<FoundDistribution>& found) {
    const FoundDistribution& first = found.front();
    for (std::size_t i = 1; i < found.size(); ++i) {
      const FoundDistribution& other = found[i];
      // A file of one path is one distribution, whoever brings it.
      if (other.from.member == first.from.member && other.version == first.version) continue;
      same_.emplace(first.name, first.from.member, other.from.member);
      const bool same = first.version == other.version;
      const std::string how = first.root == other.root ? "is merged over" : "hides";
      Finding finding{.kind = FindingKind::kDuplicateDistribution,
                      .severity = same ? Severity::kWarning : Severity::kError,
                      .subject = first.name,
                      .bytes = other.bytes};
      finding.text = same ? fmt::format("{} {} comes from {} and from {}", first.name, first.version,
                                        view_.artifact(first.from.member), view_.artifact(other.from.member))
                          : fmt::format("two versions of {}: {} of {} {} {} of {}", first.name, first.version,
                                        view_.artifact(first.from.member), how, other.version,
                                        view_.artifact(other.from.member));
      finding.remedy = same ? "let one layer bring it, and name it in `depends_on` of the other"
                            : "pin the same version in both, or take one of them out of the function";
      finding.origins = {view_.origin(first.from, first.path, first.bytes),
                         view_.origin(other.from, other.path, other.bytes)};
      findings_.push_back(std::move(finding));
    }
  }

  /// Files of one distribution in two places; of an archive it is not known which are whose.
  bool told_as_duplicate(const PartRef& a, const PartRef& b) const {
    const std::string name = normalised_name(view_.part(a).distribution);
    const std::string other = normalised_name(view_.part(b).distribution);
    const auto told = [&](const std::string& one) {
      return same_.contains({one, a.member, b.member}) || same_.contains({one, b.member, a.member});
    };
    if (is_nameless(other) || name == other) return told(name);
    return is_nameless(name) && told(other);
  }

  bool is_namespace_init(const PartRef& ref, const std::string& path) const {
    const OptPart& facts = *view_.part(ref).facts;
    return has(facts.namespace_inits, path) || has(facts.empty_inits, path);
  }

  Severity severity_of(const Shadow& shadow, const PartRef& winner, const PartRef& loser) const {
    if (shadow.kind == Shadow::Kind::kFileOverFolder) return Severity::kError;
    if (shadow.kind == Shadow::Kind::kSameContent) return Severity::kInfo;
    const bool harmless = is_namespace_init(winner, shadow.path) && is_namespace_init(loser, shadow.path);
    if (harmless) return Severity::kInfo;
    return is_document(shadow.path) ? Severity::kWarning : Severity::kError;
  }

  /// One finding for all files of two parts that meet alike, under the name of the first.
  void shadows() {
    std::map<std::tuple<std::size_t, std::size_t, std::size_t, std::size_t, FindingKind, Severity>, Finding>
        groups;
    for (const Shadow& shadow : view_.merged().shadows) {
      const bool folder = shadow.kind == Shadow::Kind::kFileOverFolder;
      const PartRef winner = view_.part_of(shadow.winner, shadow.path);
      const PartRef loser = view_.part_of(shadow.loser, shadow.path);
      if (!folder && told_as_duplicate(winner, loser)) continue;
      const Severity severity = severity_of(shadow, winner, loser);
      const FindingKind kind = folder ? FindingKind::kFileOverFolder : FindingKind::kShadowedFile;
      auto [at, is_new] = groups.try_emplace(
          {winner.member, winner.part, loser.member, loser.part, kind, severity}, Finding{});
      Finding& finding = at->second;
      finding.bytes += folder ? 0 : shadow.bytes;
      if (!is_new) {
        ++finding.files;
        continue;
      }
      finding.kind = kind;
      finding.severity = severity;
      finding.subject = shadow.path;
      finding.origins = {view_.origin(winner, shadow.path, 0),
                         view_.origin(loser, shadow.path, shadow.bytes)};
    }
    for (auto& [key, finding] : groups) {
      describe_shadow(finding);
      findings_.push_back(std::move(finding));
    }
  }

  static void describe_shadow(Finding& finding) {
    const std::string more = finding.files == 1 ? "" : fmt::format(" (and {} more)", finding.files - 1);
    const Origin& winner = finding.origins[0];
    const Origin& loser = finding.origins[1];
    const std::string same = finding.severity == Severity::kInfo ? ", with the same effect" : "";
    if (finding.kind == FindingKind::kFileOverFolder) {
      finding.text = fmt::format("{} is a file in one of {} and {} and a folder in the other", winner.file,
                                 winner.name(), loser.name());
      finding.remedy = "rename one, or drop it with `prune.drop`";
      return;
    }
    finding.text =
        fmt::format("{}{} of {} replaces that of {}{}", winner.file, more, winner.name(), loser.name(), same);
    if (finding.severity != Severity::kInfo)
      finding.remedy =
          "drop one of them with `prune.drop`, or change the layers' order if the other is meant";
  }

  void pth_files(std::size_t m) {
    const auto& parts = view_.members()[m]->parts;
    for (std::size_t p = 0; p < parts.size(); ++p) {
      for (const std::string& path : parts[p].facts->startup_pths) {
        const std::string below = view_.below_module_root(m, path);
        if (below.empty() || below.find('/') != std::string::npos) continue;
        const Origin origin = view_.origin({m, p}, path, 0);
        const bool nspkg = below.ends_with("-nspkg.pth");
        findings_.push_back(
            {.kind = nspkg ? FindingKind::kNamespacePth : FindingKind::kStartupPth,
             .severity = nspkg ? Severity::kWarning : Severity::kInfo,
             .subject = below,
             .text = nspkg ? fmt::format("{} of {} makes its namespace package at start, of its own folder "
                                         "alone: parts elsewhere on the path are hidden",
                                         origin.file, origin.name())
                           : fmt::format("{} of {} runs code at every start", origin.file, origin.name()),
             .remedy =
                 nspkg ? "take a newer version of it, or put all that share the namespace into layers" : "",
             .origins = {origin}});
      }
    }
  }

  const FoundDistribution* first(const std::string& name) const {
    const auto found = distributions_.find(name);
    return found == distributions_.end() ? nullptr : &found->second.front();
  }

  /// What boto3 asks of botocore, by its METADATA.
  std::string asked_of_botocore(const FoundDistribution& boto3) const {
    for (const std::string& line : view_.part(boto3.from).facts->requires_dist) {
      const auto end = line.find_first_of(" (<>=!~;");
      if (normalised_name(std::string_view(line).substr(0, end)) != "botocore" || end == std::string::npos)
        continue;
      return line.substr(end, line.find(';') - end);
    }
    return {};
  }

  void runtime_sdk() {
    const FoundDistribution* boto3 = first("boto3");
    const FoundDistribution* botocore = first("botocore");
    const FoundDistribution* one = boto3 != nullptr ? boto3 : botocore;
    if (one == nullptr) return;
    const Runtime& python = view_.stack().target.runtime;
    // From python3.11 on it lies among the interpreter's own packages.
    const std::string folder = python.minor < 11 ? "/var/runtime/"
                                                 : fmt::format("/var/lang/lib/python{}.{}/site-packages/",
                                                               python.major, python.minor);
    const Origin runtime{fmt::format("runtime {}", to_string(python)), "", folder + one->name, 0};
    Finding finding{.kind = FindingKind::kRuntimeSdk, .severity = Severity::kInfo, .subject = one->name};
    const auto named = [&](const FoundDistribution& it) {
      return fmt::format("{} {} of {}", it.name, it.version, view_.artifact(it.from.member));
    };
    finding.origins.push_back(view_.origin(one->from, one->path, one->bytes));
    if (boto3 != nullptr && botocore != nullptr) {
      finding.origins.push_back(view_.origin(botocore->from, botocore->path, botocore->bytes));
      const std::string asked = asked_of_botocore(*boto3);
      const bool misfit = !asked.empty() && !meets(botocore->version, asked).value_or(true);
      const bool apart = boto3->from.member != botocore->from.member;
      finding.severity = misfit ? Severity::kError : apart ? Severity::kWarning : Severity::kInfo;
      finding.text =
          misfit
              ? fmt::format("{} wants botocore{}, it would get {}", named(*boto3), asked, named(*botocore))
              : fmt::format("{} and {} take the place of the runtime's own", named(*boto3), named(*botocore));
      finding.remedy = misfit || apart ? "bring both from one layer" : "";
    } else {
      finding.severity = boto3 != nullptr ? Severity::kError : Severity::kWarning;
      finding.text =
          boto3 != nullptr
              ? fmt::format("{} would run on the runtime's own botocore, whose version moves", named(*boto3))
              : fmt::format("the runtime's own boto3, whose version moves, would run on {}",
                            named(*botocore));
      finding.remedy = "bring boto3 and botocore together, from one layer";
    }
    finding.origins.push_back(runtime);
    findings_.push_back(std::move(finding));
  }

  /// A package of this name by its part or, of what came without one, by its module.
  bool is_there(const std::string& name) const {
    for (const OptMember* member : view_.members()) {
      for (const auto& part : member->parts) {
        if (is_distribution(part.distribution) && normalised_name(part.distribution) == name) return true;
      }
    }
    std::string module = name;
    std::replace(module.begin(), module.end(), '-', '_');
    const auto roots = view_.module_roots();
    return std::any_of(roots.begin(), roots.end(), [&](const std::string& root) {
      return view_.files().contains(root + module + ".py") ||
             view_.files().contains(root + module + "/__init__.py");
    });
  }

  void needs(std::size_t m) {
    for (const OptNeed& need : view_.members()[m]->needs) {
      std::string got = need.got;
      const FoundDistribution* there = first(need.name);
      if (got.empty() && there == nullptr && is_there(need.name)) continue;
      if (got.empty() && there != nullptr) {
        if (meets(there->version, need.specifier).value_or(true)) continue;
        got = there->version;
      }
      const std::string who = view_.artifact(m);
      Finding finding{.kind = FindingKind::kUnmetRequirement,
                      .severity = Severity::kError,
                      .subject = need.name,
                      .text = fmt::format("{} of {} needs {}{}, ", need.by, who, need.name, need.specifier)};
      finding.text += got.empty() ? "which is not in its lock, nor beside it"
                                  : fmt::format("and would get {} {}", need.name, got);
      finding.remedy = fmt::format(
          "add \"{}\" to `requirements` of {}, or to `dependencies` of [project] in "
          "{}/pyproject.toml, and run `lamella lock`",
          need.ask, who, need.project);
      finding.origins = {{who, need.by, "", 0}};
      if (there != nullptr) finding.origins.push_back(view_.origin(there->from, there->path, there->bytes));
      findings_.push_back(std::move(finding));
    }
  }

  const OptView& view_;
  Distributions distributions_;
  std::set<std::tuple<std::string, std::size_t, std::size_t>> same_;  ///< told as duplicates
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> merge_findings(const OptView& view) { return Merging(view).run(); }
std::vector<Finding> merge_findings(const OptStack& stack) { return merge_findings(OptView(stack)); }

}  // namespace lamella::model
