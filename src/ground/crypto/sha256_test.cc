// SPDX-License-Identifier: Apache-2.0
#include "crypto/sha256.h"

#include <gtest/gtest.h>

#include <string>

namespace lamella::crypto {
namespace {

// FIPS 180-2, appendix B.
TEST(Sha256, KnownAnswers) {
  EXPECT_EQ(sha256("").hex(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256("abc").hex(), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(sha256(std::string(1'000'000, 'a')).hex(),
            "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

TEST(Sha256, PiecesEqualTheWholeAndItStartsAnew) {
  Sha256 hasher;
  EXPECT_EQ(hasher.update("a").update("bc").finish(), sha256("abc"));
  EXPECT_EQ(hasher.finish(), sha256(""));
  hasher.update("ab");
  Sha256 moved = std::move(hasher);
  EXPECT_EQ(moved.update("c").finish(), sha256("abc"));
}

TEST(HashingSink, HashesWhatGotThrough) {
  base::StringSink inner;
  HashingSink sink(inner);
  ASSERT_TRUE(sink.write(base::as_bytes("ab")).has_value());
  ASSERT_TRUE(sink.write(base::as_bytes("c")).has_value());
  EXPECT_EQ(inner.text(), "abc");
  EXPECT_EQ(sink.size(), 3U);
  EXPECT_EQ(sink.finish(), sha256("abc"));
}

// RFC 4231, cases 1, 2 and 6.
TEST(HmacSha256, KnownAnswers) {
  EXPECT_EQ(base::to_hex(hmac_sha256(std::string(20, '\x0b'), "Hi There")),
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
  EXPECT_EQ(base::to_hex(hmac_sha256("Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(base::to_hex(hmac_sha256(std::string(131, '\xaa'),
                                     "Test Using Larger Than Block-Size Key - Hash Key First")),
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

}  // namespace
}  // namespace lamella::crypto
