#pragma once

#include <zlib.h>

#include <functional>
#include <string>
#include <string_view>

namespace unpack {

/// Decompresses gzip (RFC 1952, of any number of members) and checks its checksums, which
/// libarchive 3.6 does not.
class Gunzip {
 public:
  /// `input` gives the compressed bytes piece by piece, an empty piece at their end.
  explicit Gunzip(std::function<std::string_view()> input);
  ~Gunzip();
  Gunzip(const Gunzip&) = delete;
  Gunzip& operator=(const Gunzip&) = delete;

  static bool isGzip(std::string_view start) { return start.starts_with("\x1f\x8b"); }

  /// The next bytes, valid until the next call; empty at the end. Error (invalid).
  std::string_view next();

 private:
  bool fillInput();
  /// After a member: true where another one follows. What else follows is ignored, as gzip does.
  bool nextMember();

  std::function<std::string_view()> input_;
  z_stream state_{};
  std::string output_;
  bool ended_ = false;
};

}  // namespace unpack
