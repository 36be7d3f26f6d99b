#pragma once

#include <string>
#include <vector>

#include "engine/engine.h"

namespace kube {

struct PlayOptions {
  bool replace = false;      ///< pods of the same names are removed before
  std::string cgroupParent;  ///< what "kubepods" is below; empty: the root
  std::vector<std::string> createCommand;
};

struct PlayedPod {
  std::string id;
  std::vector<std::string> containers;  ///< ids
};

/// Makes and starts all pods of a manifest, or, with an Error, none. The pods that --replace is to
/// remove stay where the manifest has a mistake or an image is not there.
std::vector<PlayedPod> play(engine::Engine& engine, const std::string& manifest,
                            const PlayOptions& options);

/// Stops and removes the pods of a manifest. The ids of those that there were.
std::vector<std::string> down(engine::Engine& engine, const std::string& manifest);

}  // namespace kube
