// SPDX-License-Identifier: Apache-2.0
#include "archive/deflate.h"

#include <libdeflate.h>

#include <array>
#include <memory>

namespace lamella::archive {
namespace {

struct FreeCompressor {
  void operator()(libdeflate_compressor* c) const { libdeflate_free_compressor(c); }
};
struct FreeDecompressor {
  void operator()(libdeflate_decompressor* d) const { libdeflate_free_decompressor(d); }
};

constexpr int kMaxLevel = 12;

libdeflate_compressor& compressor(int level) {
  thread_local std::array<std::unique_ptr<libdeflate_compressor, FreeCompressor>, kMaxLevel + 1> by_level;
  auto& mine = by_level.at(static_cast<std::size_t>(level));
  if (!mine) mine.reset(libdeflate_alloc_compressor(level));
  if (!mine) throw std::bad_alloc();
  return *mine;
}

libdeflate_decompressor& decompressor() {
  thread_local std::unique_ptr<libdeflate_decompressor, FreeDecompressor> mine(
      libdeflate_alloc_decompressor());
  if (!mine) throw std::bad_alloc();
  return *mine;
}

}  // namespace

std::string_view deflate_epoch() { return "libdeflate-" LIBDEFLATE_VERSION_STRING; }

std::vector<std::byte> deflate(std::span<const std::byte> bytes, int level) {
  libdeflate_compressor& with = compressor(level);
  // Not zeroed, so that only what is written takes memory: a third of the bound for a large library.
  const std::size_t bound = libdeflate_deflate_compress_bound(&with, bytes.size());
  const auto out = std::make_unique_for_overwrite<std::byte[]>(bound);
  const std::size_t size = libdeflate_deflate_compress(&with, bytes.data(), bytes.size(), out.get(), bound);
  return {out.get(), out.get() + size};
}

Result<> inflate_into(std::span<const std::byte> compressed, std::span<std::byte> out) {
  std::size_t consumed = 0;
  std::size_t produced = 0;
  std::byte nothing{};  // libdeflate wants a place to write even for an empty result
  const auto outcome =
      libdeflate_deflate_decompress_ex(&decompressor(), compressed.data(), compressed.size(),
                                       out.empty() ? &nothing : out.data(), out.size(), &consumed, &produced);
  switch (outcome) {
    case LIBDEFLATE_SUCCESS: break;
    case LIBDEFLATE_INSUFFICIENT_SPACE:
      return Error(ErrorCode::kLimit, "the deflate stream holds more than its declared size")
          .with("rule", "size-lie");
    default:
      return Error(ErrorCode::kRejected, "the deflate stream is invalid or truncated")
          .with("rule", "bad-deflate");
  }
  if (produced != out.size()) {
    return Error(ErrorCode::kRejected, "the deflate stream holds less than its declared size")
        .with("rule", "size-lie");
  }
  if (consumed != compressed.size()) {
    return Error(ErrorCode::kRejected, "bytes follow the end of the deflate stream")
        .with("rule", "bad-deflate");
  }
  return {};
}

}  // namespace lamella::archive
