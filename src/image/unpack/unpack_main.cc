// peapod-unpack layer|archive|digest|plain [CALLER-PID]: reads an archive from stdin and fills the
// working directory, which is all that it can see. What came of it goes to stdout, one "KEY VALUE"
// record after the other, each with a NUL at its end (a path may have a newline):
//   blob DIGEST, blob-bytes N   of the file as it was read
//   diff-id DIGEST              of the file uncompressed
//   bytes N                     of the regular files that were unpacked (layer)
//   opaque PATH                 a directory to be marked as opaque (layer)
// An error is one line on stderr; the status is then 2 where the archive is to blame, else 1.

#include <linux/capability.h>
#include <sys/stat.h>
#include <unistd.h>

#include <clocale>
#include <cstdio>

#include "base/error.h"
#include "image/unpack/archive_writer.h"
#include "image/unpack/confine.h"
#include "image/unpack/layer_writer.h"

namespace unpack {
namespace {

constexpr int plainOutput = 3;
constexpr int archiveIsToBlame = 2;

constexpr CapabilityMask bit(int capability) {
  return CapabilityMask{1} << capability;
}

/// Owners, modes, device nodes and file capabilities of a layer.
constexpr CapabilityMask layerCapabilities = bit(CAP_CHOWN) | bit(CAP_DAC_OVERRIDE) |
                                             bit(CAP_FOWNER) | bit(CAP_FSETID) | bit(CAP_MKNOD) |
                                             bit(CAP_SETFCAP);

void writeAll(int fd, std::string_view text, const char* what) {
  while (!text.empty()) {
    const ssize_t written = write(fd, text.data(), text.size());
    if (written < 0 && errno != EINTR) {
      throw systemError("writing ", what);
    }
    text.remove_prefix(written < 0 ? 0 : static_cast<std::size_t>(written));
  }
}

std::string record(std::string_view key, std::string_view value) {
  return cat(key, " ", value, '\0');
}

std::string records(const Stream::Sums& sums) {
  return record("blob", sums.input) + record("blob-bytes", std::to_string(sums.inputBytes)) +
         record("diff-id", sums.plain);
}

std::string unpackLayer() {
  Stream stream(STDIN_FILENO);
  TarReader archive(stream);
  LayerWriter writer;
  while (archive_entry* entry = archive.next()) {
    writer.add(archive, entry);
  }
  writer.finish();
  std::string result = records(stream.finish()) + record("bytes", std::to_string(writer.bytes()));
  for (const std::string& path : writer.opaque()) {
    result += record("opaque", path);
  }
  return result;
}

std::string unpackArchive() {
  Stream stream(STDIN_FILENO);
  TarReader archive(stream);
  ArchiveWriter writer;
  while (archive_entry* entry = archive.next()) {
    writer.add(archive, entry);
  }
  return records(stream.finish());
}

std::string copyPlain(bool write) {
  Stream stream(STDIN_FILENO);
  for (std::string_view block = stream.next(); !block.empty(); block = stream.next()) {
    if (write) {
      writeAll(plainOutput, block, "the uncompressed archive");
    }
  }
  return records(stream.finish());
}

std::string run(std::string_view mode, pid_t starter) {
  const bool plain = mode == "plain";
  if (mode != "layer" && mode != "archive" && mode != "digest" && !plain) {
    throw Error(ErrorKind::invalid,
                "usage: peapod-unpack layer|archive|digest|plain [CALLER-PID] <ARCHIVE");
  }
  // Names in archives are UTF-8; the locale is loaded while the host's files can be seen.
  std::setlocale(LC_CTYPE, "C.UTF-8");
  confine(mode == "layer" ? layerCapabilities : 0, plain ? plainOutput + 1 : plainOutput, starter);
  umask(0);
  if (mode == "layer") {
    return unpackLayer();
  }
  return mode == "archive" ? unpackArchive() : copyPlain(plain);
}

int runProgram(int argc, char** argv) {
  try {
    const auto starter = parseNumber<pid_t>(argc > 2 ? argv[2] : "0");
    const std::string result = run(argc > 1 && starter ? argv[1] : "", starter.value_or(0));
    writeAll(STDOUT_FILENO, result, "the result");
    return 0;
  } catch (const Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return error.kind() == ErrorKind::invalid ? archiveIsToBlame : 1;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace unpack

int main(int argc, char** argv) {
  // Without exit handlers: a sanitizer's would look for /proc, which is not there any more.
  _exit(unpack::runProgram(argc, argv));
}
