// SPDX-License-Identifier: Apache-2.0
#include "sandbox/machine_root.h"

#include "os/directory.h"
#include "os/file.h"

namespace lamella::sandbox {
namespace {

namespace fs = std::filesystem;

/// As this machine has it: a link into /usr, or a folder of its own.
Result<> top_folder(const fs::path& root, const std::string& name, SandboxSpec& spec) {
  const fs::path here = fs::path("/") / name;
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(here));
  if (!info) return {};
  if (info->kind == base::FileKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(const std::string target, os::read_symlink(here));
    return os::make_symlink(target, root / name);
  }
  LAMELLA_TRY(os::make_directories(root / name));
  spec.read_only.push_back({here, "/" + name});
  return {};
}

/// Links are bound as what they lead to.
Result<> bind_etc(const fs::path& root, const std::string& name, SandboxSpec& spec) {
  std::error_code error;
  const fs::path real = fs::canonical(fs::path("/etc") / name, error);
  if (error) return {};
  LAMELLA_TRY_ASSIGN(const auto info, os::file_info(real));
  if (!info) return {};
  const fs::path place = root / "etc" / name;
  LAMELLA_TRY(os::make_directories(place.parent_path()));
  if (info->kind == base::FileKind::kDirectory) {
    LAMELLA_TRY(os::make_directories(place));
  } else {
    LAMELLA_TRY(os::write_file_atomic(place, ""));
  }
  spec.read_only.push_back({real, "/etc/" + name});
  return {};
}

}  // namespace

Result<SandboxSpec> machine_root(const fs::path& folder, MachineNetwork network) {
  SandboxSpec spec{.root = folder};
  spec.hostname = "lamella";
  spec.working_directory = kMachineWork;
  spec.network = network == MachineNetwork::kShared;
  for (const char* name : {"dev", "etc", "proc", "tmp", "work", "opt", "var/task"})
    LAMELLA_TRY(os::make_directories(folder / name));
  for (const char* name : {"usr", "bin", "sbin", "lib", "lib32", "lib64", "libx32"})
    LAMELLA_TRY(top_folder(folder, name, spec));
  LAMELLA_TRY(os::write_file_atomic(folder / "etc/passwd", "builder:x:993:990::/tmp:/bin/sh\n"));
  LAMELLA_TRY(os::write_file_atomic(folder / "etc/group", "builder:x:990:\n"));
  for (const char* name : {"alternatives", "ld.so.cache"}) LAMELLA_TRY(bind_etc(folder, name, spec));
  if (!spec.network) {
    LAMELLA_TRY(os::write_file_atomic(folder / "etc/hosts", "127.0.0.1 localhost\n"));
    return spec;
  }
  for (const char* name : {"hosts", "resolv.conf", "nsswitch.conf", "ssl/certs", "ssl/openssl.cnf",
                           "pki/tls/certs", "pki/ca-trust", "ca-certificates"})
    LAMELLA_TRY(bind_etc(folder, name, spec));
  return spec;
}

}  // namespace lamella::sandbox
