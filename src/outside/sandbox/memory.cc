// SPDX-License-Identifier: Apache-2.0
#include "sandbox/memory.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

namespace lamella::sandbox {
namespace {

/// Reads a small /proc file into `buffer`; its text, NUL-terminated, "" if the process is gone.
const char* read_proc(const std::string& path, char* buffer, std::size_t size) {
  const int fd = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  buffer[0] = '\0';
  if (fd < 0) return buffer;
  const ssize_t got = read(fd, buffer, size - 1);
  close(fd);
  if (got > 0) buffer[got] = '\0';
  return buffer;
}

std::uint64_t resident_of(int pid) {
  char buffer[256];
  const char* const text = read_proc(fmt::format("/proc/{}/statm", pid), buffer, sizeof buffer);
  const char* const second = std::strchr(text, ' ');
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  return second ? std::strtoull(second, nullptr, 10) * page : 0;
}

std::uint64_t highest_of(int pid) {
  char buffer[4096];
  const char* const text = read_proc(fmt::format("/proc/{}/status", pid), buffer, sizeof buffer);
  const char* const line = std::strstr(text, "VmHWM:");
  return line ? std::strtoull(line + 6, nullptr, 10) * 1024 : 0;
}

struct CloseDirectory {
  void operator()(DIR* directory) const { closedir(directory); }
};

constexpr std::size_t kMostProcesses = 4096;

}  // namespace

std::vector<int> children_of(int pid) {
  std::vector<int> found;
  const std::string tasks = fmt::format("/proc/{}/task", pid);
  const std::unique_ptr<DIR, CloseDirectory> directory(opendir(tasks.c_str()));
  if (!directory) return found;
  char buffer[8192];
  while (const dirent* const entry = readdir(directory.get())) {
    if (entry->d_name[0] == '.') continue;
    const char* at = read_proc(fmt::format("{}/{}/children", tasks, entry->d_name), buffer, sizeof buffer);
    for (char* end = nullptr;; at = end) {
      const long one = std::strtol(at, &end, 10);
      if (end == at) break;
      found.push_back(static_cast<int>(one));
    }
  }
  return found;
}

TreeMemory tree_memory(int wrapper, MemoryDetail detail) {
  TreeMemory sum;
  std::vector<int> open;
  for (const int first : children_of(wrapper)) {
    for (const int one : children_of(first)) open.push_back(one);
  }
  for (std::size_t i = 0; i < open.size() && i < kMostProcesses; ++i) {
    sum.resident_bytes += resident_of(open[i]);
    if (detail == MemoryDetail::kWithHighest) sum.highest_bytes += highest_of(open[i]);
    for (const int child : children_of(open[i])) open.push_back(child);
  }
  return sum;
}

}  // namespace lamella::sandbox
