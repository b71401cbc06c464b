// SPDX-License-Identifier: Apache-2.0
//
// The resolver against uv itself, from a folder of tiny wheels made here, without a network.  Without uv its
// tests are skipped.
#pragma once

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "config/workspace_file.h"
#include "os/directory_tree.h"
#include "os/environment.h"
#include "os/file.h"
#include "os/temp_directory.h"
#include "resolve/closure.h"
#include "resolve/metadata.h"
#include "resolve/resolver.h"
#include "store/local_store.h"

namespace lamella::resolve {

namespace fs = std::filesystem;

inline void append_number(std::string& out, std::uint32_t value, int bytes) {
  for (int i = 0; i < bytes; ++i) out.push_back(static_cast<char>((value >> (8 * i)) & 0xff));
}

inline std::uint32_t crc32_of(std::string_view text) {
  std::uint32_t crc = ~0u;
  for (const char c : text) {
    crc ^= static_cast<unsigned char>(c);
    for (int bit = 0; bit < 8; ++bit) crc = (crc >> 1) ^ ((crc & 1) != 0 ? 0xEDB88320u : 0u);
  }
  return ~crc;
}

/// A stored zip, as plain as can be.
inline std::string zip_of(const std::vector<std::pair<std::string, std::string>>& files) {
  std::string out;
  std::string directory;
  for (const auto& [name, content] : files) {
    std::string common;
    append_number(common, 20, 2);
    append_number(common, 0, 2);
    append_number(common, 0, 2);
    append_number(common, 0x00210000, 4);
    append_number(common, crc32_of(content), 4);
    append_number(common, static_cast<std::uint32_t>(content.size()), 4);
    append_number(common, static_cast<std::uint32_t>(content.size()), 4);
    append_number(common, static_cast<std::uint32_t>(name.size()), 2);
    append_number(common, 0, 2);
    directory += "PK\x01\x02";
    append_number(directory, 20, 2);
    directory += common;
    append_number(directory, 0, 2);
    append_number(directory, 0, 2);
    append_number(directory, 0, 2);
    append_number(directory, 0100644u << 16, 4);
    append_number(directory, static_cast<std::uint32_t>(out.size()), 4);
    directory += name;
    out += "PK\x03\x04" + common + name + content;
  }
  const auto start = static_cast<std::uint32_t>(out.size());
  out += directory + "PK\x05\x06";
  append_number(out, 0, 4);
  append_number(out, static_cast<std::uint32_t>(files.size()), 2);
  append_number(out, static_cast<std::uint32_t>(files.size()), 2);
  append_number(out, static_cast<std::uint32_t>(directory.size()), 4);
  append_number(out, start, 4);
  append_number(out, 0, 2);
  return out;
}

class Recorder final : public EventSink {
 public:
  void emit(const Event& event) override {
    const std::lock_guard lock(mutex_);
    if (event.kind == "lock.excluded") excluded.push_back(event.subject + " " + event.fields.at(0).second);
  }
  std::vector<std::string> excluded;

 private:
  std::mutex mutex_;
};

class ResolverTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto cache = os::cache_directory();
    auto uv = find_uv(cache ? *cache : fs::path());
    if (!uv) GTEST_SKIP() << "uv is not installed";
    settings_.uv = *uv;
    settings_.cache = root_.path() / "uv";
    settings_.wheelhouse = root_.path() / "wheels";
    fs::create_directories(settings_.wheelhouse);
  }

  void wheel(const std::string& name, const std::string& version, const std::vector<std::string>& needs = {},
             const std::string& tag = "py3-none-any", const std::string& more = "") {
    const std::string info = name + "-" + version + ".dist-info/";
    std::string metadata = "Metadata-Version: 2.1\nName: " + name + "\nVersion: " + version + "\n" + more;
    for (const std::string& need : needs) metadata += "Requires-Dist: " + need + "\n";
    const std::string bytes =
        zip_of({{name + "/__init__.py", ""},
                {info + "METADATA", metadata + "\nRequires-Dist: not-a-header\n"},
                {info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: " + tag + "\n"},
                {info + "RECORD", ""}});
    const fs::path file = settings_.wheelhouse / (name + "-" + version + "-" + tag + ".whl");
    ASSERT_TRUE(os::write_file_atomic(file, bytes).has_value());
  }

  LockInputs inputs(const std::string& body) {
    workspace_ =
        config::parse_workspace("schema = 1\n[project]\nname = \"shop\"\n" + body, "lamella.toml").value();
    const auto groups = lock_groups(workspace_);
    return read_lock_inputs(os::DirectoryTree(root_.path()), workspace_, groups.at(0)).value();
  }
  static std::string layer(const std::string& name, const std::string& requirements,
                           const std::string& more = "") {
    return "[layers." + name + "]\nrequirements = [" + requirements + "]\n" + more;
  }
  static std::string function(const std::string& name, const std::string& layers) {
    return "[functions." + name + "]\nsource = \"" + name + "\"\nhandler = \"app.handler\"\nlayers = [" +
           layers + "]\n";
  }
  Result<LockFile> resolve(const LockInputs& in, const std::optional<LockFile>& previous = {},
                           const Upgrade& upgrade = {}) {
    return Resolver(settings_, *store_, *actions_, events_).resolve(in, previous, upgrade, {});
  }
  static std::string version(const LockFile& lock, const std::string& name) {
    const LockedPackage* package = lock.find(name);
    return package == nullptr ? "" : package->version;
  }

  os::TempDirectory root_ = os::TempDirectory::create("resolver").value();
  std::unique_ptr<store::ContentStore> store_ =
      store::open_local_store({.root = root_.path() / "cache"}).value();
  std::unique_ptr<store::ActionCache> actions_ = store::open_local_actions(root_.path() / "cache").value();
  ResolverSettings settings_;
  Recorder events_;
  model::Workspace workspace_;
};

}  // namespace lamella::resolve
