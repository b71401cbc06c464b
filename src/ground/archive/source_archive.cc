// SPDX-License-Identifier: Apache-2.0
#include "archive/source_archive.h"

#include <algorithm>
#include <set>
#include <utility>

#include "archive/gzip.h"
#include "archive/tar_reader.h"
#include "archive/zip_names.h"
#include "archive/zip_reader.h"
#include "base/diagnostic.h"
#include "base/encoding.h"

namespace lamella::archive {
namespace {

using Files = std::map<std::string, SourceArchive::File, std::less<>>;

constexpr int kMostLinks = 8;  // one after the other

Error refused(std::string rule, std::string_view name, const std::string& why) {
  return Error(ErrorCode::kRejected, "the source archive is refused")
      .because("'" + base::escaped(name) + "': " + why)
      .with("entry", base::escaped(name))
      .with("rule", std::move(rule));
}

std::string_view without_slash(std::string_view name) {
  while (name.ends_with('/')) name.remove_suffix(1);
  return name;
}

/// `target`, as a link in `folder` means it, without "." and ".."; nullopt where it leaves the archive.
std::optional<std::string> resolved(std::string_view folder, std::string_view target) {
  if (target.empty() || target.front() == '/') return std::nullopt;
  std::vector<std::string_view> parts;
  const auto walk = [&](std::string_view path) {
    while (!path.empty()) {
      const auto slash = path.find('/');
      const std::string_view part = path.substr(0, slash);
      path.remove_prefix(slash == std::string_view::npos ? path.size() : slash + 1);
      if (part.empty() || part == ".") continue;
      if (part == "..") {
        if (parts.empty()) return false;
        parts.pop_back();
      } else {
        parts.push_back(part);
      }
    }
    return true;
  };
  if (!walk(folder) || !walk(target)) return std::nullopt;
  std::string out;
  for (const std::string_view part : parts) out += (out.empty() ? "" : "/") + std::string(part);
  return out;
}

std::string_view folder_of(std::string_view path) {
  const auto slash = path.rfind('/');
  return slash == std::string_view::npos ? std::string_view() : path.substr(0, slash);
}

/// Collects what an archive has and holds it against the rules.
class Taking {
 public:
  explicit Taking(const SourceLimits& limits) : limits_(limits) {}

  /// The name as it is kept; "" for the archive's own folder, "./".
  static Result<std::string> name_of(std::string_view written) {
    std::string_view name = written;
    while (name.starts_with("./")) name.remove_prefix(2);
    name = without_slash(name);
    if (name.empty() || name == ".") return std::string();
    if (const auto why = zip::unsafe_name(name)) return refused("name", written, std::string(*why));
    return std::string(name);
  }

  Result<> add(std::string name, const SourceArchive::File& file) {
    bytes_ += file.content.size();
    if (bytes_ > limits_.bytes) {
      return Error(ErrorCode::kLimit, "the source archive holds more than is taken")
          .because("more than " + std::to_string(limits_.bytes) + " bytes")
          .with("rule", "size");
    }
    const auto [there, is_new] = files_.try_emplace(std::move(name), file);
    if (is_new || there->second.content == file.content) return {};
    return refused("duplicate", there->first, "it is there twice, and not the same");
  }
  void add_folder(std::string name) { folders_.insert(std::move(name)); }
  void add_link(std::string name, std::string target, bool hard) {
    links_[std::move(name)] = {std::move(target), hard};
  }

  Result<> follow_links() {
    for (const auto& [name, link] : links_) {
      LAMELLA_TRY_ASSIGN(const auto* file, target_of(name));
      LAMELLA_TRY(add(name, *file));
    }
    return {};
  }

  /// The archive's files into `out`; returns its top folder.
  Result<std::string> finish(Files& out) {
    LAMELLA_TRY_ASSIGN(std::string top, this->top());
    LAMELLA_TRY(check_folders());
    out = std::move(files_);
    return top;
  }

 private:
  /// The one folder that all lies in.
  Result<std::string> top() const {
    if (files_.empty()) return refused("empty", "", "there is no file in it");
    const std::string_view first = files_.begin()->first;
    const std::string top(first.substr(0, first.find('/')));
    for (const auto& [name, file] : files_) {
      if (!name.starts_with(top + "/"))
        return refused("top", name, "a source distribution has one folder at its top");
    }
    return top;
  }

  Result<> check_folders() const {
    for (const auto& [name, file] : files_) {
      if (folders_.contains(name)) return refused("file-and-folder", name, "it is a file and a folder");
      for (auto above = folder_of(name); !above.empty(); above = folder_of(above)) {
        if (files_.contains(above)) return refused("file-and-folder", above, "it is a file and a folder");
      }
    }
    return {};
  }

  struct Link {
    std::string target;
    bool hard = false;  ///< its target is a path from the archive's root
  };

  Result<const SourceArchive::File*> target_of(const std::string& name) const {
    std::string at = name;
    for (int i = 0; i < kMostLinks; ++i) {
      const auto link = links_.find(at);
      const auto next = resolved(link->second.hard ? "" : folder_of(at), link->second.target);
      if (!next) return refused("link", name, "it is a link that leaves the archive");
      if (const auto file = files_.find(*next); file != files_.end()) return &file->second;
      if (!links_.contains(*next)) return refused("link", name, "it is a link to no file of the archive");
      at = *next;
    }
    return refused("link", name, "it is a link that leads through too many others");
  }

  const SourceLimits& limits_;
  std::uint64_t bytes_ = 0;
  Files files_;
  std::set<std::string, std::less<>> folders_;
  std::map<std::string, Link> links_;
};

Result<> take_tar(std::span<const std::byte> tar, const SourceLimits& limits, Taking& into) {
  LAMELLA_TRY_ASSIGN(const auto members, read_tar(tar, limits.entries));
  for (const TarMember& member : members) {
    LAMELLA_TRY_ASSIGN(std::string name, Taking::name_of(member.name));
    if (member.kind == TarKind::kDirectory) {
      into.add_folder(std::move(name));
      continue;
    }
    if (name.empty()) return refused("name", member.name, "a file has no name");
    if (member.kind == TarKind::kFile) {
      LAMELLA_TRY(into.add(std::move(name), {std::string(base::as_text(member.content)), member.executable}));
    } else {
      into.add_link(std::move(name), member.target, member.kind == TarKind::kHardLink);
    }
  }
  return into.follow_links();
}

Result<> take_zip(std::span<const std::byte> bytes, const SourceLimits& limits, Taking& into) {
  const Limits bounds{
      .max_entries = limits.entries, .max_entry_size = limits.bytes, .max_total_size = limits.bytes};
  LAMELLA_TRY_ASSIGN(const auto zip, ZipReader::open(bytes, Profile::kUploaded, bounds));
  for (const Entry& entry : zip.entries()) {
    LAMELLA_TRY_ASSIGN(std::string name, Taking::name_of(entry.name));
    if (entry.kind == EntryKind::kDirectory) {
      into.add_folder(std::move(name));
      continue;
    }
    if (entry.kind == EntryKind::kSymlink) return refused("link", entry.name, "it is a link");
    LAMELLA_TRY_ASSIGN(const auto content, inflate_entry(zip, entry, limits.bytes));
    LAMELLA_TRY(into.add(std::move(name), {std::string(base::as_text(content)), entry.executable()}));
  }
  return {};
}

}  // namespace

bool is_source_archive(std::string_view filename) {
  return filename.ends_with(".tar.gz") || filename.ends_with(".zip");
}

Result<SourceArchive> SourceArchive::open(std::span<const std::byte> bytes, std::string_view filename,
                                          const SourceLimits& limits) {
  if (!is_source_archive(filename)) {
    return Error(ErrorCode::kRejected, "source archives are taken as .tar.gz and .zip")
        .because("'" + base::escaped(filename) + "' is another kind")
        .with("rule", "kind");
  }
  if (filename.ends_with(".zip")) {
    Taking taking(limits);
    LAMELLA_TRY(take_zip(bytes, limits, taking));
    SourceArchive out;
    LAMELLA_TRY_ASSIGN(out.top_, taking.finish(out.files_));
    return out;
  }
  // What is not content: a header a member, more for a long name, and padding.
  const std::uint64_t around = std::min<std::uint64_t>(limits.entries * 2048, limits.bytes) + 16'384;
  LAMELLA_TRY_ASSIGN(const auto tar, gunzip(bytes, limits.bytes + around));
  return open_tar(tar, limits);
}

Result<SourceArchive> SourceArchive::open_tar(std::span<const std::byte> tar, const SourceLimits& limits) {
  Taking taking(limits);
  LAMELLA_TRY(take_tar(tar, limits, taking));
  SourceArchive out;
  LAMELLA_TRY_ASSIGN(out.top_, taking.finish(out.files_));
  return out;
}

Result<std::optional<base::TreeEntry>> SourceArchive::stat(std::string_view path) const {
  if (const auto file = files_.find(path); file != files_.end()) {
    return std::optional<base::TreeEntry>(
        {std::string(path), base::FileKind::kFile, file->second.executable, file->second.content.size()});
  }
  const std::string below = std::string(path) + "/";
  const auto first = files_.lower_bound(below);
  if (first == files_.end() || !first->first.starts_with(below)) return std::optional<base::TreeEntry>();
  return std::optional<base::TreeEntry>({std::string(path), base::FileKind::kDirectory});
}

Result<std::vector<base::TreeEntry>> SourceArchive::list(std::string_view path) const {
  const std::string below = path.empty() ? std::string() : std::string(path) + "/";
  std::vector<base::TreeEntry> found;
  for (auto at = files_.lower_bound(below); at != files_.end() && at->first.starts_with(below); ++at) {
    found.push_back({at->first, base::FileKind::kFile, at->second.executable, at->second.content.size()});
  }
  return found;
}

Result<std::optional<std::string>> SourceArchive::read(std::string_view path) const {
  const auto file = files_.find(path);
  if (file == files_.end()) return std::optional<std::string>();
  return std::optional(file->second.content);
}

}  // namespace lamella::archive
