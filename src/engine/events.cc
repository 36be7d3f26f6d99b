#include "engine/events.h"

#include "keeper/events.h"

namespace engine {

void recordEvent(const Context& context, const char* status, const ContainerRecord& container) {
  keeper::record(context.layout, keeper::containerEvent(status, container.id(), container.row.name,
                                                        container.spec.image, container.row.pod));
}

void recordEvent(const Context& context, const char* status, const PodRecord& pod) {
  keeper::record(context.layout, keeper::podEvent(status, pod.id(), pod.row.name));
}

}  // namespace engine
