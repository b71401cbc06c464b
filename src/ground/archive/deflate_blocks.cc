// SPDX-License-Identifier: Apache-2.0
#include "archive/deflate_blocks.h"

#include <zlib.h>

#include <limits>
#include <new>
#include <optional>

#include "archive/deflate.h"

namespace lamella::archive {
namespace {

constexpr std::size_t kMost = std::numeric_limits<uInt>::max();
constexpr std::size_t kContentOfBlock = 256;  ///< at least, on average
constexpr int kRaw = -15;                     ///< no header, the largest window

// Of z_stream::data_type after a call with Z_BLOCK (zlib.h).
constexpr int kUnusedBits = 7;
constexpr int kLastBlock = 64;
constexpr int kAtBlockEnd = 128;

class Inflater {
 public:
  Inflater() {
    if (inflateInit2(&stream_, kRaw) != Z_OK) throw std::bad_alloc();
  }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  ~Inflater() { inflateEnd(&stream_); }

  /// nullopt unless `compressed` is one stream of exactly `out`, of no more blocks than are noted.
  std::optional<std::vector<BlockEnd>> run(std::span<const std::byte> compressed, std::span<std::byte> out) {
    Bytef nothing = 0;  // zlib wants a place to write even for an empty result
    stream_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(compressed.data()));
    stream_.avail_in = static_cast<uInt>(compressed.size());
    stream_.next_out = out.empty() ? &nothing : reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    std::vector<BlockEnd> ends;
    const std::size_t most = 64 + out.size() / kContentOfBlock;
    for (;;) {
      const int said = inflate(&stream_, Z_BLOCK);
      if (said != Z_OK && said != Z_STREAM_END) return std::nullopt;
      const bool at_end = (stream_.data_type & kAtBlockEnd) != 0;
      if (at_end && stream_.total_in != 0) {
        if (ends.size() == most) return std::nullopt;
        ends.push_back(here());
      }
      if (said == Z_STREAM_END || (at_end && (stream_.data_type & kLastBlock) != 0)) break;
    }
    if (stream_.avail_in != 0 || stream_.avail_out != 0) return std::nullopt;
    return ends;
  }

 private:
  BlockEnd here() const {
    const auto unused = static_cast<std::uint64_t>(stream_.data_type & kUnusedBits);
    return {stream_.total_in * 8 - unused, stream_.total_out};
  }

  z_stream stream_{};
};

}  // namespace

Result<std::vector<BlockEnd>> inflate_noting_blocks(std::span<const std::byte> compressed,
                                                    std::span<std::byte> out) {
  if (compressed.size() <= kMost && out.size() <= kMost) {
    if (auto ends = Inflater().run(compressed, out)) return *std::move(ends);
  }
  LAMELLA_TRY(inflate_into(compressed, out));  // one place decides what is refused, and why
  return std::vector<BlockEnd>();
}

}  // namespace lamella::archive
