// SPDX-License-Identifier: Apache-2.0
// The dynamic loader, simulated: which shared libraries of a stack find all they need.
#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <map>
#include <set>

#include "model/libstdcxx.h"
#include "model/opt_findings.h"
#include "model/opt_view.h"

namespace lamella::model {
namespace {

/// What LD_LIBRARY_PATH names of the function and its layers.
const std::vector<std::string> kLibraryPath = {"/var/task/", "/var/task/lib/", "/opt/lib/"};

std::string folder_of(const std::string& path) { return path.substr(0, path.rfind('/') + 1); }
std::string name_of(const std::string& path) { return path.substr(path.rfind('/') + 1); }

/// "/a/b/../c/" as "/a/c/".
std::string normal(const std::string& path) {
  std::vector<std::string> parts;
  for (std::size_t at = 0; at < path.size();) {
    const auto slash = std::min(path.find('/', at), path.size());
    std::string word = path.substr(at, slash - at);
    at = slash + 1;
    if (word.empty() || word == ".") continue;
    if (word == ".." && !parts.empty()) {
      parts.pop_back();
    } else if (word != "..") {
      parts.push_back(std::move(word));
    }
  }
  return parts.empty() ? "/" : fmt::format("/{}/", fmt::join(parts, "/"));
}

struct Object {
  const OptBinary* binary = nullptr;
  PartRef from;
  std::string path;  ///< as it runs
};

class Loader {
 public:
  explicit Loader(const OptView& view)
      : view_(view), system_(view.stack().sonames.begin(), view.stack().sonames.end()) {
    const Runtime& runtime = view.stack().target.runtime;
    system_.insert(fmt::format("libpython{}.{}.so.1.0", runtime.major, runtime.minor));
    system_.insert(fmt::format("libpython{}.so", runtime.major));
    gather();
  }

  std::vector<Finding> run() {
    for (std::size_t i = 0; i < objects_.size(); ++i) simulate(i);
    // A library is judged as what needs it loads it; libraries that only need each other, by themselves.
    std::set<std::size_t> judged;
    Lacks lacking;
    for (const bool roots : {true, false}) {
      for (std::size_t i = 0; i < objects_.size(); ++i) {
        if (roots ? reached_[i] : judged.contains(i)) continue;
        lacking.insert(lacking_[i].begin(), lacking_[i].end());
        judged.insert(closure_[i].begin(), closure_[i].end());
      }
    }
    for (const auto& [object, soname] : lacking) {
      if (!is_loaded_first(objects_[object], soname)) tell(objects_[object], soname);
    }
    for (const Object& object : objects_) check_libstdcxx(object);
    return std::move(findings_);
  }

 private:
  using Lacks = std::set<std::pair<std::size_t, std::string>>;  ///< object and soname

  void gather() {
    const std::string machine(machine_name(view_.stack().target.architecture));
    for (std::size_t m = 0; m < view_.members().size(); ++m) {
      const auto& parts = view_.members()[m]->parts;
      for (std::size_t p = 0; p < parts.size(); ++p) {
        for (const OptBinary& binary : parts[p].facts->binaries) {
          const std::string path = view_.mount(m) + binary.path;
          const auto runs = view_.files().find(path);
          const bool wins =
              runs != view_.files().end() && runs->second.from.member == m && runs->second.from.part == p;
          if (!wins || binary.format != OptBinary::Format::kElf || binary.machine != machine) continue;
          at_.emplace(path, objects_.size());
          objects_.push_back({&binary, {m, p}, path});
        }
      }
    }
    lacking_.resize(objects_.size());
    closure_.resize(objects_.size());
    reached_.resize(objects_.size());
    for (std::size_t i = 0; i < objects_.size(); ++i) {
      providers_[name_of(objects_[i].path)].insert(i);
      if (!objects_[i].binary->soname.empty()) providers_[objects_[i].binary->soname].insert(i);
    }
  }

  struct Loaded {
    std::size_t object = 0;
    std::size_t parent = 0;  ///< of the list; itself for the root
  };

  static std::string expanded(std::string entry, const std::string& origin) {
    for (const std::string_view word : {std::string_view("$ORIGIN"), std::string_view("${ORIGIN}")}) {
      for (auto at = entry.find(word); at != std::string::npos; at = entry.find(word))
        entry.replace(at, word.size(), origin);
    }
    return normal(entry);
  }

  void add_folders(const std::vector<std::string>& entries, const Object& object,
                   std::vector<std::string>& out) const {
    for (const std::string& entry : entries) out.push_back(expanded(entry, folder_of(object.path)));
  }

  std::vector<std::string> search_path(const std::vector<Loaded>& list, std::size_t at) const {
    std::vector<std::string> folders;
    const Object& self = objects_[list[at].object];
    if (self.binary->runpath.empty()) {
      for (std::size_t i = at;; i = list[i].parent) {
        const Object& one = objects_[list[i].object];
        if (one.binary->runpath.empty()) add_folders(one.binary->rpath, one, folders);
        if (list[i].parent == i) break;
      }
    }
    folders.insert(folders.end(), kLibraryPath.begin(), kLibraryPath.end());
    add_folders(self.binary->runpath, self, folders);
    return folders;
  }

  /// The file that the loader takes for `soname`; "" for none.  A link counts as what it is named.
  std::string found(const std::vector<std::string>& folders, const std::string& soname,
                    const std::string& origin) const {
    if (soname.find('/') != std::string::npos) {
      std::string path = expanded(soname, origin);
      path.pop_back();
      return view_.files().contains(path) ? path : "";
    }
    for (const std::string& folder : folders) {
      if (view_.files().contains(folder + soname)) return folder + soname;
    }
    return {};
  }

  void simulate(std::size_t root) {
    std::vector<Loaded> list = {{root, 0}};
    std::set<std::string> loaded = {name_of(objects_[root].path), objects_[root].binary->soname};
    std::set<std::size_t> objects = {root};
    for (std::size_t at = 0; at < list.size(); ++at) {
      const Object& self = objects_[list[at].object];
      std::vector<std::string> folders;
      for (const std::string& soname : self.binary->needed) {
        if (loaded.contains(soname) || system_.contains(soname)) continue;
        if (folders.empty()) folders = search_path(list, at);
        const std::string path = found(folders, soname, folder_of(self.path));
        if (path.empty()) {
          lacking_[root].emplace(list[at].object, soname);
          continue;
        }
        loaded.insert(soname);
        const auto object = at_.find(path);
        if (object == at_.end() || !objects.insert(object->second).second) continue;
        loaded.insert(objects_[object->second].binary->soname);
        list.push_back({object->second, at});
        reached_[object->second] = true;
      }
    }
    closure_[root] = std::move(objects);
  }

  /// The runtime's libstdc++ comes before what RUNPATH and /opt/lib have: only a copy that RPATH leads to, or one
  /// that is loaded by hand before, takes its place.
  void check_libstdcxx(const Object& object) {
    const OptBinary& binary = *object.binary;
    const LambdaOs os = os_of(view_.stack().target.runtime);
    const CxxVersions there = libstdcxx_of(os);
    const bool newer_library = binary.glibcxx > there.glibcxx;
    if (!newer_library && binary.cxxabi <= there.cxxabi) return;
    const std::string soname(kLibstdcxx);
    std::vector<std::string> folders;
    if (binary.runpath.empty()) add_folders(binary.rpath, object, folders);
    if (!found(folders, soname, folder_of(object.path)).empty() || is_loaded_first(object, soname)) return;
    const Origin origin = view_.origin(object.from, binary.path, binary.size);
    const Origin runtime{fmt::format("runtime {}", to_string(view_.stack().target.runtime)), "",
                         "/usr/lib64/" + soname, 0};
    const auto& asked = newer_library ? binary.glibcxx : binary.cxxabi;
    const auto& given = newer_library ? there.glibcxx : there.cxxabi;
    const auto* word = newer_library ? "GLIBCXX" : "CXXABI";
    findings_.push_back(
        {.kind = FindingKind::kNewerGlibc,
         .severity = base::Severity::kError,
         .subject = binary.path,
         .text = fmt::format("{} of {} asks for {}_{}; the libstdc++ of {} ends at {}_{}", origin.file,
                             origin.name(), word, fmt::join(asked, "."), to_string(os), word,
                             fmt::join(given, ".")),
         .remedy =
             "take a version whose wheels are made for that system, bundle libstdc++ with it, or take a "
             "newer runtime",
         .origins = {origin, runtime},
         .bytes = binary.size});
  }

  /// Whether importing the package that has `object` loads `soname` before it: its own Python files load it by
  /// hand, or they import the distribution that loads it.
  bool is_loaded_first(const Object& object, const std::string& soname) const {
    const auto providers = providers_.find(soname);
    if (providers == providers_.end()) return false;
    const OptPart& own = *view_.part(object.from).facts;
    return std::any_of(providers->second.begin(), providers->second.end(), [&](std::size_t i) {
      const Object& provider = objects_[i];
      const OptPart& other = *view_.part(provider.from).facts;
      const bool beside =
          provider.from.member == object.from.member && provider.from.part == object.from.part;
      if (beside) return names(own.preloads, provider.path);
      const bool brings = reached_[i] || names(other.preloads, provider.path);
      return brings && imports_of(own, provider.from);
    });
  }

  static bool names(const std::vector<std::string>& words, const std::string& path) {
    const std::string file = name_of(path);
    return std::any_of(words.begin(), words.end(), [&](const std::string& word) {
      if (word.ends_with(".libs")) return path.find("/" + word + "/") != std::string::npos;
      return file.starts_with(word);
    });
  }

  /// Whether `own` imports a top-level module that the other part brings.
  bool imports_of(const OptPart& own, const PartRef& other) const {
    for (const OptFile& file : view_.part(other).facts->files) {
      const std::string below = view_.below_module_root(other.member, file.path);
      const std::string top = below.substr(0, below.find_first_of("/."));
      if (std::find(own.imports.begin(), own.imports.end(), top) != own.imports.end()) return true;
    }
    return false;
  }

  void tell(const Object& object, const std::string& soname) {
    const Origin origin = view_.origin(object.from, object.binary->path, object.binary->size);
    Finding finding{
        .kind = FindingKind::kUnresolvedLibrary, .severity = base::Severity::kError, .subject = soname};
    finding.origins = {origin};
    const auto providers = providers_.find(soname);
    if (providers == providers_.end()) {
      finding.origins.push_back(
          {fmt::format("runtime {}", to_string(view_.stack().target.runtime)), "", "", 0});
      finding.text =
          fmt::format("{} of {} needs {}, which neither a layer, nor the function, nor the runtime has",
                      origin.file, origin.name(), soname);
      finding.remedy =
          "put the library into `lib/` of a layer, or leave the file out with `prune.drop` if nothing uses "
          "it";
    } else {
      const Object& other = objects_[*providers->second.begin()];
      const Origin there = view_.origin(other.from, other.binary->path, other.binary->size);
      finding.origins.push_back(there);
      finding.text = fmt::format("{} of {} needs {}; {} has it at {}, where the loader does not look",
                                 origin.file, origin.name(), soname, there.name(), there.file);
      finding.remedy =
          "put the library into `lib/` of a layer, or leave the file out with `prune.drop` if nothing uses "
          "it";
    }
    findings_.push_back(std::move(finding));
  }

  const OptView& view_;
  std::set<std::string> system_;
  std::vector<Object> objects_;
  std::map<std::string, std::size_t> at_;                   ///< by path as it runs
  std::map<std::string, std::set<std::size_t>> providers_;  ///< by soname and by file name
  std::vector<Lacks> lacking_;                              ///< by root
  std::vector<bool> reached_;                               ///< something else loads it
  std::vector<std::set<std::size_t>> closure_;              ///< by root: what it loads, itself too
  std::vector<Finding> findings_;
};

}  // namespace

std::vector<Finding> loader_findings(const OptView& view) { return Loader(view).run(); }
std::vector<Finding> loader_findings(const OptStack& stack) { return loader_findings(OptView(stack)); }

}  // namespace lamella::model
