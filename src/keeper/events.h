#pragma once

#include <functional>
#include <optional>
#include <string>

#include "base/json_fwd.h"
#include "keeper/config.h"
#include "keeper/log_reader.h"

/// What happens to containers and pods, in the words of podman-events(1). Keepers and commands
/// write it to one file for all, which lasts until the next boot, in the form of a container's log:
/// so log_reader.h reads it. When it is full it becomes the older part.
namespace keeper {

struct Event {
  std::string type;    ///< container, pod
  std::string status;  ///< create, start, oom, died, pause, unpause, stop, remove
  std::string id, name, image;
  std::string pod;              ///< id of the container's pod
  std::optional<int> exitCode;  ///< of died
  std::string limit;            ///< of oom: whose limit of memory it was, "container" or "pod"
};

void to_json(Json& json, const Event& event);
void from_json(const Json& json, Event& event);

/// `pod` is empty outside pods. The rest is for who knows it to fill in.
Event containerEvent(std::string status, std::string id, std::string name, std::string image,
                     std::string pod);
Event podEvent(std::string status, std::string id, std::string name);

/// Adds an event with the present time. What cannot be written is noted and costs nothing else.
void record(const Layout& layout, const Event& event);

/// Gives the events of the range with their times, and if `follow` those to come, until the range
/// is over. What a full disk has cut off is no event.
void readEvents(const Layout& layout, const LogRange& range, bool follow,
                const std::function<void(const Event& event, Time time)>& sink);

}  // namespace keeper
