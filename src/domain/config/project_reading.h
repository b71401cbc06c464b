// SPDX-License-Identifier: Apache-2.0
//
// What the readers of config/project_files.h share: the document, its places, and what was found so far.
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/diagnostic.h"
#include "base/suggest.h"
#include "config/requirements_file.h"
#include "config/source_file.h"
#include "document/value.h"

namespace lamella::config {

inline constexpr std::string_view kHashPrefix = "sha256:";

class ProjectReading {
 public:
  ProjectReading(const std::string& text, const std::string& path, const document::Value& document,
                 const model::Requirements& wanted)
      : source_(text, path), document_(document), wanted_(wanted) {
    out_.files.push_back(path);
  }
  RequirementsFile take() { return std::move(out_); }

 protected:
  Error usage(std::string what, const document::Value& at) const {
    return source_.usage(std::move(what), at.position());
  }

  Result<RequirementLine> line_of(const std::string& text, const document::Value& at) const {
    auto parsed = parse_requirement(text);
    if (!parsed) return source_.at(std::move(parsed).error(), at.position());
    if (!parsed->url.empty()) return outside(parsed->name, at);
    return RequirementLine{*std::move(parsed), model::PlacedText{text, place_of(at)}, {}};
  }

  base::Position place_of(const document::Value& at) const {
    base::Position position = at.position();
    if (position.file.empty()) position.file = source_.file();
    return position;
  }

  void note_python(const document::Value* range) {
    if (range != nullptr && range->is_string())
      out_.requires_python.push_back({*range->as_string(), place_of(*range)});
  }

  Error outside(std::string_view name, const document::Value& at) const {
    return usage(fmt::format("'{}' comes from outside the index", base::escaped(name)), at)
        .because("a requirement names a distribution and its versions, never an address or a folder")
        .remedy("publish it to the declared index, or list an in-repo package under `packages`");
  }

  /// The member of `table` called `name`, whatever its spelling.
  static const document::Value* find_normalised(const document::Value* table, std::string_view name) {
    if (table == nullptr || !table->is_object()) return nullptr;
    for (const document::Member& member : *table->as_object()) {
      if (normalised_name(member.key) == normalised_name(name)) return &member.value;
    }
    return nullptr;
  }

  Error absent(std::string_view kind, const model::PlacedText& name, const document::Value* table) const {
    std::vector<std::string> known;
    if (table != nullptr && table->is_object()) {
      for (const document::Member& member : *table->as_object()) known.push_back(member.key);
    }
    const auto near = base::nearest(name.text, known);
    return Error(ErrorCode::kUsage, fmt::format("{} has no {} '{}'", source_.file(), kind, name.text))
        .at(name.position)
        .remedy(near            ? fmt::format("did you mean \"{}\"?", *near)
                : known.empty() ? fmt::format("the file has no {} at all", kind)
                                : fmt::format("use one of: {}", fmt::join(known, ", ")));
  }

  const SourceFile source_;
  const document::Value& document_;
  const model::Requirements& wanted_;
  RequirementsFile out_;
};

template <class Format>
Result<RequirementsFile> read_as(const std::string& text, const std::string& path,
                                 const document::Value& document, const model::Requirements& wanted) {
  Format format(text, path, document, wanted);
  LAMELLA_TRY(format.read());
  return format.take();
}

/// Of a uv.lock.
Result<RequirementsFile> read_uv_lock(const std::string& text, const std::string& path,
                                      const document::Value& document, const model::Requirements& wanted);

}  // namespace lamella::config
