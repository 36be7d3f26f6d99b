#include "engine/events.h"

#include "keeper/events.h"

namespace engine {

void recordEvent(const Context& context, const char* status, const ContainerRecord& container) {
  keeper::Event event;
  event.type = "container";
  event.status = status;
  event.id = container.id();
  event.name = container.row.name;
  event.image = container.spec.image;
  event.pod = container.row.pod;
  keeper::record(context.layout, event);
}

void recordEvent(const Context& context, const char* status, const PodRecord& pod) {
  keeper::Event event;
  event.type = "pod";
  event.status = status;
  event.id = pod.id();
  event.name = pod.row.name;
  keeper::record(context.layout, event);
}

}  // namespace engine
