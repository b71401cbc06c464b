// SPDX-License-Identifier: Apache-2.0
#include <fmt/format.h>

#include <set>
#include <string>
#include <vector>

#include "archive/zip_parse.h"
#include "archive/zip_reader.h"
#include "base/diagnostic.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

constexpr std::uint64_t kMaxTarget = 4096;  // PATH_MAX
constexpr int kMaxHops = 40;                // what Linux follows

/// Pushes the components of `path` so that the first is popped first.
void push_components(std::string_view path, std::vector<std::string>& stack) {
  while (!path.empty()) {
    const std::size_t slash = path.rfind('/');
    stack.emplace_back(slash == std::string_view::npos ? path : path.substr(slash + 1));
    path = slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
  }
}

class LinkWalk {
 public:
  explicit LinkWalk(const ZipReader& zip) : zip_(zip) {
    for (const Entry& entry : zip.entries()) {
      for (std::size_t slash = entry.name.find('/'); slash != std::string::npos;
           slash = entry.name.find('/', slash + 1)) {
        directories_.insert(entry.name.substr(0, slash));
      }
    }
  }

  Result<> check(const Entry& link) const {
    std::vector<std::string> rest;
    push_components(link.name, rest);
    std::string here;
    int hops = 0;
    while (!rest.empty()) {
      const std::string part = std::move(rest.back());
      rest.pop_back();
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        if (here.empty()) return bad(link, "it points outside the archive");
        const std::size_t slash = here.rfind('/');
        here.resize(slash == std::string::npos ? 0 : slash);
        continue;
      }
      const std::string next = here.empty() ? part : here + '/' + part;
      const Entry* found = zip_.find(next);
      if (found != nullptr && found->kind == EntryKind::kSymlink) {
        if (++hops > kMaxHops) return bad(link, "it is part of a loop of links");
        LAMELLA_TRY(follow(link, *found, rest));
        continue;
      }
      const bool is_file = found != nullptr && found->kind == EntryKind::kFile;
      if (is_file ? !rest.empty() : !directories_.contains(next)) {
        return bad(link, "it points at nothing in the archive");
      }
      here = next;
    }
    return {};
  }

 private:
  static Error bad(const Entry& link, std::string why) {
    return zip::refuse_entry("link", link.name, std::move(why));
  }

  Result<> follow(const Entry& start, const Entry& link, std::vector<std::string>& rest) const {
    LAMELLA_TRY_ASSIGN(const auto bytes, inflate_entry(zip_, link, kMaxTarget));
    const std::string_view target = base::as_text(bytes);
    if (target.empty() || target.find('\0') != std::string_view::npos)
      return bad(start, "its target is malformed");
    if (target.front() == '/')
      return bad(start, fmt::format("it points at the absolute {}", base::escaped(target)));
    push_components(target, rest);
    return {};
  }

  const ZipReader& zip_;
  std::set<std::string> directories_;
};

}  // namespace

Result<> verify_links(const ZipReader& zip) {
  const LinkWalk walk(zip);
  for (const Entry& entry : zip.entries()) {
    if (entry.kind == EntryKind::kSymlink) LAMELLA_TRY(walk.check(entry));
  }
  return {};
}

}  // namespace lamella::archive
