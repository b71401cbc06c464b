// SPDX-License-Identifier: Apache-2.0
#include "base/tree_text.h"

#include <fmt/format.h>

#include <deque>
#include <vector>

#include "base/diagnostic.h"
#include "base/pointer_file.h"
#include "base/units.h"

namespace lamella::base {
namespace {

constexpr int kMostLinks = 40;  // as Linux

std::deque<std::string> names_of(std::string_view path) {
  std::deque<std::string> names;
  while (!path.empty()) {
    const auto slash = path.find('/');
    names.emplace_back(path.substr(0, slash));
    path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
  }
  return names;
}

Error too_large(std::string_view path) {
  return Error(ErrorCode::kLimit, "a file is too large to read")
      .at(escaped(path))
      .because(fmt::format("at most {} are read", format_size(kLargestText)));
}

}  // namespace

Result<std::optional<std::string>> real_path(const FileTree& tree, std::string_view path) {
  std::deque<std::string> open = names_of(path);
  std::vector<std::string> done;
  const auto joined = [&] {
    std::string text;
    for (const std::string& name : done) text += (text.empty() ? "" : "/") + name;
    return text;
  };
  int links = 0;
  while (!open.empty()) {
    const std::string name = std::move(open.front());
    open.pop_front();
    if (name.empty() || name == ".") continue;
    if (name == "..") {
      if (done.empty()) return std::optional<std::string>();
      done.pop_back();
      continue;
    }
    done.push_back(name);
    LAMELLA_TRY_ASSIGN(const auto entry, tree.stat(joined()));
    if (!entry) return std::optional<std::string>();
    if (entry->kind != FileKind::kSymlink) continue;
    LAMELLA_TRY_ASSIGN(const auto target, tree.read(joined()));
    if (!target || target->empty() || target->front() == '/' || ++links > kMostLinks)
      return std::optional<std::string>();
    done.pop_back();
    auto names = names_of(*target);
    open.insert(open.begin(), names.begin(), names.end());
  }
  return std::optional(joined());
}

Result<std::optional<std::string>> read_text(const FileTree& tree, std::string_view path) {
  LAMELLA_TRY_ASSIGN(auto entry, tree.stat(path));
  std::string place(path);
  if (!entry || entry->kind == FileKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(auto real, real_path(tree, path));
    if (!real && !entry) return std::optional<std::string>();
    if (!real) {
      return Error(ErrorCode::kUsage, "a symbolic link leaves the workspace or leads nowhere")
          .at(escaped(path))
          .remedy("replace it by the file it points to");
    }
    place = *std::move(real);
    LAMELLA_TRY_ASSIGN(entry, tree.stat(place));
  }
  if (entry && entry->kind == FileKind::kFile && entry->size > kLargestText) return too_large(path);
  LAMELLA_TRY_ASSIGN(auto text, tree.read(place));
  if (text && text->size() > kLargestText) return too_large(path);
  if (text) LAMELLA_TRY(refuse_pointer(*text, path));
  return text;
}

}  // namespace lamella::base
