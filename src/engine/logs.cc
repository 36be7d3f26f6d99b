#include "engine/context.h"

namespace engine {

Path Engine::logFile(const std::string& container) {
  const ContainerRecord record = state_->container(container);
  if (record.spec.logDriver == "none") {
    throw Error(ErrorKind::unsupported, cat("container ", record.row.name,
                                            " has no log: it was created with --log-driver none"));
  }
  return record.spec.logPath.empty() ? state_->layout.container(record.id()) / "ctr.log"
                                     : Path(record.spec.logPath);
}

}  // namespace engine
