#include "keeper/events.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "keeper/diary.h"
#include "keeper/log_writer.h"

namespace keeper {
namespace {

constexpr off_t fullSize = 4 * 1024 * 1024;

UniqueFd openEvents(const Path& file) {
  UniqueFd fd(open(file.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (!fd) {
    throw systemError("opening ", file.native());
  }
  return fd;
}

/// Of several that find it full one makes it the older part; the others still write to that.
void rotateIfFull(UniqueFd& fd, const Path& file) {
  struct stat open {
  }, there{};
  if (fstat(fd.get(), &open) != 0 || open.st_size < fullSize ||
      flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
    return;
  }
  if (stat(file.c_str(), &there) == 0 && there.st_ino == open.st_ino &&
      rename(file.c_str(), rotatedLog(file).c_str()) == 0) {
    fd = openEvents(file);
  }
}

}  // namespace

void to_json(Json& json, const Event& event) {
  json = {{"type", event.type}, {"status", event.status}, {"id", event.id}, {"name", event.name}};
  const auto unlessEmpty = [&](const char* key, const std::string& value) {
    if (!value.empty()) {
      json[key] = value;
    }
  };
  unlessEmpty("image", event.image);
  unlessEmpty("pod", event.pod);
  unlessEmpty("limit", event.limit);
  if (event.exitCode) {
    json["exitCode"] = *event.exitCode;
  }
}

void from_json(const Json& json, Event& event) {
  readMember(json, "type", event.type);
  readMember(json, "status", event.status);
  readMember(json, "id", event.id);
  readMember(json, "name", event.name);
  readMember(json, "image", event.image);
  readMember(json, "pod", event.pod);
  readMember(json, "limit", event.limit);
  readMember(json, "exitCode", event.exitCode);
}

void record(const Layout& layout, const Event& event) {
  attempt("recording an event", [&] {
    const std::string line = cat(formatLocalTime(now()), " stdout F ", printJson(event), "\n");
    const Path file = layout.events();
    UniqueFd fd = openEvents(file);
    rotateIfFull(fd, file);
    // One call, as others write too.
    if (write(fd.get(), line.data(), line.size()) < 0) {
      throw systemError("writing ", file.native());
    }
  });
}

void readEvents(const Layout& layout, const LogRange& range, bool follow,
                const LogReader::Sink& sink) {
  if (follow) {
    followFile(layout.events(), range, sink);
  } else {
    LogReader(layout.events(), range).read(sink);
  }
}

}  // namespace keeper
