// SPDX-License-Identifier: Apache-2.0
// Shared libraries that a function pays for more than once.
#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "base/units.h"
#include "model/opt_distributions.h"
#include "model/opt_findings.h"
#include "model/opt_view.h"

namespace lamella::model {
namespace {

using base::Severity;

constexpr std::uint64_t kWorthAWarning = 1'000'000;

bool is_hex(std::string_view text) {
  return std::all_of(text.begin(), text.end(),
                     [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

struct Copy {
  const OptBinary* binary = nullptr;
  PartRef from;
};

class Copies {
 public:
  explicit Copies(const OptView& view) : view_(view) {}

  std::vector<Finding> run() {
    std::map<std::string, std::vector<Copy>> by_content;
    std::map<std::string, std::vector<Copy>> by_family;
    for (std::size_t m = 0; m < view_.members().size(); ++m) {
      const auto& parts = view_.members()[m]->parts;
      for (std::size_t p = 0; p < parts.size(); ++p) {
        for (const OptBinary& binary : parts[p].facts->binaries) {
          if (binary.format != OptBinary::Format::kElf || !runs({m, p}, binary)) continue;
          by_content[binary.content].push_back({&binary, {m, p}});
          const std::string family = library_family(binary.soname.empty() ? binary.path : binary.soname);
          if (!family.empty()) by_family[family].push_back({&binary, {m, p}});
        }
      }
    }
    for (auto& [family, copies] : by_family) tell(family, copies);
    for (auto& [content, copies] : by_content) {
      const bool told = std::any_of(copies.begin(), copies.end(),
                                    [&](const Copy& copy) { return told_.contains(copy.binary); });
      if (!told) tell(name_of(copies.front()), copies);
    }
    std::stable_sort(findings_.begin(), findings_.end(),
                     [](const Finding& a, const Finding& b) { return a.bytes > b.bytes; });
    return std::move(findings_);
  }

 private:
  bool runs(const PartRef& from, const OptBinary& binary) const {
    const auto found = view_.files().find(view_.mount(from.member) + binary.path);
    return found != view_.files().end() && found->second.from.member == from.member &&
           found->second.from.part == from.part;
  }

  static std::string name_of(const Copy& copy) {
    return copy.binary->path.substr(copy.binary->path.rfind('/') + 1);
  }

  /// One distribution in two layers is told as such, not library by library.
  bool of_one_distribution(const std::vector<Copy>& copies) const {
    std::set<std::string> names;
    std::set<std::size_t> members;
    for (const Copy& copy : copies) {
      names.insert(normalised_name(view_.part(copy.from).distribution));
      members.insert(copy.from.member);
    }
    return names.size() == 1 && members.size() > 1 && is_distribution(*names.begin());
  }

  void tell(const std::string& name, std::vector<Copy>& copies) {
    if (copies.size() < 2 || of_one_distribution(copies)) return;
    std::stable_sort(copies.begin(), copies.end(),
                     [](const Copy& a, const Copy& b) { return a.binary->size > b.binary->size; });
    Finding finding{.kind = FindingKind::kDuplicateLibrary, .subject = name, .files = copies.size()};
    std::set<std::string> contents;
    std::string list;
    for (const Copy& copy : copies) {
      told_.insert(copy.binary);
      contents.insert(copy.binary->content);
      const Origin origin = view_.origin(copy.from, copy.binary->path, copy.binary->size);
      list +=
          fmt::format("{}{} in {}", list.empty() ? "" : ", ", base::format_size(origin.bytes), origin.name());
      finding.bytes += &copy == &copies.front() ? 0 : origin.bytes;
      finding.origins.push_back(origin);
    }
    finding.severity = finding.bytes < kWorthAWarning ? Severity::kInfo : Severity::kWarning;
    finding.text =
        fmt::format("{} is there {} times{}: {}; all but one cost {}", name, copies.size(),
                    contents.size() == 1 ? ", the same" : "", list, base::format_size(finding.bytes));
    finding.remedy =
        "each wheel brings its own: take builds that share one, or drop a package that you can do without";
    findings_.push_back(std::move(finding));
  }

  const OptView& view_;
  std::set<const OptBinary*> told_;
  std::vector<Finding> findings_;
};

}  // namespace

std::string library_family(std::string_view file) {
  std::string_view name = file.substr(file.rfind('/') + 1);
  const auto so = name.find(".so");
  if (!name.starts_with("lib") || so == std::string_view::npos) return {};
  name = name.substr(0, so);
  // What auditwheel appends: "-" and eight digits of a hash, maybe more after it.
  for (auto dash = name.find('-'); dash != std::string_view::npos; dash = name.find('-', dash + 1)) {
    if (name.size() - dash > 8 && is_hex(name.substr(dash + 1, 8))) {
      name = name.substr(0, dash);
      break;
    }
  }
  if (name.starts_with("libopenblas") || name.starts_with("libscipy_openblas")) return "libopenblas";
  return std::string(name);
}

std::vector<Finding> copy_findings(const OptView& view) { return Copies(view).run(); }
std::vector<Finding> copy_findings(const OptStack& stack) { return copy_findings(OptView(stack)); }

}  // namespace lamella::model
