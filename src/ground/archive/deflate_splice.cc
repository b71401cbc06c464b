// SPDX-License-Identifier: Apache-2.0
#include "archive/deflate_splice.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <iterator>
#include <optional>
#include <utility>

namespace lamella::archive {
namespace {

using Bytes = std::span<const std::byte>;

static_assert(std::endian::native == std::endian::little, "words are read as deflate packs its bits");

constexpr std::uint64_t kWorthIt = 16'384;  ///< bytes of content: fewer cost more in blocks than they save
constexpr unsigned kHeaderBits = 3;         ///< of a block: whether it is the last, and two bits of type
constexpr unsigned kStoredType = 0;

/// `count` <= 32 bits from `bit` on, the first lowest.
std::uint64_t bits_at(Bytes stream, std::uint64_t bit, unsigned count) {
  const auto at = static_cast<std::size_t>(bit / 8);
  std::uint64_t word = 0;
  std::memcpy(&word, stream.data() + at, std::min(sizeof word, stream.size() - at));
  return (word >> (bit % 8)) & ((std::uint64_t{1} << count) - 1);
}

class BitWriter {
 public:
  explicit BitWriter(std::size_t expected) { out_.reserve(expected); }

  /// The bits [from, to) of `stream`.
  void append(Bytes stream, std::uint64_t from, std::uint64_t to) {
    std::size_t at = out_.size();
    out_.resize(at + static_cast<std::size_t>((to - from) / 8) + 2 * sizeof held_);
    while (from < to) {
      const auto count = static_cast<unsigned>(std::min<std::uint64_t>(to - from, 32));
      held_ |= bits_at(stream, from, count) << held_bits_;
      held_bits_ += count;
      from += count;
      if (held_bits_ < 32) continue;
      std::memcpy(out_.data() + at, &held_, 4);
      at += 4;
      held_ >>= 32;
      held_bits_ -= 32;
    }
    out_.resize(at);
  }

  /// Goes on at the next byte, zeros before it.
  void align() {
    constexpr std::byte kZeros{0};
    append({&kZeros, 1}, 0, (8 - held_bits_ % 8) % 8);
  }

  std::vector<std::byte> finish() && {
    for (; held_bits_ != 0; held_bits_ -= std::min(held_bits_, 8U)) {
      out_.push_back(static_cast<std::byte>(held_ & 0xFF));
      held_ >>= 8;
    }
    return std::move(out_);
  }

 private:
  std::vector<std::byte> out_;
  std::uint64_t held_ = 0;  ///< fewer than 32 bits between calls
  unsigned held_bits_ = 0;
};

/// Blocks that follow each other in a stream.
struct Blocks {
  BlockEnd begin;
  std::span<const BlockEnd> ends;
};

/// Those that can be carried over.  What may refer to something before the range cannot, nor can the last, which
/// says that it is.
std::optional<Blocks> blocks_of(const DeflatedBefore& before, const KeptRange& range) {
  if (before.ends.empty()) return std::nullopt;
  const std::uint64_t from = range.before + kDeflateWindow;
  const std::uint64_t to = range.before + (range.end - range.begin);
  const auto by_byte = [](const BlockEnd& end, std::uint64_t byte) { return end.byte < byte; };
  const auto last_block = std::prev(before.ends.end());
  const auto first = std::lower_bound(before.ends.begin(), last_block, from, by_byte);
  auto last = first;
  for (auto next = first; next != last_block && next->byte <= to; ++next) last = next;
  if (last == last_block || last->byte - first->byte < kWorthIt) return std::nullopt;
  return Blocks{*first, std::span(std::next(first), std::next(last))};
}

/// Bit by bit, but a stored block goes on at a byte's boundary after its header, wherever that is now.
void append_blocks(BitWriter& out, Bytes stream, const Blocks& blocks) {
  std::uint64_t from = blocks.begin.bit;
  for (const BlockEnd& end : blocks.ends) {
    if (bits_at(stream, from + 1, 2) == kStoredType) {
      out.append(stream, from, from + kHeaderBits);
      out.align();
      from = (from + kHeaderBits + 7) / 8 * 8;
    }
    out.append(stream, from, end.bit);
    from = end.bit;
  }
}

enum class Place { kInBetween, kLast };

/// The blocks of `deflated`, which is `size` bytes of content.
void append_deflated(BitWriter& out, std::vector<std::byte> deflated, std::size_t size, Place place) {
  std::vector<std::byte> content(size);
  const std::vector<BlockEnd> ends = inflate_noting_blocks(deflated, content).value();
  if (place == Place::kInBetween) {
    const std::uint64_t last = ends.size() == 1 ? 0 : std::prev(ends.end(), 2)->bit;
    deflated[static_cast<std::size_t>(last / 8)] &= ~std::byte(1U << (last % 8));
  }
  append_blocks(out, deflated, {{}, ends});
}

}  // namespace

std::vector<std::byte> splice_deflate(Bytes content, const DeflatedBefore& before,
                                      std::span<const KeptRange> kept, int level) {
  BitWriter out(before.compressed.size());
  std::size_t done = 0;
  for (const KeptRange& range : kept) {
    const auto same = blocks_of(before, range);
    if (!same) continue;
    const auto now = [&](const BlockEnd& end) {
      return static_cast<std::size_t>(end.byte) - range.before + range.begin;
    };
    const Bytes between = content.subspan(done, now(same->begin) - done);
    if (!between.empty()) append_deflated(out, deflate(between, level), between.size(), Place::kInBetween);
    append_blocks(out, before.compressed, *same);
    done = now(same->ends.back());
  }
  std::vector<std::byte> rest = deflate(content.subspan(done), level);
  if (done == 0) return rest;
  append_deflated(out, std::move(rest), content.size() - done, Place::kLast);
  return std::move(out).finish();
}

}  // namespace lamella::archive
