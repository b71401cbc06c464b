// SPDX-License-Identifier: Apache-2.0
// Each binary of a stack against the target, by itself.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "model/opt_findings.h"
#include "model/opt_view.h"

namespace lamella::model {
namespace {

using base::Severity;

/// "foo.cpython-311-x86_64-linux-gnu.so" is module "foo" with tag "cpython-311-x86_64-linux-gnu".
struct ExtensionName {
  std::string module;  ///< with its folder
  std::string tag;     ///< "" for plain ".so"
};

std::optional<ExtensionName> extension_name(std::string_view path) {
  const auto slash = path.rfind('/');
  const std::size_t start = slash == std::string_view::npos ? 0 : slash + 1;
  const std::string_view name = path.substr(start);
  if (!name.ends_with(".so")) return std::nullopt;
  const auto dot = name.find('.');
  const std::string_view stem = name.substr(0, name.size() - 3);
  const std::string tag = dot < stem.size() ? std::string(stem.substr(dot + 1)) : "";
  return ExtensionName{std::string(path.substr(0, start)) + std::string(name.substr(0, dot)), tag};
}

/// A tag that some Python would import by; others are parts of a library's name.
bool is_python_tag(std::string_view tag) {
  return tag.starts_with("cpython-") || tag.starts_with("pypy") || tag.starts_with("graalpy") ||
         tag == "abi3";
}

/// The tags that the target's interpreter imports.
bool is_imported(const Target& target, std::string_view tag) {
  if (tag.empty() || tag == "abi3") return true;
  return tag == fmt::format("cpython-{}{}-{}-linux-gnu", target.runtime.major, target.runtime.minor,
                            machine_name(target.architecture));
}

class Binaries {
 public:
  explicit Binaries(const OptView& view) : view_(view) {}

  std::vector<Finding> run() {
    for (std::size_t m = 0; m < view_.members().size(); ++m) {
      const auto& parts = view_.members()[m]->parts;
      imported_.clear();
      for (const auto& part : parts) note_imported(*part.facts);
      for (std::size_t p = 0; p < parts.size(); ++p) {
        for (const OptBinary& binary : parts[p].facts->binaries) look_at({m, p}, binary);
      }
    }
    return std::move(findings_);
  }

 private:
  void note_imported(const OptPart& facts) {
    for (const OptBinary& binary : facts.binaries) {
      const auto name = extension_name(binary.path);
      if (name && is_imported(view_.stack().target, name->tag)) imported_.insert(name->module);
    }
  }

  void tell(const PartRef& from, const OptBinary& binary, FindingKind kind, Severity severity,
            const std::string& what, std::string remedy) {
    const Origin origin = view_.origin(from, binary.path, binary.size);
    const Origin runtime{fmt::format("runtime {}", to_string(view_.stack().target.runtime)), "", "", 0};
    findings_.push_back({.kind = kind,
                         .severity = severity,
                         .subject = binary.path,
                         .text = fmt::format("{} of {} {}", origin.file, origin.name(), what),
                         .remedy = std::move(remedy),
                         .origins = {origin, runtime},
                         .bytes = binary.size});
  }

  void look_at(const PartRef& from, const OptBinary& binary) {
    const Target& target = view_.stack().target;
    const auto name = extension_name(binary.path);
    const std::string drop = "leave it out with `prune.drop`, or take a version that is made for the target";
    if (binary.format != OptBinary::Format::kElf) {
      if (!name) return;  // a launcher of another system is dead weight at most
      const auto* format = binary.format == OptBinary::Format::kPe ? "Windows" : "macOS";
      return tell(from, binary, FindingKind::kForeignFormat, Severity::kError,
                  fmt::format("is a library of {}; wanted is Linux", format), drop);
    }
    const std::string wanted(machine_name(target.architecture));
    if (binary.machine != wanted) {
      return tell(from, binary, FindingKind::kForeignMachine, Severity::kError,
                  fmt::format("is for {}, wanted is {}", binary.machine, wanted), drop);
    }
    const GlibcVersion glibc = glibc_of(os_of(target.runtime));
    const std::vector<unsigned> there{static_cast<unsigned>(glibc.major), static_cast<unsigned>(glibc.minor)};
    if (binary.glibc > there) {
      tell(from, binary, FindingKind::kNewerGlibc, Severity::kError,
           fmt::format("asks for symbols of glibc {}; {} has {}.{}", fmt::join(binary.glibc, "."),
                       to_string(os_of(target.runtime)), glibc.major, glibc.minor),
           "take a version whose wheels are made for that glibc, or a newer runtime");
    }
    if (name) check_tag(from, binary, *name);
  }

  /// A module whose only files carry other tags cannot be imported; beside one that can it is dead weight.
  void check_tag(const PartRef& from, const OptBinary& binary, const ExtensionName& name) {
    const Target& target = view_.stack().target;
    if (!is_python_tag(name.tag) || is_imported(target, name.tag)) return;
    if (view_.below_module_root(from.member, binary.path).empty()) return;
    const bool spare = imported_.contains(name.module);
    tell(from, binary, FindingKind::kForeignAbi, spare ? Severity::kInfo : Severity::kError,
         spare ? fmt::format("is for another Python ('{}'); the one beside it is imported", name.tag)
               : fmt::format("is for another Python ('{}'): {} on {} does not import it", name.tag,
                             to_string(target.runtime), machine_name(target.architecture)),
         spare ? "leave it out with `prune.drop`" : "build or take it for the target's Python");
  }

  const OptView& view_;
  std::set<std::string> imported_;  ///< modules of the member at hand that have a file the target imports
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> binary_findings(const OptView& view) { return Binaries(view).run(); }
std::vector<Finding> binary_findings(const OptStack& stack) { return binary_findings(OptView(stack)); }

std::vector<Finding> opt_findings(const OptStack& stack) {
  const OptView view(stack);
  std::vector<Finding> all;
  const auto add = [&](std::vector<Finding> more) {
    all.insert(all.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  };
  add(binary_findings(view));
  add(loader_findings(view));
  add(merge_findings(view));
  add(module_findings(view));
  add(copy_findings(view));
  std::stable_sort(all.begin(), all.end(),
                   [](const Finding& a, const Finding& b) { return a.severity > b.severity; });
  return all;
}

}  // namespace lamella::model
