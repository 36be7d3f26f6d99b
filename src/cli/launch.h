#pragma once

#include <string>
#include <vector>

#include "cli/commands.h"
#include "cli/container_options.h"

namespace cli {

/// What `run` and `create` have in common: a container from options and arguments, with what
/// belongs to it (a new pod, the one it replaces, the file with its id).
class NewContainer {
 public:
  /// thenStart: as Engine::createContainer has it.
  NewContainer(Invocation& invocation, const ContainerOptions& options,
               const std::vector<std::string>& arguments, bool thenStart);
  ~NewContainer();
  NewContainer(const NewContainer&) = delete;
  NewContainer& operator=(const NewContainer&) = delete;

  const std::string& id() const { return id_; }
  const ContainerSpec& spec() const { return spec_; }
  /// From now on it stays; before, everything is taken back when this object goes.
  void keep() { kept_ = true; }
  /// Takes it away after its end, and the pod that was made for it.
  void remove();

 private:
  void joinPod(const std::string& pod);
  void replaceOld();
  void writeCidFile(const std::string& file);

  Invocation& invocation_;
  ContainerSpec spec_;
  std::string id_, newPod_, cidFile_;
  bool kept_ = false;
};

}  // namespace cli
