// SPDX-License-Identifier: Apache-2.0
#include "change/working_tree.h"

#include <fcntl.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <mutex>
#include <span>

#include "change/git_index.h"
#include "change/git_on_demand.h"
#include "change/leftovers.h"
#include "os/directory_tree.h"
#include "os/look.h"
#include "os/walk.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kLargestFile = 2'000'000'000;

class WorkingTree final : public Snapshot {
 public:
  WorkingTree(const CommitTrees& trees, fs::path folder, const std::string& prefix, GitIndex index)
      : trees_(trees),
        disk_(std::move(folder)),
        prefix_(prefix.empty() ? "" : prefix + "/"),
        index_(std::move(index)) {}

  std::string name() const override { return "the working tree"; }
  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    return disk_.stat(path);
  }
  Result<std::vector<std::optional<base::TreeEntry>>> stat_each(
      std::string_view folder, std::span<const std::string_view> names) const override {
    std::string question(folder);
    for (const std::string_view name : names) question.append(1, '\0').append(name);
    {
      const std::lock_guard lock(mutex_);
      const auto known = answers_.find(question);
      if (known != answers_.end()) return known->second;
    }
    LAMELLA_TRY_ASSIGN(auto found, disk_.stat_each(folder, names));
    const std::lock_guard lock(mutex_);
    return answers_.emplace(std::move(question), std::move(found)).first->second;
  }
  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override { return disk_.list(path); }
  Result<std::optional<std::string>> read(std::string_view path) const override { return disk_.read(path); }

  Result<SnapshotFolder> folder(std::string_view path) const override {
    LAMELLA_TRY_ASSIGN(const auto entry, disk_.stat(path));
    SnapshotFolder found;
    if (!entry) {
      found.files = absent(path);
      return found;
    }
    if (entry->kind != base::FileKind::kDirectory) {
      LAMELLA_TRY_ASSIGN(found.files, single(std::string(path)));
      return found;
    }
    const fs::path folder = path.empty() ? disk_.root() : disk_.root() / path;
    LAMELLA_TRY_ASSIGN(auto walked, os::walk(folder, {.skip = is_leftover}));
    found = noted(path, walked);
    if (found.files.empty()) found.files = absent(path);  // a submodule that is not checked out
    return found;
  }

  Result<ContentId> identify(const SnapshotFile& file) const override {
    if (file.id) return *file.id;
    std::string bytes;
    if (file.kind == base::FileKind::kSymlink) {
      LAMELLA_TRY_ASSIGN(bytes, os::read_symlink(disk_.root() / file.path));
    } else if (file.kind == base::FileKind::kFile) {
      LAMELLA_TRY_ASSIGN(bytes, os::read_file(disk_.root() / file.path, kLargestFile));
    } else {
      return Error(ErrorCode::kRejected, "a layer can hold files and folders only")
          .at(base::escaped(file.path));
    }
    git_oid oid{};
    if (LAMELLA_GIT(git_odb_hash)(&oid, bytes.data(), bytes.size(), GIT_OBJECT_BLOB) != 0) {
      return git_error("a file cannot be hashed").at(base::escaped(file.path));
    }
    const ContentId id = id_of(oid);
    const auto* entry = file.kind == base::FileKind::kFile ? index_.find(prefix_ + file.path) : nullptr;
    if (entry == nullptr || id == entry->id()) return id;
    return filtered(file.path);
  }

  Result<std::optional<ContentId>> folder_id(std::string_view) const override {
    return std::optional<ContentId>();
  }

  /// As git compares: what was noted is looked at by its name.
  Result<std::optional<ContentId>> plain_id(std::string_view path) const override {
    const std::string folder = prefix_ + std::string(path);
    const GitIndex::Folder* tree = index_.folder(folder);
    const auto entries = index_.below(folder + "/");
    const bool plain = std::none_of(entries.begin(), entries.end(), [](const GitIndex::Entry& entry) {
      return entry.is_symlink() || entry.is_submodule() || entry.is_skipped();
    });
    if (tree == nullptr || entries.empty() || tree->entries != entries.size() || !plain)
      return std::optional<ContentId>();
    LAMELLA_TRY_ASSIGN(const bool same, is_as_noted(entries, folder.size() + 1));
    return same ? std::optional(tree->id) : std::nullopt;
  }

 private:
  static ContentId id_of(const git_oid& oid) {
    ContentId id;
    std::memcpy(id.data(), oid.id, id.size());
    return id;
  }

  /// Of what git would store of a file: libgit2 knows line endings and `ident`, and runs no program.
  Result<ContentId> filtered(const std::string& path) const {
    const std::lock_guard lock(trees_.mutex);
    const std::string known_as = prefix_ + path;
    git_oid oid{};
    if (LAMELLA_GIT(git_repository_hashfile)(&oid, trees_.repository, (disk_.root() / path).c_str(),
                                             GIT_OBJECT_BLOB, known_as.c_str()) != 0) {
      return git_error("a file cannot be hashed").at(base::escaped(path));
    }
    return id_of(oid);
  }

  /// True if a folder holds the files of `entries`, as git noted them, and nothing else.  Their names in it begin
  /// at `begin`.  REQUIRES: entries.
  Result<bool> is_as_noted(std::span<const GitIndex::Entry> entries, std::size_t begin) const {
    const std::string_view first = entries.front().path();
    const fs::path folder = disk_.root() / first.substr(prefix_.size(), begin - 1 - prefix_.size());
    const auto look = os::DirectoryLook::open_to_list(AT_FDCWD, folder.string());
    if (!look) return false;
    std::size_t there = 0;
    LAMELLA_TRY(look->names([&](std::string_view name, base::FileKind kind) {
      if (!is_leftover(name, kind)) ++there;
    }));
    std::size_t names = 0;
    for (auto at = entries.begin(); at != entries.end(); ++names) {
      const std::string_view path = at->path();
      const auto slash = path.find('/', begin);
      if (slash == std::string_view::npos) {
        LAMELLA_TRY_ASSIGN(const auto info, look->info(path.data() + begin));
        if (!info || !index_.is_clean(*at, *info)) return false;
        ++at;
        continue;
      }
      const std::string_view below = path.substr(0, slash + 1);
      const auto end = std::find_if(
          at, entries.end(), [&](const GitIndex::Entry& one) { return !one.path().starts_with(below); });
      LAMELLA_TRY_ASSIGN(const bool same, is_as_noted({at, end}, slash + 1));
      if (!same) return false;
      at = end;
    }
    return names == there;
  }

  SnapshotFile described(std::string path, const os::FileInfo& info, const GitIndex::Entry* entry) const {
    const bool executable = info.kind == base::FileKind::kFile && (info.mode & 0100U) != 0;
    SnapshotFile file{std::move(path), info.kind, executable, entry != nullptr, {}};
    if (entry != nullptr && index_.is_clean(*entry, info)) file.id = entry->id();
    return file;
  }

  Result<std::vector<SnapshotFile>> single(std::string path) const {
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(disk_.root() / path));
    if (!info) return std::vector<SnapshotFile>();
    const auto* entry = index_.find(prefix_ + path);
    return std::vector<SnapshotFile>{described(std::move(path), *info, entry)};
  }

  /// What a sparse checkout left out is there for git, and for us.
  std::vector<SnapshotFile> absent(std::string_view path) const {
    std::vector<SnapshotFile> files;
    for (const GitIndex::Entry& entry : index_.below(prefix_ + std::string(path)))
      add_unseen(entry, files, path);
    return files;
  }

  /// Merges what is on disk with what git noted; both are sorted bytewise.  The folder has the id that git
  /// noted for it if everything in it is as git noted it.
  SnapshotFolder noted(std::string_view path, const std::vector<os::WalkEntry>& walked) const {
    const std::string inside = path.empty() ? std::string() : std::string(path) + "/";
    const auto entries = index_.below(prefix_ + inside);
    SnapshotFolder found;
    found.files.reserve(walked.size());
    std::size_t as_noted = 0;
    auto next = entries.begin();
    for (const os::WalkEntry& one : walked) {
      std::string name = inside + one.path;
      while (next != entries.end() && within(*next) < name) add_unseen(*next++, found.files, {});
      const bool known = next != entries.end() && within(*next) == name;
      found.files.push_back(described(std::move(name), one.info, known ? &*next : nullptr));
      if (found.files.back().id) ++as_noted;
      if (known) ++next;
    }
    while (next != entries.end()) add_unseen(*next++, found.files, {});
    std::string folder = prefix_ + std::string(path);
    if (folder.ends_with('/')) folder.pop_back();
    const GitIndex::Folder* tree = index_.folder(folder);
    const bool whole = as_noted == walked.size() && as_noted == entries.size();
    if (tree != nullptr && whole && tree->entries == as_noted) found.id = tree->id;
    return found;
  }

  std::string_view within(const GitIndex::Entry& entry) const { return entry.path().substr(prefix_.size()); }

  /// An entry without a file: gone, unless it was left out on purpose or is a submodule that is not checked
  /// out.
  void add_unseen(const GitIndex::Entry& entry, std::vector<SnapshotFile>& files,
                  std::string_view only) const {
    const std::string path(within(entry));
    if (!only.empty() && path != only && !path.starts_with(std::string(only) + "/")) return;
    if (entry.is_submodule()) {
      if (!os::exists(disk_.root() / path / ".git"))
        files.push_back({path, base::FileKind::kOther, false, true, entry.id()});
      return;
    }
    if (!entry.is_skipped() || has_leftover(path)) return;
    const auto kind = entry.is_symlink() ? base::FileKind::kSymlink : base::FileKind::kFile;
    files.push_back({path, kind, kind == base::FileKind::kFile && entry.is_executable(), true, entry.id()});
  }

  static bool has_leftover(std::string_view path) {
    for (std::size_t end = 0; end != std::string_view::npos; end = path.find('/', end + 1)) {
      if (end != 0 && is_leftover(path.substr(0, end), base::FileKind::kDirectory)) return true;
    }
    return is_leftover(path, base::FileKind::kFile);
  }

  const CommitTrees& trees_;
  os::DirectoryTree disk_;
  std::string prefix_;  ///< "" or with a slash at its end
  GitIndex index_;
  mutable std::mutex mutex_;
  /// Of stat_each(): both sides of a comparison ask, each several times, what its folders are.
  mutable std::map<std::string, std::vector<std::optional<base::TreeEntry>>> answers_;  // guarded by mutex_
};

}  // namespace

Result<std::unique_ptr<Snapshot>> open_working_tree(const CommitTrees& trees, const fs::path& folder,
                                                    const std::string& prefix, const fs::path& index) {
  LAMELLA_TRY(load_git());
  return std::unique_ptr<Snapshot>(
      std::make_unique<WorkingTree>(trees, folder, prefix, GitIndex::load(index)));
}

}  // namespace lamella::change
