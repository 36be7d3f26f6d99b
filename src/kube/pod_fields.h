#pragma once

#include <map>
#include <string>
#include <vector>

#include "kube/fields.h"
#include "kube/qos.h"
#include "spec/request.h"

/// The parts of a manifest, each a function from fields to what is asked for.
namespace kube {

/// "resources"
Demand readResources(const Field& field);

/// Of a pod or of a container, which has those of its pod where it says nothing itself.
struct Identity {
  std::optional<std::int64_t> user, group;
  std::optional<bool> nonRoot;
  std::string seccompProfile;
};

/// spec.securityContext; what it asks of the pod goes there, groups for all containers into
/// `groups`.
Identity readPodSecurity(const Field& field, PodSpec& pod, std::vector<std::string>& groups);
/// spec.containers[].securityContext, where there is one; with the pod's identity where not.
void readContainerSecurity(Fields& containerFields, Identity identity, ContainerSpec& container);

/// spec.volumes by name; each a bind mount without a target.
std::map<std::string, Mount> readVolumes(const std::vector<Field>& volumes);
std::vector<Mount> readVolumeMounts(const std::vector<Field>& mounts,
                                    const std::map<std::string, Mount>& volumes);

/// The ports that a container publishes on the host.
std::vector<PortMapping> readPorts(const std::vector<Field>& ports, bool hostNetwork);

struct ContainerRequest {
  std::string name;  ///< within the pod
  ContainerSpec spec;
  Demand demand;
  std::vector<PortMapping> ports;
};

/// What of the pod a container's fields are read with.
struct PodContext {
  Identity identity;
  std::map<std::string, Mount> volumes;
  bool hostNetwork = false;
};
ContainerRequest readContainer(const Field& field, const PodContext& pod);

/// "$(NAME)" becomes the variable's value, "$$(NAME)" the text "$(NAME)"; what is unknown stays.
std::string expandVariables(const std::string& text, const StringMap& variables);

}  // namespace kube
