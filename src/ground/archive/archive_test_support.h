// SPDX-License-Identifier: Apache-2.0
//
// For tests: scratch folders, other people's tools, and short ways to write archives.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "archive/segment.h"
#include "archive/zip_reader.h"
#include "archive/zip_writer.h"
#include "base/byte_stream.h"

namespace lamella::archive::fixture {

/// A folder that is gone when the test is.
class Scratch {
 public:
  Scratch() {
    std::string pattern = (std::filesystem::temp_directory_path() / "lamella-archive-XXXXXX").string();
    if (mkdtemp(pattern.data()) == nullptr) std::abort();
    path_ = pattern;
  }
  ~Scratch() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;

  std::string file(const std::string& name) const { return path_ / name; }
  std::string write(const std::string& name, std::string_view content) const {
    std::ofstream(file(name), std::ios::binary)
        .write(content.data(), static_cast<std::streamsize>(content.size()));
    return file(name);
  }

 private:
  std::filesystem::path path_;
};

inline std::string slurp(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

/// What `command` prints; its exit status in `status`.
inline std::string run(const std::string& command, int& status) {
  std::string out;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) std::abort();
  char buffer[4096];
  for (std::size_t n = 0; (n = fread(buffer, 1, sizeof buffer, pipe)) > 0;) out.append(buffer, n);
  status = pclose(pipe);
  return out;
}

/// For what must work: a test fails loudly when it does not.
inline void must(const Result<>& result) {
  if (result) return;
  std::fputs(result.error().to_string().c_str(), stderr);
  std::abort();
}

struct File {
  std::string content;
  bool executable = false;
  bool link = false;
};
using Tree = std::map<std::string, File>;

inline std::string write_zip(const Tree& tree, AssembledZip* result = nullptr) {
  base::StringSink sink;
  ZipAssembler zip(sink);
  for (const auto& [name, file] : tree) {
    if (file.link) {
      must(zip.add_symlink(name, file.content));
    } else {
      must(zip.add_file(name, file.executable, base::as_bytes(file.content)));
    }
  }
  const AssembledZip done = zip.finish().value();
  if (result != nullptr) *result = done;
  return sink.text();
}

inline std::string write_segment(const Tree& tree) {
  base::StringSink sink;
  SegmentWriter segment(sink);
  for (const auto& [name, file] : tree) {
    if (file.link) {
      must(segment.add_symlink(name, file.content));
    } else {
      must(segment.add_file(name, file.executable, base::as_bytes(file.content)));
    }
  }
  segment.finish().value();
  return sink.text();
}

}  // namespace lamella::archive::fixture
