#include "keeper/events.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <utility>

#include "base/error.h"
#include "base/json.h"
#include "base/time.h"
#include "keeper/diary.h"
#include "keeper/log_writer.h"
#include "spec/members.h"

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

std::optional<Event> parseEvent(std::string_view text) {
  try {
    return parseJson(text, "an event").get<Event>();
  } catch (const Error&) {
    return std::nullopt;
  }
}

}  // namespace

template <typename Visitor>
static void members(Visitor& visit, Event& event) {
  visit("type", event.type);
  visit("status", event.status);
  visit("id", event.id);
  visit("name", event.name);
  visit("image", event.image);
  visit("pod", event.pod);
  visit("limit", event.limit);
  visit("exitCode", event.exitCode);
}

void to_json(Json& json, const Event& event) {
  json = spec_detail::toJson(event);
}
void from_json(const Json& json, Event& event) {
  spec_detail::fromJson(json, event);
}

Event containerEvent(std::string status, std::string id, std::string name, std::string image,
                     std::string pod) {
  Event event;
  event.type = "container";
  event.status = std::move(status);
  event.id = std::move(id);
  event.name = std::move(name);
  event.image = std::move(image);
  event.pod = std::move(pod);
  return event;
}

Event podEvent(std::string status, std::string id, std::string name) {
  Event event;
  event.type = "pod";
  event.status = std::move(status);
  event.id = std::move(id);
  event.name = std::move(name);
  return event;
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
                const std::function<void(const Event& event, Time time)>& sink) {
  const auto give = [&](const LogRecord& line) {
    if (const auto event = parseEvent(line.text)) {
      sink(*event, parseTime(line.stamp).value_or(Time{}));
    }
  };
  if (follow) {
    followFile(layout.events(), range, give);
  } else {
    LogReader(layout.events(), range).read(give);
  }
}

}  // namespace keeper
