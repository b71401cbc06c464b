// SPDX-License-Identifier: Apache-2.0
#include "proof/opt_reader.h"

#include <algorithm>
#include <mutex>
#include <set>
#include <string>

#include "archive/crc32.h"
#include "archive/deflate.h"
#include "archive/segment.h"
#include "archive/zip_reader.h"
#include "base/encoding.h"

namespace lamella::proof {
namespace {

using archive::Entry;
using model::OptBinary;
using model::OptPart;

constexpr std::uint64_t kLargeBinary = 16'000'000;  // of these, one is in memory at a time
constexpr std::uint64_t kLargestInit = 16'384;      // one that extends its path is a few lines
constexpr std::uint64_t kLargestSource = 1'000'000;
constexpr std::uint64_t kLargestMetadata = 1'000'000;

/// Entries and where their compressed bytes lie.
struct Contents {
  std::vector<Entry> entries;
  std::span<const std::byte> body;

  std::optional<std::string> text(const Entry& entry) const {
    std::string out(static_cast<std::size_t>(entry.size), '\0');
    if (entry.data_offset > body.size() || entry.compressed_size > body.size() - entry.data_offset)
      return std::nullopt;
    const auto compressed = body.subspan(static_cast<std::size_t>(entry.data_offset),
                                         static_cast<std::size_t>(entry.compressed_size));
    const auto into = std::as_writable_bytes(std::span(out));
    if (entry.method == archive::Method::kStored) {
      if (compressed.size() != into.size()) return std::nullopt;
      std::copy(compressed.begin(), compressed.end(), into.begin());
    } else if (!archive::inflate_into(compressed, into)) {
      return std::nullopt;
    }
    if (archive::crc32(into) != entry.crc32) return std::nullopt;
    return out;
  }
};

Result<Contents> open(std::span<const std::byte> bytes, Packed packed) {
  if (packed == Packed::kSegment) {
    LAMELLA_TRY_ASSIGN(archive::Segment segment, archive::open_segment(bytes));
    return Contents{std::move(segment.index.entries), segment.mapped};
  }
  const auto profile = packed == Packed::kZip ? archive::Profile::kOwn : archive::Profile::kUploaded;
  LAMELLA_TRY_ASSIGN(const auto zip, archive::ZipReader::open(bytes, profile));
  return Contents{zip.entries(), bytes};
}

std::string_view name_of(const Entry& entry) {
  return std::string_view(entry.name).substr(entry.name.rfind('/') + 1);
}

bool contains(std::string_view text, std::string_view what) {
  return text.find(what) != std::string_view::npos;
}

/// Each line without the spaces in front.
template <class Visit>
void for_each_line(std::string_view text, const Visit& visit) {
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    while (!line.empty() && (line.front() == ' ' || line.front() == '\t')) line.remove_prefix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    visit(line);
  }
}

bool is_without_statement(std::string_view text) {
  bool empty = true;
  for_each_line(text, [&](std::string_view line) { empty = empty && (line.empty() || line.front() == '#'); });
  return empty;
}

void read_init(const Entry& entry, std::string_view text, OptPart& facts) {
  if (contains(text, "extend_path") || contains(text, "declare_namespace")) {
    facts.namespace_inits.push_back(entry.name);
  } else if (entry.name.ends_with(".py") && is_without_statement(text)) {
    facts.empty_inits.push_back(entry.name);
  }
}

void read_pth(const Entry& entry, std::string_view text, OptPart& facts) {
  bool runs = false;
  for_each_line(text, [&](std::string_view line) {
    runs = runs || line.starts_with("import ") || line.starts_with("import\t");
  });
  if (runs) facts.startup_pths.push_back(entry.name);
}

void read_requirements(std::string_view text, OptPart& facts) {
  constexpr std::string_view kField = "Requires-Dist: ";
  for_each_line(text, [&](std::string_view line) {
    if (line.starts_with(kField)) facts.requires_dist.emplace_back(line.substr(kField.size()));
  });
}

bool is_of_every_system(std::string_view soname) {
  for (const auto* name : {"libc.so.", "libm.so.", "libdl.so.", "librt.so.", "libpthread.so.", "libutil.so.",
                           "libgcc_s.so.", "libstdc++.so.", "ld-linux"}) {
    if (soname.starts_with(name)) return true;
  }
  return false;
}

/// Whether some library needs what no path of its own leads to: then it counts what Python files load before.
bool lacks_a_path(const OptPart& facts) {
  std::set<std::string_view> beside;
  for (const OptBinary& one : facts.binaries) {
    beside.insert(std::string_view(one.path).substr(one.path.rfind('/') + 1));
    beside.insert(one.soname);
  }
  return std::any_of(facts.binaries.begin(), facts.binaries.end(), [&](const OptBinary& one) {
    const bool has_path = !one.rpath.empty() || !one.runpath.empty();
    return std::any_of(one.needed.begin(), one.needed.end(), [&](const std::string& soname) {
      return !is_of_every_system(soname) && !(has_path && beside.contains(soname));
    });
  });
}

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
         c == '+' || c == '.';
}

/// Words that name a library or a folder of them: "libfoo.so.1", "numpy.libs".
void note_libraries(std::string_view text, std::set<std::string>& words) {
  for (std::size_t at = 0; at < text.size();) {
    if (!is_word(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word(text[end])) ++end;
    std::string_view word = text.substr(at, end - at);
    at = end;
    while (word.ends_with('.')) word.remove_suffix(1);
    const bool library = word.starts_with("lib") && word.size() > 4 && contains(word, ".so");
    if (library || (word.ends_with(".libs") && word.size() > 5)) words.emplace(word);
  }
}

void note_imports(std::string_view text, std::set<std::string>& modules) {
  for_each_line(text, [&](std::string_view line) {
    for (const std::string_view word : {std::string_view("import "), std::string_view("from ")}) {
      if (!line.starts_with(word)) continue;
      const std::string_view rest = line.substr(word.size());
      const std::string_view top = rest.substr(0, rest.find_first_of(" .,;#"));
      if (!top.empty()) modules.emplace(top);
    }
  });
}

/// What the Python files of the part load and import.
void read_sources(const Contents& contents, OptPart& facts) {
  std::set<std::string> words;
  std::set<std::string> modules;
  for (const Entry& entry : contents.entries) {
    const bool source = entry.name.ends_with(".py");
    if ((!source && !entry.name.ends_with(".pyc")) || entry.size > kLargestSource) continue;
    const auto text = contents.text(entry);
    if (!text) continue;
    if (contains(*text, "CDLL") || contains(*text, "LoadLibrary") || contains(*text, "dlopen"))
      note_libraries(*text, words);
    if (source) note_imports(*text, modules);
  }
  facts.preloads.assign(words.begin(), words.end());
  facts.imports.assign(modules.begin(), modules.end());
}

void read_binary(const Contents& contents, const Entry& entry, const BinaryFacts& noted, OptPart& facts) {
  if (const auto* known = noted.find(entry)) {
    if (*known) facts.binaries.push_back(**known);
    return;
  }
  static std::mutex large;
  std::unique_lock<std::mutex> one_at_a_time;
  if (entry.size > kLargeBinary) one_at_a_time = std::unique_lock(large);
  const auto text = contents.text(entry);
  if (!text) return;
  if (auto binary = binary_of(entry, base::as_bytes(*text))) facts.binaries.push_back(*std::move(binary));
}

}  // namespace

Result<std::vector<model::OptFile>> read_opt_files(std::span<const std::byte> bytes, Packed packed) {
  LAMELLA_TRY_ASSIGN(const Contents contents, open(bytes, packed));
  std::vector<model::OptFile> files;
  files.reserve(contents.entries.size());
  for (const Entry& entry : contents.entries) {
    if (entry.kind != archive::EntryKind::kDirectory) files.push_back({entry.name, entry.size, entry.crc32});
  }
  return files;
}

Result<OptPart> read_opt_facts(std::span<const std::byte> bytes, Packed packed, const BinaryFacts& noted) {
  LAMELLA_TRY_ASSIGN(const Contents contents, open(bytes, packed));
  OptPart facts;
  for (const Entry& entry : contents.entries) {
    if (entry.kind != archive::EntryKind::kFile) continue;
    const std::string_view name = name_of(entry);
    const auto small = [&](std::uint64_t limit, const auto& read) {
      const auto text = entry.size > limit ? std::nullopt : contents.text(entry);
      if (text) read(entry, *text, facts);
    };
    if (may_be_binary(entry)) read_binary(contents, entry, noted, facts);
    if (name.starts_with("__init__.")) small(kLargestInit, read_init);
    if (name.ends_with(".pth")) small(kLargestInit, read_pth);
    if (name == "METADATA" && contains(entry.name, "boto3-"))
      small(kLargestMetadata,
            [](const Entry&, std::string_view text, OptPart& out) { read_requirements(text, out); });
  }
  if (lacks_a_path(facts)) read_sources(contents, facts);
  return facts;
}

}  // namespace lamella::proof
