// SPDX-License-Identifier: Apache-2.0
#include "change/commit_tree.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <map>
#include <optional>

#include "change/git_on_demand.h"
#include "change/leftovers.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDeepest = 512;  // folders in each other; git's own trees stay far below

ContentId id_of(const git_oid& oid) {
  ContentId id;
  std::memcpy(id.data(), oid.id, id.size());
  return id;
}

base::FileKind kind_of(git_filemode_t mode) {
  switch (mode) {
    case GIT_FILEMODE_TREE: return base::FileKind::kDirectory;
    case GIT_FILEMODE_LINK: return base::FileKind::kSymlink;
    case GIT_FILEMODE_COMMIT: return base::FileKind::kOther;
    default: return base::FileKind::kFile;
  }
}

/// git refuses to check out such names; a tree that has them was made by hand.
Result<> check_name(std::string_view name, const std::string& folder) {
  std::string lower(name);
  std::transform(lower.begin(), lower.end(), lower.begin(), [](unsigned char c) { return std::tolower(c); });
  const bool bad = name.empty() || name == "." || name == ".." || name.find('/') != std::string_view::npos ||
                   lower == ".git" || lower == "git~1";
  if (!bad) return {};
  return Error(ErrorCode::kRejected,
               fmt::format("a folder of the repository has an entry called '{}'", base::escaped(name)))
      .at(base::escaped(folder.empty() ? "its top" : folder))
      .because("git itself never writes such a name");
}

Error lacking(std::string what) {
  return git_error(std::move(what))
      .remedy("run `git fetch --unshallow`, or `git fetch --refetch` in a partial clone");
}

std::string joined(const std::string& folder, std::string_view name) {
  return folder.empty() ? std::string(name) : folder + "/" + std::string(name);
}

class CommitTree final : public Snapshot {
 public:
  CommitTree(const CommitTrees& trees, std::string commit, std::string prefix, GitOwned<git_tree> root)
      : trees_(trees), commit_(std::move(commit)), prefix_(std::move(prefix)), root_(std::move(root)) {}

  std::string name() const override { return "commit " + commit_.substr(0, 12); }

  Result<std::optional<base::TreeEntry>> stat(std::string_view path) const override {
    const std::lock_guard lock(trees_.mutex);
    if (path.empty() && root_) return base::TreeEntry{"", base::FileKind::kDirectory, false, 0};
    const Located at = locate(path);
    if (!at.entry) return std::optional<base::TreeEntry>();
    const git_filemode_t mode = LAMELLA_GIT(git_tree_entry_filemode)(at.entry.get());
    base::TreeEntry found{std::string(path), kind_of(mode), mode == GIT_FILEMODE_BLOB_EXECUTABLE, 0};
    if (mode == GIT_FILEMODE_COMMIT) found.kind = base::FileKind::kDirectory;
    if (found.kind != base::FileKind::kDirectory) {
      LAMELLA_TRY_ASSIGN(found.size,
                         size_of(at.repository, *LAMELLA_GIT(git_tree_entry_id)(at.entry.get()), path));
    }
    return std::optional(std::move(found));
  }

  Result<std::vector<base::TreeEntry>> list(std::string_view path) const override {
    std::vector<SnapshotFile> files;
    {
      const std::lock_guard lock(trees_.mutex);
      LAMELLA_TRY(collect(path, Leftovers::kKept, files));
    }
    std::vector<base::TreeEntry> entries;
    for (SnapshotFile& file : files) {
      base::TreeEntry entry{file.path, file.kind, file.executable, 0};
      if (file.kind != base::FileKind::kOther) {
        LAMELLA_TRY_ASSIGN(const auto found, stat(file.path));
        if (found) entry.size = found->size;
      }
      entries.push_back(std::move(entry));
    }
    return entries;
  }

  Result<std::optional<std::string>> read(std::string_view path) const override {
    const std::lock_guard lock(trees_.mutex);
    const Located at = locate(path);
    if (!at.entry || LAMELLA_GIT(git_tree_entry_type)(at.entry.get()) != GIT_OBJECT_BLOB)
      return std::optional<std::string>();
    git_blob* raw = nullptr;
    if (LAMELLA_GIT(git_blob_lookup)(&raw, at.repository, LAMELLA_GIT(git_tree_entry_id)(at.entry.get())) !=
        0) {
      return lacking(fmt::format("the content of a file at {} is not in this clone", name()))
          .at(base::escaped(path));
    }
    const GitOwned<git_blob> blob(raw);
    const auto* bytes = static_cast<const char*>(LAMELLA_GIT(git_blob_rawcontent)(raw));
    return std::optional(std::string(bytes, static_cast<std::size_t>(LAMELLA_GIT(git_blob_rawsize)(raw))));
  }

  Result<SnapshotFolder> folder(std::string_view path) const override {
    SnapshotFolder found;
    LAMELLA_TRY_ASSIGN(found.id, folder_id(path));
    const std::lock_guard lock(trees_.mutex);
    LAMELLA_TRY(collect(path, Leftovers::kLeftOut, found.files));
    return found;
  }

  Result<ContentId> identify(const SnapshotFile& file) const override {
    if (file.id) return *file.id;
    return Error(ErrorCode::kInternal, "a file of a commit has no id").at(file.path);
  }

  Result<std::optional<ContentId>> folder_id(std::string_view path) const override {
    const std::lock_guard lock(trees_.mutex);
    if (path.empty() && root_) return std::optional(id_of(*LAMELLA_GIT(git_tree_id)(root_.get())));
    const Located at = locate(path);
    // A file's own id says nothing of its mode.
    if (!at.entry || LAMELLA_GIT(git_tree_entry_type)(at.entry.get()) != GIT_OBJECT_TREE) {
      return std::optional<ContentId>();
    }
    return std::optional(id_of(*LAMELLA_GIT(git_tree_entry_id)(at.entry.get())));
  }

 private:
  enum class Leftovers { kKept, kLeftOut };

  struct Located {
    GitOwned<git_tree_entry> entry;  ///< null: nothing is there
    git_repository* repository = nullptr;
  };
  /// A submodule's own repository and the files of the commit that is pinned, where both are here.
  struct Submodule {
    GitOwned<git_repository> repository;
    GitOwned<git_tree> root;
  };

  static GitOwned<git_tree_entry> entry_of(const git_tree* tree, const std::string& path) {
    git_tree_entry* entry = nullptr;
    if (LAMELLA_GIT(git_tree_entry_bypath)(&entry, tree, path.c_str()) != 0) return nullptr;
    return GitOwned<git_tree_entry>(entry);
  }

  Located locate(std::string_view path) const {
    if (!root_ || path.empty()) return {};
    if (auto entry = entry_of(root_.get(), std::string(path))) return {std::move(entry), trees_.repository};
    for (auto slash = path.find('/'); slash != std::string_view::npos; slash = path.find('/', slash + 1)) {
      const std::string folder(path.substr(0, slash));
      const auto entry = entry_of(root_.get(), folder);
      if (!entry) return {};
      if (LAMELLA_GIT(git_tree_entry_filemode)(entry.get()) != GIT_FILEMODE_COMMIT) continue;
      const auto inner = submodule(folder, *LAMELLA_GIT(git_tree_entry_id)(entry.get()));
      if (!inner || (*inner)->root == nullptr) return {};
      return {entry_of((*inner)->root.get(), std::string(path.substr(slash + 1))),
              (*inner)->repository.get()};
    }
    return {};
  }

  Result<const Submodule*> submodule(const std::string& path, const git_oid& oid) const {
    const auto [at, made] = submodules_.try_emplace(path);
    Submodule& found = at->second;
    if (!made) return &found;
    const fs::path folder = trees_.top / prefix_ / path;
    std::error_code trouble;
    if (fs::is_symlink(folder, trouble)) {
      submodules_.erase(at);
      return Error(ErrorCode::kRejected, "a submodule's folder is a symbolic link")
          .at(base::escaped(path))
          .remedy("remove the link");
    }
    git_repository* raw = nullptr;
    if (LAMELLA_GIT(git_repository_open_ext)(&raw, folder.c_str(), GIT_REPOSITORY_OPEN_NO_SEARCH, nullptr) !=
        0)
      return &found;
    found.repository.reset(raw);
    git_commit* commit = nullptr;
    if (LAMELLA_GIT(git_commit_lookup)(&commit, raw, &oid) != 0) return &found;
    const GitOwned<git_commit> owned(commit);
    git_tree* tree = nullptr;
    if (LAMELLA_GIT(git_commit_tree)(&tree, commit) == 0) found.root.reset(tree);
    return &found;
  }

  Result<std::uint64_t> size_of(git_repository* repository, const git_oid& oid, std::string_view path) const {
    git_odb* raw = nullptr;
    if (LAMELLA_GIT(git_repository_odb)(&raw, repository) != 0)
      return git_error("the objects of the repository cannot be read");
    const GitOwned<git_odb> objects(raw);
    std::size_t size = 0;
    git_object_t type = GIT_OBJECT_ANY;
    if (LAMELLA_GIT(git_odb_read_header)(&size, &type, raw, &oid) != 0) {
      return lacking(fmt::format("a file of {} is not in this clone", name())).at(base::escaped(path));
    }
    return std::uint64_t{size};
  }

  Result<> collect(std::string_view path, Leftovers leftovers, std::vector<SnapshotFile>& into) const {
    if (path.empty())
      return root_ ? walk(trees_.repository, root_.get(), "", leftovers, 0, into) : Result<>();
    const Located at = locate(path);
    if (!at.entry) return {};
    return add(at.repository, at.entry.get(), std::string(path), leftovers, 0, into);
  }

  Result<> walk(git_repository* repository, const git_tree* tree, const std::string& folder,
                Leftovers leftovers, std::size_t depth, std::vector<SnapshotFile>& into) const {
    if (depth > kDeepest)
      return Error(ErrorCode::kRejected, "folders are nested too deeply").at(base::escaped(folder));
    const std::size_t count = LAMELLA_GIT(git_tree_entrycount)(tree);
    for (std::size_t i = 0; i < count; ++i) {
      const git_tree_entry* entry = LAMELLA_GIT(git_tree_entry_byindex)(tree, i);
      const std::string_view name = LAMELLA_GIT(git_tree_entry_name)(entry);
      LAMELLA_TRY(check_name(name, folder));
      const git_filemode_t mode = LAMELLA_GIT(git_tree_entry_filemode)(entry);
      if (leftovers == Leftovers::kLeftOut && is_leftover(name, kind_of(mode))) continue;
      LAMELLA_TRY(add(repository, entry, joined(folder, name), leftovers, depth, into));
    }
    return {};
  }

  Result<> add(git_repository* repository, const git_tree_entry* entry, std::string path, Leftovers leftovers,
               std::size_t depth, std::vector<SnapshotFile>& into) const {
    const git_oid& oid = *LAMELLA_GIT(git_tree_entry_id)(entry);
    const git_filemode_t mode = LAMELLA_GIT(git_tree_entry_filemode)(entry);
    if (mode == GIT_FILEMODE_COMMIT) return add_submodule(oid, path, leftovers, depth, into);
    if (mode != GIT_FILEMODE_TREE) {
      into.push_back(
          {std::move(path), kind_of(mode), mode == GIT_FILEMODE_BLOB_EXECUTABLE, true, id_of(oid)});
      return {};
    }
    git_tree* raw = nullptr;
    if (LAMELLA_GIT(git_tree_lookup)(&raw, repository, &oid) != 0) {
      return lacking(fmt::format("a folder of {} is not in this clone", name())).at(base::escaped(path));
    }
    const GitOwned<git_tree> tree(raw);
    return walk(repository, raw, path, leftovers, depth + 1, into);
  }

  /// The files of a submodule that is checked out and has the commit; else one entry whose id is the
  /// commit's.
  Result<> add_submodule(const git_oid& oid, const std::string& path, Leftovers leftovers, std::size_t depth,
                         std::vector<SnapshotFile>& into) const {
    LAMELLA_TRY_ASSIGN(const Submodule* inner, submodule(path, oid));
    if (inner->root)
      return walk(inner->repository.get(), inner->root.get(), path, leftovers, depth + 1, into);
    into.push_back({path, base::FileKind::kOther, false, true, id_of(oid)});
    return {};
  }

  const CommitTrees& trees_;
  std::string commit_;
  std::string prefix_;
  mutable std::map<std::string, Submodule> submodules_;  ///< by path; under the mutex
  GitOwned<git_tree> root_;  ///< the workspace's; null when the commit has no such folder
};

}  // namespace

Result<std::unique_ptr<Snapshot>> open_commit(const CommitTrees& trees, const std::string& commit,
                                              const std::string& prefix) {
  const std::lock_guard lock(trees.mutex);
  git_oid oid{};
  git_commit* raw = nullptr;
  LAMELLA_GIT(git_oid_fromstr)(&oid, commit.c_str());
  if (LAMELLA_GIT(git_commit_lookup)(&raw, trees.repository, &oid) != 0)
    return lacking("a commit is not in this clone").at(commit);
  const GitOwned<git_commit> found(raw);
  git_tree* tree = nullptr;
  if (LAMELLA_GIT(git_commit_tree)(&tree, raw) != 0)
    return lacking("the files of a commit are not in this clone").at(commit);
  GitOwned<git_tree> root(tree);
  if (!prefix.empty()) {
    git_tree_entry* entry = nullptr;
    if (LAMELLA_GIT(git_tree_entry_bypath)(&entry, tree, prefix.c_str()) != 0) entry = nullptr;
    const GitOwned<git_tree_entry> owned(entry);
    git_tree* below = nullptr;
    const bool folder = entry != nullptr && LAMELLA_GIT(git_tree_entry_type)(entry) == GIT_OBJECT_TREE;
    if (folder &&
        LAMELLA_GIT(git_tree_lookup)(&below, trees.repository, LAMELLA_GIT(git_tree_entry_id)(entry)) != 0) {
      return lacking("a folder of a commit is not in this clone").at(prefix);
    }
    root.reset(below);
  }
  return std::unique_ptr<Snapshot>(std::make_unique<CommitTree>(trees, commit, prefix, std::move(root)));
}

}  // namespace lamella::change
