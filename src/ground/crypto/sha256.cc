// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256.h"

#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

namespace lamella::crypto {
namespace {

void require(bool ok) {
  if (!ok) std::abort();
}

// Fetched once: EVP_sha256() looks the implementation up at each use, three times the cost of hashing a small
// file.
const EVP_MD* algorithm() {
  static const EVP_MD* const fetched = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  return fetched;
}

EVP_MD_CTX* as_context(void* pointer) { return static_cast<EVP_MD_CTX*>(pointer); }

void start(void* context) { require(EVP_DigestInit_ex2(as_context(context), algorithm(), nullptr) == 1); }

}  // namespace

Sha256::Sha256() : context_(EVP_MD_CTX_new(), [](void* p) { EVP_MD_CTX_free(as_context(p)); }) {
  require(context_ != nullptr);
  start(context_.get());
}

Sha256& Sha256::update(std::span<const std::byte> bytes) {
  require(EVP_DigestUpdate(as_context(context_.get()), bytes.data(), bytes.size()) == 1);
  return *this;
}

Digest Sha256::finish() {
  std::array<std::byte, Digest::kSize> out{};
  require(EVP_DigestFinal_ex(as_context(context_.get()), reinterpret_cast<unsigned char*>(out.data()),
                             nullptr) == 1);
  start(context_.get());
  return Digest(out);
}

Digest sha256(std::span<const std::byte> bytes) {
  thread_local Sha256 hasher;
  return hasher.update(bytes).finish();
}

std::array<std::byte, 32> hmac_sha256(std::span<const std::byte> key, std::span<const std::byte> data) {
  std::array<std::byte, 64> block{};
  if (key.size() > block.size()) {
    std::ranges::copy(sha256(key).bytes(), block.begin());
  } else {
    std::ranges::copy(key, block.begin());
  }
  auto inner = block;
  auto outer = block;
  for (auto& byte : inner) byte ^= std::byte{0x36};
  for (auto& byte : outer) byte ^= std::byte{0x5c};

  Sha256 hasher;
  const Digest inside = hasher.update(inner).update(data).finish();
  const Digest outside = hasher.update(outer).update(inside.bytes()).finish();
  std::array<std::byte, 32> result{};
  std::ranges::copy(outside.bytes(), result.begin());
  return result;
}

}  // namespace lamella::crypto
