// SPDX-License-Identifier: Apache-2.0
#include "archive/gzip.h"

#include <libdeflate.h>

#include <algorithm>
#include <memory>

namespace lamella::archive {
namespace {

struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

constexpr std::uint64_t kUsualRatio = 5;

Error damaged(std::string why) {
  return Error(ErrorCode::kRejected, "the gzip file is damaged")
      .because(std::move(why))
      .with("rule", "bad-gzip");
}

bool only_zeros(std::span<const std::byte> bytes) {
  return std::all_of(bytes.begin(), bytes.end(), [](std::byte b) { return b == std::byte{}; });
}

}  // namespace

Result<std::vector<std::byte>> gunzip(std::span<const std::byte> bytes, std::uint64_t limit) {
  const std::unique_ptr<libdeflate_decompressor, FreeDecompressor> with(libdeflate_alloc_decompressor());
  if (!with) throw std::bad_alloc();
  std::vector<std::byte> out(static_cast<std::size_t>(std::min(limit, bytes.size() * kUsualRatio + 1)));
  std::size_t used = 0;
  do {
    std::size_t consumed = 0;
    std::size_t produced = 0;
    const auto outcome = libdeflate_gzip_decompress_ex(
        with.get(), bytes.data(), bytes.size(), out.data() + used, out.size() - used, &consumed, &produced);
    if (outcome == LIBDEFLATE_INSUFFICIENT_SPACE) {
      if (out.size() >= limit) {
        return Error(ErrorCode::kLimit, "the gzip file holds more than is taken")
            .because("more than " + std::to_string(limit) + " bytes")
            .with("rule", "size");
      }
      out.resize(static_cast<std::size_t>(std::min(limit, std::uint64_t{out.size()} * 2)));
      continue;
    }
    if (outcome != LIBDEFLATE_SUCCESS) return damaged("it is cut off, or its checksum is wrong");
    used += produced;
    bytes = bytes.subspan(consumed);
  } while (!bytes.empty() && !only_zeros(bytes));
  out.resize(used);
  return out;
}

}  // namespace lamella::archive
