// SPDX-License-Identifier: Apache-2.0
#include "sandbox/root_builder.h"

#include <fmt/format.h>

#include <set>

#include "os/file.h"
#include "sandbox/libraries.h"

namespace lamella::sandbox {
namespace {

namespace fs = std::filesystem;

/// Parts of the standard library that Lambda's interpreter does not use and we need not copy.
const std::set<std::string> kLeftOut = {
    "test",          "idlelib",       "turtledemo",       "ensurepip",
    "site-packages", "dist-packages", "sitecustomize.py", "EXTERNALLY-MANAGED"};

bool left_out(const std::string& name) { return kLeftOut.contains(name) || name.starts_with("config-"); }

class Builder {
 public:
  Builder(const fs::path& root, const RootRecipe& recipe)
      : root_(root), recipe_(recipe), system_(recipe.sonames.begin(), recipe.sonames.end()) {}

  Result<void> build() {
    LAMELLA_TRY(directories());
    LAMELLA_TRY(identity_files());
    LAMELLA_TRY(system_libraries());
    LAMELLA_TRY(programs());
    LAMELLA_TRY(interpreter());
    LAMELLA_TRY(runtime());
    return os::write_file_atomic(root_ / kMissingFile, missing_);
  }

 private:
  Result<void> directories() {
    for (const char* one : {"dev", "etc", "lib64", "lib", "opt", "proc", "tmp", "usr/bin", "usr/lib",
                            "usr/share", "var/lang/bin", "var/lang/lib", "var/runtime", "var/task"}) {
      LAMELLA_TRY(os::make_directories(root_ / one));
    }
    LAMELLA_TRY(os::make_symlink("usr/bin", root_ / "bin"));
    LAMELLA_TRY(os::make_symlink("../lib64", root_ / "usr/lib64"));
    // The directories that the loader of this machine looks into by itself.
    const fs::path own = fs::path(system_loader() == "/lib64/ld-linux-x86-64.so.2" ? "x86_64" : "aarch64");
    LAMELLA_TRY(os::make_symlink("../lib64", root_ / "lib" / (own.string() + "-linux-gnu")));
    return os::make_symlink("../../lib64", root_ / "usr/lib" / (own.string() + "-linux-gnu"));
  }

  Result<void> identity_files() {
    const auto write = [&](const char* name, std::string_view text) {
      return os::write_file_atomic(root_ / "etc" / name, text);
    };
    LAMELLA_TRY(write("passwd",
                      "root:x:0:0:root:/root:/sbin/nologin\n"
                      "sbx_user1051:x:993:990::/home/sbx_user1051:/sbin/nologin\n"));
    LAMELLA_TRY(write("group", "root:x:0:\nsbx_user1051:x:990:\n"));
    LAMELLA_TRY(write("hosts", "127.0.0.1 localhost\n"));
    LAMELLA_TRY(write("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files\n"));
    LAMELLA_TRY(write("resolv.conf", ""));
    LAMELLA_TRY(write("system-release", recipe_.release + "\n"));
    return write("os-release",
                 fmt::format("NAME=\"Amazon Linux\"\nVERSION=\"{0}\"\nID=\"amzn\"\nVERSION_ID=\"{0}\"\n"
                             "PRETTY_NAME=\"{1}\"\n",
                             recipe_.release_version, recipe_.release));
  }

  /// A listed library comes in when everything it needs is listed too, so that the list stays the truth.
  Result<void> system_libraries() {
    const fs::path loader = system_loader();
    LAMELLA_TRY(copy(loader, root_ / loader.relative_path(), 0755));
    for (const std::string& soname : recipe_.sonames) {
      const auto file = find_library(soname);
      if (soname == loader.filename() || soname.starts_with("ld-linux")) continue;
      if (file) {
        LAMELLA_TRY_ASSIGN(const bool fits, within_system(*file));
        if (fits) {
          LAMELLA_TRY(copy(*file, root_ / "lib64" / soname, 0755));
          continue;
        }
      }
      missing_ += soname + "\n";
    }
    return {};
  }

  Result<void> programs() {
    for (const std::string& name : recipe_.programs) {
      const fs::path program = fs::path("/usr/bin") / name;
      if (!os::exists(program)) continue;
      LAMELLA_TRY_ASSIGN(const bool fits, within_system(program));
      if (fits) LAMELLA_TRY(copy(program, root_ / "usr/bin" / name, 0755));
    }
    return os::make_symlink("bash", root_ / "usr/bin/sh");
  }

  Result<void> interpreter() {
    const Interpreter& from = recipe_.interpreter;
    LAMELLA_TRY(copy(from.program, root_ / "var/lang/bin" / recipe_.runtime, 0755));
    LAMELLA_TRY(os::make_symlink(recipe_.runtime, root_ / "var/lang/bin/python3"));
    LAMELLA_TRY(own_libraries(from.program));
    const fs::path library = root_ / "var/lang/lib" / recipe_.runtime;
    LAMELLA_TRY(tree(from.stdlib, library));
    for (const fs::path& directory : from.extension_directories) {
      LAMELLA_TRY(extensions(directory, library / "lib-dynload"));
    }
    return os::make_directories(library / "site-packages");
  }

  Result<void> runtime() {
    LAMELLA_TRY(os::write_file_atomic(root_ / "var/runtime/bootstrap.py", recipe_.bootstrap));
    if (recipe_.client.empty()) return {};
    return tree(recipe_.client, root_ / "var/lang/client");
  }

  /// Extension modules; one whose libraries are not on this machine is left out.
  Result<void> extensions(const fs::path& from, const fs::path& to) {
    LAMELLA_TRY(os::make_directories(to));
    LAMELLA_TRY_ASSIGN(const auto entries, os::list_directory(from));
    for (const os::DirectoryEntry& one : entries) {
      if (!one.name.ends_with(".so")) continue;
      LAMELLA_TRY(copy(from / one.name, to / one.name, 0755));
      LAMELLA_TRY(own_libraries(from / one.name));
    }
    return {};
  }

  /// What only the interpreter needs lies apart.
  Result<void> own_libraries(const fs::path& object) {
    LAMELLA_TRY_ASSIGN(const auto closure, library_closure(object));
    if (!closure) return {};
    for (const auto& [soname, file] : *closure) {
      if (os::exists(root_ / "lib64" / soname) || os::exists(root_ / "var/lang/lib" / soname)) continue;
      LAMELLA_TRY(copy(file, root_ / "var/lang/lib" / soname, 0755));
    }
    return {};
  }

  Result<bool> within_system(const fs::path& object) {
    LAMELLA_TRY_ASSIGN(const auto closure, library_closure(object));
    if (!closure) return false;
    for (const auto& [soname, file] : *closure) {
      if (!system_.contains(soname)) return false;
    }
    return true;
  }

  /// Times are kept: a .pyc is valid for the time of its source.
  Result<void> copy(const fs::path& from, const fs::path& to, unsigned mode) {
    std::error_code failed;
    const fs::path real = fs::canonical(from, failed);
    if (failed) return {};
    LAMELLA_TRY_ASSIGN(const auto info, os::file_info(real));
    if (!info) return {};
    LAMELLA_TRY(os::make_directories(to.parent_path()));
    LAMELLA_TRY(os::copy_file(real, to, mode));
    return os::set_mtime(to, info->mtime_ns);
  }

  Result<void> tree(const fs::path& from, const fs::path& to) {
    LAMELLA_TRY(os::make_directories(to));
    LAMELLA_TRY_ASSIGN(const auto entries, os::list_directory(from));
    for (const os::DirectoryEntry& one : entries) {
      if (left_out(one.name) || one.name == "lib-dynload") continue;
      if (one.kind == base::FileKind::kDirectory) {
        LAMELLA_TRY(tree(from / one.name, to / one.name));
      } else {
        const bool code = one.name.ends_with(".so");
        LAMELLA_TRY(copy(from / one.name, to / one.name, code ? 0755 : 0644));
      }
    }
    return {};
  }

  const fs::path& root_;
  const RootRecipe& recipe_;
  const std::set<std::string> system_;
  std::string missing_;
};

}  // namespace

Result<void> build_root(const fs::path& root, const RootRecipe& recipe) {
  return Builder(root, recipe).build();
}

}  // namespace lamella::sandbox
