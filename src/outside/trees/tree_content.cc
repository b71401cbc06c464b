// SPDX-License-Identifier: Apache-2.0
#include "trees/tree_content.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "archive/crc32.h"
#include "os/file.h"
#include "os/walk.h"

namespace lamella::trees {
namespace {

namespace fs = std::filesystem;
using archive::EntryKind;
using base::FileKind;

constexpr std::size_t kBatch = 64;
constexpr std::size_t kBuffer = std::size_t{256} << 10;

Result<std::uint32_t> crc_of(const fs::path& file, std::span<std::byte> buffer) {
  LAMELLA_TRY_ASSIGN(const auto fd, os::open_file(file));
  std::uint32_t crc = 0;
  for (;;) {
    LAMELLA_TRY_ASSIGN(const std::size_t count, os::read_some(fd.get(), buffer));
    if (count == 0) return crc;
    crc = archive::crc32(buffer.first(count), crc);
  }
}

Result<TreeItem> item_of(const fs::path& path, const os::FileInfo& info, std::span<std::byte> buffer) {
  TreeItem item{.kind = info.kind};
  if (info.kind == FileKind::kFile) {
    item.mode = info.mode;
    item.size = info.size;
    LAMELLA_TRY_ASSIGN(item.crc32, crc_of(path, buffer));
  } else if (info.kind == FileKind::kSymlink) {
    LAMELLA_TRY_ASSIGN(const std::string target, os::read_symlink(path));
    item.crc32 = archive::crc32(base::as_bytes(target));
  }
  return item;
}

}  // namespace

unsigned mode_of(const archive::Entry& entry) { return entry.mode & 0555U; }

Content content_of(const archive::ZipReader& zip) {
  Content content;
  for (const archive::Entry& entry : zip.entries()) {
    const std::string& name = entry.name;
    for (auto slash = name.find('/'); slash != std::string::npos; slash = name.find('/', slash + 1)) {
      content.try_emplace(name.substr(0, slash), TreeItem{.kind = FileKind::kDirectory});
    }
    if (entry.kind == EntryKind::kFile) {
      content[name] = {FileKind::kFile, mode_of(entry), entry.size, entry.crc32};
    } else if (entry.kind == EntryKind::kSymlink) {
      content[name] = {.kind = FileKind::kSymlink, .crc32 = entry.crc32};
    }
  }
  return content;
}

Result<Content> content_of(const fs::path& folder, os::ThreadPool& pool) {
  LAMELLA_TRY_ASSIGN(auto found, os::walk(folder, {.pool = &pool, .directories = true}));
  std::vector<TreeItem> items(found.size());
  LAMELLA_TRY(pool.parallel_for((found.size() + kBatch - 1) / kBatch, [&](std::size_t batch) -> Result<> {
    std::vector<std::byte> buffer(kBuffer);
    for (std::size_t i = batch * kBatch; i < std::min(found.size(), (batch + 1) * kBatch); ++i) {
      LAMELLA_TRY_ASSIGN(items[i], item_of(folder / found[i].path, found[i].info, buffer));
    }
    return {};
  }));
  Content content;
  for (std::size_t i = 0; i < found.size(); ++i) content.emplace(std::move(found[i].path), items[i]);
  return content;
}

Result<bool> is_merge_of(const fs::path& merged, std::span<const fs::path> trees) {
  std::map<std::string, std::uint64_t> wanted;  // the inode; 0: a folder
  const auto lay = [](std::map<std::string, std::uint64_t>& over, const fs::path& folder) -> Result<> {
    LAMELLA_TRY_ASSIGN(const auto found, os::walk(folder, {.directories = true}));
    for (const auto& item : found)
      over[item.path] = item.info.kind == FileKind::kDirectory ? 0 : item.info.inode;
    return {};
  };
  for (const fs::path& tree : trees) LAMELLA_TRY(lay(wanted, tree));
  std::map<std::string, std::uint64_t> there;
  LAMELLA_TRY(lay(there, merged));
  return there == wanted;
}

}  // namespace lamella::trees
