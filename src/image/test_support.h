#pragma once

#include <fcntl.h>
#include <sys/stat.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <map>
#include <string>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/test_dir.h"

/// What the tests of images have in common.
namespace image::test {

inline Path write(const Path& path, const std::string& bytes) {
  makeDirectories(path.parent_path());
  std::ofstream(path, std::ios::binary) << bytes;
  return path;
}

inline UniqueFd openFile(const Path& path) {
  return UniqueFd(open(path.c_str(), O_RDONLY | O_CLOEXEC));
}

inline struct stat statusOf(const Path& path) {
  struct stat status {};
  if (lstat(path.c_str(), &status) != 0) {
    throw systemError("looking at ", path.string());
  }
  return status;
}

/// Runs a shell command; false if it fails.
inline bool shell(const std::string& command) {
  return std::system(command.c_str()) == 0;
}

/// Bytes through a command such as "gzip".
inline std::string through(const std::string& command, const std::string& bytes) {
  const TestDir work;
  write(work / "in", bytes);
  if (!shell(cat(command, " <", (work / "in").string(), " >", (work / "out").string()))) {
    throw Error(ErrorKind::system, command);
  }
  return readFile(work / "out");
}

/// The message of the Error that the step must throw.
template <typename Step>
std::string errorOf(Step&& step) {
  try {
    step();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

/// Bytes of a tar archive, written by hand so that they may be as malicious as they like.
class Tar {
 public:
  struct Options {
    std::string link;
    unsigned mode = 0644, uid = 0, gid = 0, major = 0, minor = 0;
    std::uint64_t time = 1'000'000'000;
    std::map<std::string, std::string> pax;
  };

  Tar& file(const std::string& name, const std::string& content, const Options& options) {
    return add('0', name, content, options);
  }
  Tar& file(const std::string& name, const std::string& content = "") {
    return file(name, content, Options{});
  }
  Tar& directory(const std::string& name, unsigned mode = 0755) {
    Options options;
    options.mode = mode;
    return add('5', name, "", options);
  }
  Tar& symlink(const std::string& name, const std::string& target) {
    Options options;
    options.link = target;
    return add('2', name, "", options);
  }
  Tar& hardLink(const std::string& name, const std::string& target) {
    Options options;
    options.link = target;
    return add('1', name, "", options);
  }
  Tar& add(char type, const std::string& name, const std::string& content, const Options& options) {
    if (!options.pax.empty()) {
      std::string records;
      for (const auto& [key, value] : options.pax) {
        records += paxRecord(key, value);
      }
      entry('x', "pax", records, Options{});
    }
    entry(type, name, content, options);
    return *this;
  }
  /// With the two empty blocks of an archive's end.
  std::string bytes() const { return bytes_ + std::string(1024, '\0'); }

 private:
  static std::string paxRecord(const std::string& key, const std::string& value) {
    const std::size_t rest = key.size() + value.size() + 3;
    std::size_t length = rest + 1;
    while (std::to_string(length).size() + rest != length) {
      ++length;
    }
    return cat(length, " ", key, "=", value, "\n");
  }

  static void put(std::string& header, std::size_t at, std::size_t size, const std::string& text) {
    header.replace(at, std::min(size, text.size()), text.substr(0, size));
  }

  static std::string octal(std::uint64_t number, int digits) {
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "%0*llo", digits,
                  static_cast<unsigned long long>(number));
    return text.data();
  }

  void entry(char type, const std::string& name, const std::string& content,
             const Options& options) {
    std::string header(512, '\0');
    put(header, 0, 100, name);
    put(header, 100, 8, octal(options.mode, 7));
    put(header, 108, 8, octal(options.uid, 7));
    put(header, 116, 8, octal(options.gid, 7));
    put(header, 124, 12, octal(content.size(), 11));
    put(header, 136, 12, octal(options.time, 11));
    header[156] = type;
    put(header, 157, 100, options.link);
    put(header, 257, 8, std::string("ustar\00000", 8));
    put(header, 329, 8, octal(options.major, 7));
    put(header, 337, 8, octal(options.minor, 7));
    put(header, 148, 8, "        ");
    unsigned sum = 0;
    for (const char byte : header) {
      sum += static_cast<unsigned char>(byte);
    }
    put(header, 148, 8, octal(sum, 6) + std::string("\0 ", 2));
    bytes_ += header + content + std::string((512 - content.size() % 512) % 512, '\0');
  }

  std::string bytes_;
};

}  // namespace image::test
