#include "image/sha256.h"

#include <openssl/sha.h>

#include <array>

// OpenSSL asks the processor for its features as the program starts, which costs each command its
// eight CPUID instructions (they trap in a virtual machine). The linker's --wrap gives us that
// call, and it is made before the first hash. NOLINTBEGIN(bugprone-reserved-identifier)
extern "C" {
void __real_OPENSSL_cpuid_setup();
void __wrap_OPENSSL_cpuid_setup();
void __wrap_OPENSSL_cpuid_setup() {}
}
// NOLINTEND(bugprone-reserved-identifier)

namespace image {

Sha256::Sha256() : state_(std::make_unique<SHA256state_st>()) {
  [[maybe_unused]] static const bool asked = (__real_OPENSSL_cpuid_setup(), true);
  SHA256_Init(state_.get());
}

Sha256::~Sha256() = default;

void Sha256::update(std::string_view data) {
  SHA256_Update(state_.get(), data.data(), data.size());
}

std::string Sha256::digest() {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> bytes{};
  SHA256_Final(bytes.data(), state_.get());
  constexpr std::string_view digits = "0123456789abcdef";
  std::string text = "sha256:";
  for (const unsigned char byte : bytes) {
    text += digits[byte >> 4];
    text += digits[byte & 15];
  }
  return text;
}

std::string sha256(std::string_view text) {
  Sha256 hash;
  hash.update(text);
  return hash.digest();
}

std::string hexOf(std::string_view digest) {
  return std::string(digest.substr(digest.find(':') + 1));
}

}  // namespace image
