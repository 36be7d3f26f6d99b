#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/file.h"
#include "base/time.h"

namespace keeper {

enum class LogStream { stdout_, stderr_ };

/// A container's log in the form of CRI and Podman's k8s-file: "TIMESTAMP stdout F TEXT" for a
/// line, P in place of F for a piece whose rest follows. Beyond its size limit the file becomes
/// PATH.1, in place of an older one, and a new one is begun.
class LogWriter {
 public:
  /// Pieces of a line are no longer than this, as containerd has it.
  static constexpr std::size_t longestPiece = 16 * 1024;

  /// maxSize in bytes; below 1: not limited. Error where the file cannot be opened.
  LogWriter(Path file, std::int64_t maxSize);

  /// Adds what one read(2) gave, under one timestamp. Who adds flushes before another log of this
  /// process is written to: they share a buffer.
  void add(LogStream stream, std::string_view data);
  /// A full disk costs the text, not the container: false where some could not be written.
  bool flush();
  bool write(LogStream stream, std::string_view data) {
    add(stream, data);
    return flush();
  }

 private:
  void stamp(LogStream stream);
  std::string_view appendLines(std::string_view data);
  void append(std::string_view text, char tag);
  std::size_t blockRest() const;
  void writeOut(std::size_t length);
  void rotate();

  Path path_;
  std::int64_t maxSize_;
  std::int64_t size_ = 0;
  UniqueFd fd_;
  std::array<char, 48> prefix_{};  ///< "TIMESTAMP stdout F "
  std::size_t prefixSize_ = 0;
  std::int64_t second_ = -1;
  std::string date_, zone_;  ///< of second_
  bool failed_ = false;
};

/// Where the older part of a log is.
Path rotatedLog(const Path& file);

}  // namespace keeper
