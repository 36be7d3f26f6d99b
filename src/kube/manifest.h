#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "spec/request.h"

/// From Kubernetes manifests to what the engine is asked for.
namespace kube {

/// One pod. Its containers are to be created in this order; their `pod` is empty.
struct PodRequest {
  PodSpec pod;
  std::vector<ContainerSpec> containers;
};

/// The pods of a YAML stream or JSON text: documents of kind Pod, or List with such items. What
/// cannot be carried out is an Error with the path of the field; what has no meaning on a single
/// host is left out (docs/kube.md names it). `memory`: the machine's, in bytes, for the order in
/// which processes are killed when it is short.
std::vector<PodRequest> readManifest(const std::string& text, std::uint64_t memory);

/// Only their names: what `kube down` needs. The rest is not looked at.
std::vector<std::string> podNames(const std::string& text);

}  // namespace kube
