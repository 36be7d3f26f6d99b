#include "image/unpack/stream.h"

#include <unistd.h>

#include <cerrno>
#include <exception>

#include "base/error.h"

namespace unpack {
namespace {

constexpr std::size_t bufferSize = 1 << 20;

std::string reason(archive* handle) {
  const char* text = archive_error_string(handle);
  return text != nullptr ? text : "unknown error";
}

}  // namespace

Stream::Stream(int fd) : fd_(fd), buffer_(bufferSize, '\0'), filters_(archive_read_new()) {
  archive_read_support_filter_gzip(filters_.get());
  archive_read_support_filter_zstd(filters_.get());
  archive_read_support_filter_xz(filters_.get());
  archive_read_support_filter_bzip2(filters_.get());
  archive_read_support_format_raw(filters_.get());
  archive_read_support_format_empty(filters_.get());
}

la_ssize_t Stream::readInput(archive* handle, void* self, const void** buffer) {
  auto& stream = *static_cast<Stream*>(self);
  ssize_t got = 0;
  do {
    got = read(stream.fd_, stream.buffer_.data(), stream.buffer_.size());
  } while (got < 0 && errno == EINTR);
  if (got < 0) {
    stream.readError_ = errno;
    archive_set_error(handle, errno, "reading the archive");
    return -1;
  }
  stream.input_.update({stream.buffer_.data(), static_cast<std::size_t>(got)});
  stream.inputBytes_ += static_cast<std::uint64_t>(got);
  *buffer = stream.buffer_.data();
  return got;
}

void Stream::open() {
  opened_ = true;
  archive_entry* entry = nullptr;
  int result = archive_read_open(filters_.get(), this, nullptr, readInput, nullptr);
  if (result >= ARCHIVE_WARN) {
    result = archive_read_next_header(filters_.get(), &entry);
  }
  if (result == ARCHIVE_EOF) {
    throw Error(ErrorKind::invalid, "the archive is empty");
  }
  if (result < ARCHIVE_WARN) {
    throw Error(ErrorKind::invalid, cat("the archive is damaged: ", reason(filters_.get())));
  }
}

std::string_view Stream::next() {
  if (!opened_) {
    open();
  }
  const void* data = nullptr;
  std::size_t size = 0;
  la_int64_t offset = 0;
  const int result = archive_read_data_block(filters_.get(), &data, &size, &offset);
  if (result == ARCHIVE_EOF) {
    return {};
  }
  if (readError_ != 0) {
    errno = readError_;
    throw systemError("reading the archive");
  }
  if (result < ARCHIVE_WARN) {
    throw Error(ErrorKind::invalid,
                cat("the archive is damaged or incomplete: ", reason(filters_.get())));
  }
  const std::string_view block(static_cast<const char*>(data), size);
  plain_.update(block);
  return block;
}

Stream::Sums Stream::finish() {
  while (!next().empty()) {
  }
  const void* ignored = nullptr;
  // What follows the compressed form belongs to the file and so to its digest.
  while (readInput(filters_.get(), this, &ignored) > 0) {
  }
  if (readError_ != 0) {
    errno = readError_;
    throw systemError("reading the archive");
  }
  return {input_.digest(), plain_.digest(), inputBytes_};
}

TarReader::TarReader(Stream& stream) : stream_(stream), tar_(archive_read_new()) {
  archive_read_support_format_tar(tar_.get());
  const int result = archive_read_open(tar_.get(), this, nullptr, readStream, nullptr);
  if (result < ARCHIVE_WARN) {
    fail("the file is no tar archive, plain or compressed with gzip, zstd, xz or bzip2");
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

void TarReader::fail(const std::string& what) {
  if (streamError_) {
    std::rethrow_exception(streamError_);
  }
  throw Error(ErrorKind::invalid, what);
}

archive_entry* TarReader::next() {
  archive_entry* entry = nullptr;
  const int result = archive_read_next_header(tar_.get(), &entry);
  if (result == ARCHIVE_EOF) {
    return nullptr;
  }
  if (result < ARCHIVE_WARN && entryName_.empty()) {
    fail(cat("the file is no tar archive, plain or compressed with gzip, zstd, xz or bzip2 (",
             reason(tar_.get()), ")"));
  }
  if (result < ARCHIVE_WARN) {
    fail(cat("the archive is damaged or incomplete after \"", entryName_,
             "\": ", reason(tar_.get())));
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
    fail(cat("the archive is damaged or incomplete in \"", entryName_, "\": ", reason(tar_.get())));
  }
  block = {{static_cast<const char*>(data), size}, offset};
  return true;
}

}  // namespace unpack
