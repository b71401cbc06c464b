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

/// Whole blocks of the old stream: all that the first end and the last have between them.
struct Run {
  BlockEnd first;
  BlockEnd last;
};

bool is_stored(Bytes compressed, const BlockEnd& before) {
  return bits_at(compressed, before.bit + 1, 2) == kStoredType;  // behind the bit that says "the last one"
}

/// The blocks that can be carried over.  A stored block cannot, since it lies on a byte's boundary, nor can
/// one that may refer to what was before the range, nor the last, which says that it is.
std::optional<Run> run_of(const DeflatedBefore& before, const KeptRange& range) {
  if (before.ends.empty()) return std::nullopt;
  const std::uint64_t from = range.before + kDeflateWindow;
  const std::uint64_t to = range.before + (range.end - range.begin);
  const auto by_byte = [](const BlockEnd& end, std::uint64_t byte) { return end.byte < byte; };
  const auto last_block = std::prev(before.ends.end());
  const auto first = std::lower_bound(before.ends.begin(), last_block, from, by_byte);
  auto last = first;
  for (auto next = first; next != last_block && next->byte <= to; ++next) {
    last = next;
    if (is_stored(before.compressed, *next)) break;
  }
  if (last == last_block || last->byte - first->byte < kWorthIt) return std::nullopt;
  return Run{*first, *last};
}

enum class Place { kInBetween, kLast };

/// The blocks of `deflated`, which is `size` bytes of content, without the bits that fill its last byte.
void append_blocks(BitWriter& out, std::vector<std::byte> deflated, std::size_t size, Place place) {
  std::vector<std::byte> content(size);
  const std::vector<BlockEnd> ends = inflate_noting_blocks(deflated, content).value();
  if (place == Place::kInBetween) {
    const std::uint64_t last = ends.size() == 1 ? 0 : std::prev(ends.end(), 2)->bit;
    deflated[static_cast<std::size_t>(last / 8)] &= ~std::byte(1U << (last % 8));
  }
  out.append(deflated, 0, ends.back().bit);
}

}  // namespace

std::vector<std::byte> splice_deflate(Bytes content, const DeflatedBefore& before,
                                      std::span<const KeptRange> kept, int level) {
  BitWriter out(before.compressed.size());
  std::size_t done = 0;
  for (const KeptRange& range : kept) {
    const auto run = run_of(before, range);
    if (!run) continue;
    const auto now = [&](const BlockEnd& end) {
      return static_cast<std::size_t>(end.byte) - range.before + range.begin;
    };
    const Bytes between = content.subspan(done, now(run->first) - done);
    if (!between.empty()) append_blocks(out, deflate(between, level), between.size(), Place::kInBetween);
    out.append(before.compressed, run->first.bit, run->last.bit);
    done = now(run->last);
  }
  std::vector<std::byte> rest = deflate(content.subspan(done), level);
  if (done == 0) return rest;
  append_blocks(out, std::move(rest), content.size() - done, Place::kLast);
  return std::move(out).finish();
}

}  // namespace lamella::archive
