// SPDX-License-Identifier: Apache-2.0
#include "build/unused.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <map>

#include "base/split.h"

namespace lamella::build {
namespace {

struct Folder {
  std::uint64_t files = 0;
  std::uint64_t bytes = 0;
  bool used = false;
  bool code = false;
  bool libraries = false;  ///< shared objects that are no Python modules
};

constexpr std::size_t kTellingName = 4;  // a shorter last part of a name is a word of every module

bool is_part_of_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

/// A package's own file is named by its folder.
std::string module_place(const std::string& path) {
  constexpr std::string_view kOwn = "/__init__.py";
  return path.ends_with(kOwn) ? path.substr(0, path.size() - kOwn.size()) : path;
}

/// Hashes of the words of a text, sorted, each once.
std::vector<std::size_t> words_of(std::string_view text) {
  std::vector<std::size_t> words;
  for (std::size_t at = 0; at < text.size();) {
    std::size_t end = at;
    while (end < text.size() && is_part_of_word(text[end])) ++end;
    if (end > at) words.push_back(std::hash<std::string_view>()(text.substr(at, end - at)));
    at = end + 1;
  }
  std::sort(words.begin(), words.end());
  words.erase(std::unique(words.begin(), words.end()), words.end());
  return words;
}

bool in_one_line(std::string_view text, std::string_view one, std::string_view other) {
  const auto lines = base::split(text, '\n');
  return std::any_of(lines.begin(), lines.end(),
                     [&](std::string_view line) { return has_word(line, one) && has_word(line, other); });
}

std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

bool is_shared(const std::string& path) {
  const std::string name = name_of(path);
  return name.ends_with(".so") || name.find(".so.") != std::string::npos;
}
bool is_extension(const std::string& path) {
  return is_shared(path) && name_of(path).find(".cpython-") != std::string::npos;
}
bool is_code(const std::string& path) { return path.ends_with(".py") || is_shared(path); }

void add(Folder& folder, const ShippedFile& file) {
  ++folder.files;
  folder.bytes += file.bytes;
  folder.used = folder.used || file.used;
  folder.code = folder.code || is_code(file.path);
  folder.libraries = folder.libraries || (is_shared(file.path) && !is_extension(file.path));
}

std::map<std::string, Folder> folders_of(const std::vector<ShippedFile>& files) {
  std::map<std::string, Folder> folders;
  for (const ShippedFile& file : files) {
    const std::string& path = file.path;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      add(folders[path.substr(0, slash)], file);
    }
  }
  return folders;
}

/// The topmost folder around `path` of which nothing was used, or "".
std::string unused_folder(const std::map<std::string, Folder>& folders, const std::string& path) {
  for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
    std::string folder = path.substr(0, slash);
    if (!folders.at(folder).used) return folder;
  }
  return {};
}

/// What a client reads when it is made, which only a check that makes it shows.
bool is_service_data(const std::string& place) {
  return place.starts_with("botocore/data/") || place.starts_with("boto3/data/");
}

Proposal proposal_of(const std::string& place, const std::string& pattern, const Folder& what, Seen seen,
                     const std::function<Named(const std::string&)>& names) {
  Proposal out{pattern, what.files, what.bytes, Risk::kHigh, ""};
  if (what.libraries) {
    out.why = "a library that was not loaded; modules that did not run may link it";
  } else if (is_service_data(place)) {
    out.why = "data of an AWS service, read when a client is made for it";
  } else if (const Named by = names(place); by != Named::kNo) {
    out.why = fmt::format("nothing {} it, but {}", what.code ? "imported" : "opened",
                          by == Named::kByWhatRan ? "a module that ran names it: a call may"
                                                  : "a module that a call may import names it");
  } else if (seen == Seen::kImportsAlone) {
    out.why = fmt::format("nothing {} it at start; no check made a call that may",
                          what.code ? "imported" : "opened");
  } else if (!what.code) {
    out.risk = Risk::kLow;
    out.why = "data that nothing opened, and that no module that ran names";
  } else if (place.find('/') == std::string::npos) {
    out.why = "a whole package that nothing imported";
  } else {
    out.risk = Risk::kMedium;
    out.why = "nothing imported it, and no module that ran names it";
  }
  return out;
}

}  // namespace

void RanTexts::add(std::string path, Whose whose, std::string text) {
  Ran ran{std::move(path), whose, std::move(text), {}};
  ran.words = words_of(ran.text);
  texts_.push_back(std::move(ran));
}

void RanTexts::reach() {
  std::vector<const Ran*> open;
  for (const Ran& ran : texts_) {
    if (ran.whose == Whose::kWorkspace) open.push_back(&ran);
  }
  while (!open.empty()) {
    const Ran& from = *open.back();
    open.pop_back();
    for (Ran& ran : texts_) {
      if (ran.whose != Whose::kIdle || !names(from, module_place(ran.path))) continue;
      ran.whose = Whose::kMayRun;
      open.push_back(&ran);
    }
  }
}

Named RanTexts::name(const std::string& place) const {
  Named found = Named::kNo;
  for (const Ran& ran : texts_) {
    if (ran.whose == Whose::kIdle || !names(ran, place)) continue;
    if (ran.whose != Whose::kMayRun) return Named::kByWhatRan;
    found = Named::kByWhatMayRun;
  }
  return found;
}

bool RanTexts::names(const Ran& ran, const std::string& place) {
  std::string dotted =
      place.substr(0, place.find('.', place.rfind('/') == std::string::npos ? 0 : place.rfind('/')));
  std::replace(dotted.begin(), dotted.end(), '/', '.');
  const std::string last = dotted.substr(dotted.rfind('.') + 1);
  const bool plain = std::all_of(last.begin(), last.end(), is_part_of_word);
  if (plain && !std::binary_search(ran.words.begin(), ran.words.end(), std::hash<std::string_view>()(last)))
    return false;
  if (has_word(ran.text, dotted)) return true;
  // An extension module is full of short words; only what it names whole counts.
  if (ran.path.ends_with(".so") || !has_word(ran.text, last)) return false;
  const std::string folder = place.substr(0, place.rfind('/') + 1);
  const bool sibling = ran.path.starts_with(folder) && ran.path.find('/', folder.size()) == std::string::npos;
  if (sibling) return true;
  if (ran.path.starts_with(place.substr(0, place.find('/') + 1))) return last.size() >= kTellingName;
  const std::string package = dotted.substr(0, dotted.find('.'));
  return ran.whose == Whose::kWorkspace ? has_word(ran.text, package) : in_one_line(ran.text, package, last);
}

std::string strings_of(std::string_view bytecode) {
  constexpr char kReferred = '\x80';  // a flag of marshal's type bytes
  std::string out;
  for (std::size_t at = 0; at + 2 < bytecode.size(); ++at) {
    const auto type = static_cast<char>(bytecode[at] & ~kReferred);
    const std::size_t size = static_cast<unsigned char>(bytecode[at + 1]);
    if ((type != 'z' && type != 'Z') || size == 0 || at + 2 + size > bytecode.size()) continue;
    const std::string_view text = bytecode.substr(at + 2, size);
    const bool printable = std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
    if (printable) out += std::string(text) + "\n";
  }
  return out;
}

bool has_word(std::string_view text, std::string_view word) {
  for (auto at = text.find(word); at != std::string_view::npos; at = text.find(word, at + 1)) {
    const bool begins = at == 0 || !is_part_of_word(text[at - 1]);
    const bool ends = at + word.size() >= text.size() || !is_part_of_word(text[at + word.size()]);
    if (begins && ends) return true;
  }
  return false;
}

std::vector<Proposal> propose(const std::vector<ShippedFile>& files, Seen seen,
                              const std::function<Named(const std::string&)>& names) {
  const auto folders = folders_of(files);
  std::map<std::string, Folder> found;  // by pattern
  std::map<std::string, std::string> places;
  for (const ShippedFile& file : files) {
    if (file.used || file.path.find(".dist-info/") != std::string::npos) continue;
    const std::string folder = unused_folder(folders, file.path);
    const std::string pattern = folder.empty() ? file.path : folder + "/**";
    add(found[pattern], file);
    places[pattern] = folder.empty() ? file.path : folder;
  }
  std::vector<Proposal> out;
  for (const auto& [pattern, what] : found) {
    if (what.bytes >= kLeastProposal)
      out.push_back(proposal_of(places.at(pattern), pattern, what, seen, names));
  }
  std::stable_sort(out.begin(), out.end(),
                   [](const Proposal& a, const Proposal& b) { return a.bytes > b.bytes; });
  return out;
}

}  // namespace lamella::build
