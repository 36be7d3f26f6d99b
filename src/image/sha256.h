#pragma once

#include <memory>
#include <string>
#include <string_view>

struct SHA256state_st;

namespace image {

/// SHA-256 of what is fed in. It uses OpenSSL's plain block functions: the EVP interface would load
/// providers at run time, which a program that only looks up an image must not pay for.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void update(std::string_view data);
  /// "sha256:" and 64 digits. Nothing can be fed in after it.
  std::string digest();

 private:
  std::unique_ptr<SHA256state_st> state_;
};

/// The digest of a text.
std::string sha256(std::string_view text);

/// The digits of a digest without "sha256:", which is how files and directories are named.
std::string hexOf(std::string_view digest);

}  // namespace image
