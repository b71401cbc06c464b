// SPDX-License-Identifier: Apache-2.0
#include "change/git_repository.h"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/suggest.h"
#include "change/commit_tree.h"
#include "change/git_on_demand.h"
#include "change/submodule.h"
#include "change/working_tree.h"
#include "os/directory.h"

namespace lamella::change {
namespace {

namespace fs = std::filesystem;

/// libgit2 opens no repository with an extension that it does not know: SHA-256 names are one.
Error unreadable(const fs::path& folder) {
  Error error = git_error("the git repository cannot be opened").at(folder.string());
  const std::string said = error.why();
  if (said.find("objectformat") == std::string::npos && said.find("object format") == std::string::npos)
    return error;
  return Error(ErrorCode::kUsage, "the git repository names its objects by SHA-256, which is not read yet")
      .at(folder.string())
      .because(said)
      .remedy(
          "keep the workspace in a repository with SHA-1 names, as `git init` makes it (`git fast-export "
          "--all` "
          "and `git fast-import` carry the history over); only what compares with a revision needs one");
}

Error no_repository(const fs::path& folder, int code) {
  // libgit2 tells a repository of a foreign owner in either way, by whether anything is trusted at all.
  const bool foreign = code == GIT_EOWNER || (code == GIT_ENOTFOUND && !working_tree_of(folder).empty());
  if (foreign) {
    return Error(ErrorCode::kUsage, "the git repository cannot be opened")
        .at(folder.string())
        .because("it belongs to another user, or is damaged")
        .remedy(fmt::format("if you trust it: git config --global --add safe.directory {}", folder.string()));
  }
  if (code != GIT_ENOTFOUND) return unreadable(folder);
  return Error(ErrorCode::kUsage, "the workspace is in no git repository")
      .at(folder.string())
      .remedy("run it in a clone, or make one with `git init` and a first commit");
}

/// A name git could take for something else is not asked for.
Result<> check_text(const std::string& text) {
  const bool control = std::any_of(text.begin(), text.end(),
                                   [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
  if (!text.empty() && text.front() != '-' && !control) return {};
  return Error(ErrorCode::kUsage, fmt::format("`{}` is no revision", base::escaped(text)))
      .because(text.empty() ? "it is empty"
               : control    ? "it holds a control character"
                            : "it looks like an option")
      .remedy("name a commit, a branch or a tag, for example HEAD~1 or main");
}

std::string hex_of(const git_oid& id) {
  std::string text(GIT_OID_HEXSZ, '0');
  LAMELLA_GIT(git_oid_fmt)(text.data(), &id);
  return text;
}

/// "HEAD" of "HEAD~3^2".
std::string base_name(const std::string& text) { return text.substr(0, text.find_first_of("~^@:")); }

bool looks_like_commit(const std::string& text) {
  constexpr std::size_t kShortest = 7;
  return text.size() >= kShortest && text.find_first_not_of("0123456789abcdef") == std::string::npos;
}

Error beyond(const std::string& text) {
  return Error(ErrorCode::kUsage, fmt::format("`{}` is not in this clone", base::escaped(text)))
      .because("the clone is shallow, and its history does not reach that far")
      .remedy("run `git fetch --unshallow`, or clone with more depth (actions/checkout: fetch-depth: 0)");
}

}  // namespace

struct GitRepository::State {
  GitOwned<git_repository> repository;
  fs::path folder;     ///< the workspace's
  fs::path top;        ///< the working tree's
  std::string prefix;  ///< of the workspace within it, "" or "services/shop"
  CommitTrees trees;

  bool is_shallow() const { return LAMELLA_GIT(git_repository_is_shallow)(repository.get()) == 1; }
  bool knows(const std::string& name) const;
  std::vector<std::string> names() const;
  Error unknown(const std::string& text) const;
};

bool GitRepository::State::knows(const std::string& name) const {
  git_object* found = nullptr;
  if (name.empty() || LAMELLA_GIT(git_revparse_single)(&found, repository.get(), name.c_str()) != 0)
    return false;
  const GitOwned<git_object> owned(found);
  return true;
}

/// Branches and tags, as one writes them.
std::vector<std::string> GitRepository::State::names() const {
  std::vector<std::string> found;
  const auto add = [](const char* name, void* list) {
    std::string_view text = name;
    for (const std::string_view kind : {"refs/heads/", "refs/tags/", "refs/remotes/"}) {
      if (text.starts_with(kind))
        static_cast<std::vector<std::string>*>(list)->emplace_back(text.substr(kind.size()));
    }
    return 0;
  };
  LAMELLA_GIT(git_reference_foreach_name)(repository.get(), add, &found);
  return found;
}

Error GitRepository::State::unknown(const std::string& text) const {
  if (LAMELLA_GIT(git_repository_head_unborn)(repository.get()) == 1) {
    return Error(ErrorCode::kUsage, "the git repository has no commit yet")
        .at(top.string())
        .remedy("commit the workspace first");
  }
  const std::string base = base_name(text);
  if (is_shallow() && (looks_like_commit(base) || knows(base))) return beyond(text);
  Error error = Error(ErrorCode::kUsage, fmt::format("there is no revision `{}`", base::escaped(text)))
                    .at(top.string());
  if (base != text && knows(base))
    return std::move(error).because(fmt::format("`{}` has no such ancestor", base::escaped(base)));
  const auto known = names();
  const auto remote = std::find_if(known.begin(), known.end(),
                                   [&](const std::string& name) { return name.ends_with("/" + base); });
  if (remote != known.end())
    return std::move(error).remedy(fmt::format("did you mean `{}`?", base::escaped(*remote)));
  if (const auto near = base::nearest(base, known)) {
    return std::move(error).remedy(fmt::format("did you mean `{}`?", base::escaped(*near)));
  }
  return std::move(error).remedy(
      "name a commit, a branch or a tag; `git fetch` gets those of the other side");
}

GitRepository::GitRepository(std::unique_ptr<State> state) : state_(std::move(state)) {}
GitRepository::~GitRepository() = default;

Result<std::unique_ptr<GitRepository>> GitRepository::find(const fs::path& folder) {
  LAMELLA_TRY(load_git());
  git_repository* raw = nullptr;
  const int code = LAMELLA_GIT(git_repository_open_ext)(&raw, folder.c_str(), 0, nullptr);
  if (code != 0) return no_repository(folder, code);
  auto state = std::make_unique<State>();
  state->repository.reset(raw);
  const char* top = LAMELLA_GIT(git_repository_workdir)(raw);
  if (top == nullptr) {
    return Error(ErrorCode::kUsage, "the git repository is bare")
        .at(folder.string())
        .remedy("run it in a clone with a working tree");
  }
  std::error_code trouble;
  state->folder = folder;
  state->top = fs::canonical(top, trouble);
  const fs::path inside = fs::canonical(folder, trouble).lexically_relative(state->top);
  if (trouble || inside.empty() || *inside.begin() == "..") {
    return Error(ErrorCode::kUsage, "the workspace is not in the repository's working tree")
        .at(folder.string())
        .because("the working tree is " + std::string(top));
  }
  state->prefix = inside == "." ? std::string() : inside.string();
  state->trees.repository = raw;
  state->trees.top = state->top;
  return std::unique_ptr<GitRepository>(new GitRepository(std::move(state)));
}

Result<Revision> GitRepository::revision(const std::string& text) const {
  LAMELLA_TRY(check_text(text));
  git_object* raw = nullptr;
  const int code = LAMELLA_GIT(git_revparse_single)(&raw, state_->repository.get(), text.c_str());
  const GitOwned<git_object> found(raw);
  if (code == GIT_EAMBIGUOUS) {
    return Error(ErrorCode::kUsage,
                 fmt::format("`{}` is short for more than one object", base::escaped(text)))
        .remedy("write more of its digits");
  }
  if (code == GIT_ENOTFOUND) return state_->unknown(text);
  if (code != 0) return git_error(fmt::format("`{}` is no revision", base::escaped(text)));
  git_object* peeled = nullptr;
  const int kind = LAMELLA_GIT(git_object_peel)(&peeled, found.get(), GIT_OBJECT_COMMIT);
  const GitOwned<git_object> commit(peeled);
  if (kind != 0) {
    return Error(ErrorCode::kUsage, fmt::format("`{}` is no commit", base::escaped(text)))
        .remedy("name a commit, a branch or a tag, for example HEAD~1 or main");
  }
  return Revision{text, hex_of(*LAMELLA_GIT(git_object_id)(commit.get()))};
}

Result<Revision> GitRepository::merge_base(const Revision& a, const Revision& b) const {
  git_oid one{};
  git_oid two{};
  git_oid base{};
  LAMELLA_GIT(git_oid_fromstr)(&one, a.commit.c_str());
  LAMELLA_GIT(git_oid_fromstr)(&two, b.commit.c_str());
  const std::string text = fmt::format("merge base of {} and {}", a.text, b.text);
  if (LAMELLA_GIT(git_merge_base)(&base, state_->repository.get(), &one, &two) == 0)
    return Revision{text, hex_of(base)};
  if (state_->is_shallow()) return beyond(text);
  return Error(ErrorCode::kUsage, fmt::format("`{}` and `{}` have no common ancestor", base::escaped(a.text),
                                              base::escaped(b.text)))
      .remedy("compare with a revision of the same history: --since");
}

Result<std::unique_ptr<Snapshot>> GitRepository::at(const Revision& revision) const {
  return open_commit(state_->trees, revision.commit, state_->prefix);
}

Result<std::unique_ptr<Snapshot>> GitRepository::working_tree() const {
  const fs::path index = fs::path(LAMELLA_GIT(git_repository_path)(state_->repository.get())) / "index";
  return open_working_tree(state_->trees, state_->folder, state_->prefix, index);
}

}  // namespace lamella::change
