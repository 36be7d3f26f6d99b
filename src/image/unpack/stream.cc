#include "image/unpack/stream.h"

#include <unistd.h>

#include <cerrno>
#include <exception>
#include <utility>

#include "base/error.h"

namespace unpack {
namespace {

constexpr std::size_t bufferSize = 1 << 20;

constexpr const char* noArchive =
    "the file is no tar archive, plain or compressed with gzip, zstd, xz or bzip2";

/// What went wrong below libarchive, or else what it says itself.
[[noreturn]] void failed(archive* handle, const std::exception_ptr& cause,
                         const std::string& what) {
  if (cause) {
    std::rethrow_exception(cause);
  }
  const char* text = archive_error_string(handle);
  throw Error(ErrorKind::invalid, cat(what, ": ", text != nullptr ? text : "unknown error"));
}

}  // namespace

Stream::Stream(int fd) : fd_(fd), buffer_(bufferSize, '\0'), filters_(archive_read_new()) {
  archive_read_support_filter_zstd(filters_.get());
  archive_read_support_filter_xz(filters_.get());
  archive_read_support_filter_bzip2(filters_.get());
  archive_read_support_format_raw(filters_.get());
}

std::string_view Stream::readInput() {
  if (!first_.empty()) {
    return std::exchange(first_, {});
  }
  // Filled as far as it goes: a pipe gives little at a time.
  std::size_t size = 0;
  while (size < buffer_.size()) {
    const ssize_t got = read(fd_, buffer_.data() + size, buffer_.size() - size);
    if (got < 0 && errno != EINTR) {
      throw systemError("reading the archive");
    }
    if (got == 0) {
      break;
    }
    size += got < 0 ? 0 : static_cast<std::size_t>(got);
  }
  const std::string_view piece(buffer_.data(), size);
  input_.update(piece);
  inputBytes_ += piece.size();
  return piece;
}

la_ssize_t Stream::giveInput(archive* handle, void* self, const void** buffer) {
  auto& stream = *static_cast<Stream*>(self);
  try {
    const std::string_view piece = stream.readInput();
    *buffer = piece.data();
    return static_cast<la_ssize_t>(piece.size());
  } catch (const std::exception& error) {
    // No exception may cross the library's C code.
    stream.inputError_ = std::current_exception();
    archive_set_error(handle, EIO, "%s", error.what());
    return -1;
  }
}

void Stream::open() {
  opened_ = true;
  first_ = readInput();
  if (first_.empty()) {
    throw Error(ErrorKind::invalid, "the archive is empty");
  }
  if (Gunzip::isGzip(first_)) {
    gunzip_.emplace([this] { return readInput(); });
    return;
  }
  archive_entry* entry = nullptr;
  if (archive_read_open(filters_.get(), this, nullptr, giveInput, nullptr) < ARCHIVE_WARN ||
      archive_read_next_header(filters_.get(), &entry) < ARCHIVE_WARN) {
    failed(filters_.get(), inputError_, "the archive is damaged or incomplete");
  }
}

std::string_view Stream::nextOfFilters() {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(filters_.get(), &data, &size, &offset);
  if (result == ARCHIVE_EOF) {
    return {};
  }
  if (result < ARCHIVE_WARN) {
    failed(filters_.get(), inputError_, "the archive is damaged or incomplete");
  }
  return {static_cast<const char*>(data), size};
}

bool Stream::isCompressed() {
  return gunzip_ || archive_filter_code(filters_.get(), 0) != ARCHIVE_FILTER_NONE;
}

std::string_view Stream::next() {
  if (!opened_) {
    open();
  }
  const std::string_view block = gunzip_ ? gunzip_->next() : nextOfFilters();
  if (isCompressed()) {
    plain_.update(block);
  }
  return block;
}

Stream::Sums Stream::finish() {
  while (!next().empty()) {
  }
  // What follows the compressed form belongs to the file and so to its digest.
  while (!readInput().empty()) {
  }
  const std::string input = input_.digest();
  return {input, isCompressed() ? plain_.digest() : input, inputBytes_};
}

TarReader::TarReader(Stream& stream) : stream_(stream), tar_(archive_read_new()) {
  archive_read_support_format_tar(tar_.get());
  const int result = archive_read_open(tar_.get(), this, nullptr, readStream, nullptr);
  if (result < ARCHIVE_WARN) {
    failed(tar_.get(), streamError_, noArchive);
  }
}

la_ssize_t TarReader::readStream(archive* handle, void* self, const void** buffer) {
  auto& reader = *static_cast<TarReader*>(self);
  try {
    const std::string_view block = reader.stream_.next();
    *buffer = block.data();
    return static_cast<la_ssize_t>(block.size());
  } catch (const std::exception& error) {
    // No exception may cross the library's C code.
    reader.streamError_ = std::current_exception();
    archive_set_error(handle, EIO, "%s", error.what());
    return -1;
  }
}

archive_entry* TarReader::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(tar_.get(), &entry);
  if (result == ARCHIVE_EOF) {
    return nullptr;
  }
  if (result < ARCHIVE_WARN && entryName_.empty()) {
    failed(tar_.get(), streamError_, noArchive);
  }
  if (result < ARCHIVE_WARN) {
    failed(tar_.get(), streamError_,
           cat("the archive is damaged or incomplete after \"", entryName_, "\""));
  }
  const char* name = archive_entry_pathname(entry);
  if (name == nullptr) {
    throw Error(ErrorKind::invalid,
                cat("the name of the entry after \"", entryName_, "\" cannot be read"));
  }
  entryName_ = name;
  return entry;
}

bool TarReader::nextBlock(Block& block) {
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(tar_.get(), &data, &size, &offset);
  if (result == ARCHIVE_EOF) {
    return false;
  }
  if (result < ARCHIVE_WARN) {
    failed(tar_.get(), streamError_,
           cat("the archive is damaged or incomplete in \"", entryName_, "\""));
  }
  block = {{static_cast<const char*>(data), size}, offset};
  return true;
}

}  // namespace unpack
