#include "image/unpack/gunzip.h"

#include "base/error.h"

namespace unpack {
namespace {

constexpr std::size_t outputSize = 256 << 10;
constexpr int gzipOnly = 16 + MAX_WBITS;

}  // namespace

Gunzip::Gunzip(std::function<std::string_view()> input)
    : input_(std::move(input)), output_(outputSize, '\0') {
  if (inflateInit2(&state_, gzipOnly) != Z_OK) {
    throw Error(ErrorKind::internal, "zlib cannot be initialised");
  }
}

Gunzip::~Gunzip() {
  inflateEnd(&state_);
}

bool Gunzip::fillInput() {
  if (state_.avail_in > 0) {
    return true;
  }
  const std::string_view piece = input_();
  // zlib reads only, but its type lacks the const.
  state_.next_in = const_cast<Bytef*>(reinterpret_cast<const Bytef*>(piece.data()));
  state_.avail_in = static_cast<uInt>(piece.size());
  return !piece.empty();
}

bool Gunzip::nextMember() {
  return fillInput() && *state_.next_in == 0x1f && inflateReset(&state_) == Z_OK;
}

std::string_view Gunzip::next() {
  state_.next_out = reinterpret_cast<Bytef*>(output_.data());
  state_.avail_out = static_cast<uInt>(output_.size());
  while (!ended_ && state_.avail_out > 0) {
    const bool more = fillInput();
    const int result = inflate(&state_, Z_NO_FLUSH);
    if (result == Z_STREAM_END) {
      ended_ = !nextMember();
    } else if (result == Z_BUF_ERROR && !more) {
      throw Error(ErrorKind::invalid, "the archive is damaged or incomplete: gzip data end early");
    } else if (result != Z_OK && result != Z_BUF_ERROR) {
      throw Error(ErrorKind::invalid, cat("the archive is damaged or incomplete: gzip: ",
                                          state_.msg != nullptr ? state_.msg : "unknown error"));
    }
  }
  return {output_.data(), output_.size() - state_.avail_out};
}

}  // namespace unpack
