// SPDX-License-Identifier: Apache-2.0
#include "store/blob_reader.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <vector>

#include "crypto/sha256.h"
#include "os/fd.h"
#include "os/system_error.h"

namespace lamella::store {
namespace {

constexpr std::size_t kPiece = std::size_t{512} * 1024;

class Nowhere final : public base::ByteSink {
 public:
  Result<> write(std::span<const std::byte>) override { return {}; }
};

}  // namespace

BlobReader::BlobReader(const Digest& digest, int descriptor, std::uint64_t size, OnDamage on_damage)
    : digest_(digest), descriptor_(descriptor), size_(size), on_damage_(std::move(on_damage)) {}

BlobReader::BlobReader(BlobReader&& other) noexcept
    : digest_(other.digest_),
      descriptor_(std::exchange(other.descriptor_, -1)),
      size_(other.size_),
      mapped_(std::exchange(other.mapped_, nullptr)),
      on_damage_(std::move(other.on_damage_)) {}

BlobReader& BlobReader::operator=(BlobReader&& other) noexcept {
  if (this != &other) {
    close();
    digest_ = other.digest_;
    descriptor_ = std::exchange(other.descriptor_, -1);
    size_ = other.size_;
    mapped_ = std::exchange(other.mapped_, nullptr);
    on_damage_ = std::move(other.on_damage_);
  }
  return *this;
}

BlobReader::~BlobReader() { close(); }

void BlobReader::close() {
  if (mapped_ != nullptr) ::munmap(const_cast<std::byte*>(mapped_), size_);
  if (descriptor_ >= 0) ::close(descriptor_);
  mapped_ = nullptr;
  descriptor_ = -1;
}

Result<> BlobReader::read_at(std::uint64_t offset, std::span<std::byte> buffer) const {
  return os::read_exactly_at(descriptor_, offset, buffer);
}

Result<std::span<const std::byte>> BlobReader::map() {
  if (size_ == 0) return std::span<const std::byte>();
  if (mapped_ == nullptr) {
    void* const address = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, descriptor_, 0);
    if (address == MAP_FAILED) return os::system_error(errno, "cannot map a blob", digest_.hex());
    mapped_ = static_cast<const std::byte*>(address);
  }
  return std::span<const std::byte>(mapped_, size_);
}

void BlobReader::release() const {
  if (mapped_ != nullptr) ::madvise(const_cast<std::byte*>(mapped_), size_, MADV_DONTNEED);
}

Result<> BlobReader::stream_to(base::ByteSink& sink) const {
  crypto::Sha256 hasher;
  std::vector<std::byte> buffer(static_cast<std::size_t>(std::min<std::uint64_t>(size_, kPiece)));
  for (std::uint64_t offset = 0; offset < size_;) {
    const auto left = static_cast<std::size_t>(std::min<std::uint64_t>(size_ - offset, buffer.size()));
    const std::span<std::byte> piece(buffer.data(), left);
    LAMELLA_TRY(os::read_exactly_at(descriptor_, offset, piece));
    hasher.update(piece);
    LAMELLA_TRY(sink.write(piece));
    offset += left;
  }
  return compare(hasher.finish());
}

Result<> BlobReader::check() const {
  Nowhere nowhere;
  return stream_to(nowhere);
}

Result<> BlobReader::compare(const Digest& got) const {
  if (got == digest_) return {};
  if (on_damage_) on_damage_(digest_);
  return Error(ErrorCode::kCorrupt, "a stored blob is damaged")
      .at(digest_.hex())
      .because("its bytes now hash to " + got.hex())
      .remedy("it has been set aside; run the command again to make it anew")
      .with("digest", digest_.hex());
}

}  // namespace lamella::store
