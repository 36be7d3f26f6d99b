#pragma once

#include <string>

namespace cli {

class Invocation;

/// The text of a manifest: of a file, or of stdin for "-".
std::string readManifestFile(const std::string& file);

/// `kube down`, and `kube play --down`.
int takeDown(Invocation& invocation, const std::string& file);

}  // namespace cli
