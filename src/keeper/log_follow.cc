#include <poll.h>
#include <sys/inotify.h>

#include <algorithm>
#include <array>

#include "base/error.h"
#include "keeper/client.h"
#include "keeper/log_reader.h"

namespace keeper {
namespace {

/// A log that is followed: its reader, and the keeper's word on when the container has ended.
struct Source {
  LogReader reader;
  std::optional<Client> keeper;
  bool ended = false;
};

UniqueFd watchNothing() {
  UniqueFd fd(inotify_init1(IN_CLOEXEC | IN_NONBLOCK));
  if (!fd) {
    throw systemError("watching logs");
  }
  return fd;
}

void watchDirectoryOf(const Path& file, const UniqueFd& fd) {
  const Path directory = file.parent_path();
  if (inotify_add_watch(fd.get(), directory.c_str(), IN_MODIFY | IN_CREATE | IN_MOVED_TO) < 0 &&
      errno != ENOENT) {
    throw systemError("watching ", directory.native());
  }
}

/// What changed does not matter: all readers are asked.
void takeEvents(int fd) {
  alignas(inotify_event) std::array<char, 16 * 1024> buffer;  // NOLINT: filled by read(2)
  while (read(fd, buffer.data(), buffer.size()) > 0) {
  }
}

Source sourceOf(const Layout& layout, const FollowedLog& log) {
  Source source{LogReader(log.file, log.range), Client::connect(layout, log.sandbox), false};
  if (source.keeper) {
    source.keeper->beginWait(log.container);
  } else {
    source.ended = true;
  }
  return source;
}

std::vector<pollfd> watched(int events, const std::vector<Source>& sources) {
  std::vector<pollfd> out{{events, POLLIN, 0}};
  for (const Source& source : sources) {
    const bool over = source.ended || source.reader.done();
    out.push_back({over ? -1 : source.keeper->fd(), POLLIN, 0});
  }
  return out;
}

/// poll(2)'s timeout: until the range is over, -1 where it has no end.
int millisecondsLeft(const LogRange& range) {
  using std::chrono::milliseconds;
  if (!range.until) {
    return -1;
  }
  const auto left = std::chrono::ceil<milliseconds>(*range.until - now());
  constexpr milliseconds most = std::chrono::hours(24);
  return static_cast<int>(std::clamp(left, milliseconds(0), most).count());
}

}  // namespace

void followFile(const Path& file, const LogRange& range, const LogReader::Sink& sink) {
  const UniqueFd events = watchNothing();
  watchDirectoryOf(file, events);
  LogReader reader(file, range);
  while (true) {
    const int left = millisecondsLeft(range);
    reader.read(sink);
    if (reader.done() || left == 0) {
      return;
    }
    pollfd fd{events.get(), POLLIN, 0};
    if (poll(&fd, 1, left) < 0 && errno != EINTR) {
      throw systemError("waiting for ", file.native());
    }
    takeEvents(events.get());
  }
}

void followLogs(const Layout& layout, const std::vector<FollowedLog>& logs,
                const std::function<void(std::size_t, const LogRecord&)>& sink) {
  const UniqueFd events = watchNothing();
  std::vector<Source> sources;
  for (const FollowedLog& log : logs) {
    watchDirectoryOf(log.file, events);
    sources.push_back(sourceOf(layout, log));
  }
  const auto readAll = [&] {
    for (std::size_t i = 0; i < sources.size(); ++i) {
      sources[i].reader.read([&](const LogRecord& record) { sink(i, record); });
    }
  };
  while (true) {
    auto fds = watched(events.get(), sources);
    const bool live =
        std::any_of(fds.begin() + 1, fds.end(), [](const pollfd& one) { return one.fd >= 0; });
    readAll();  // after it was known who had ended, so that nothing of their last words is missed
    if (!live) {
      return;
    }
    if (poll(fds.data(), fds.size(), -1) < 0 && errno != EINTR) {
      throw systemError("waiting for logs");
    }
    takeEvents(events.get());
    for (std::size_t i = 0; i < sources.size(); ++i) {
      sources[i].ended = sources[i].ended || fds[i + 1].revents != 0;
    }
  }
}

}  // namespace keeper
