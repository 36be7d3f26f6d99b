#pragma once

#include "engine/spec_builder.h"
#include "network/lease.h"

/// /etc/hosts, /etc/resolv.conf and /etc/hostname as a pod's containers, or a single one, see them.
/// They are the network namespace's owner's (hostname: the uts namespace's): who joins another
/// container's network sees that one's files.
namespace engine {

/// The pod's hostname: what was asked, else its name.
std::string hostnameOf(const PodRecord& pod);
/// What gethostname(2) says inside the container; empty where a namespace given by path decides.
std::string hostnameOf(Context& context, const ContainerRecord& container, const PodRecord* pod);

/// Writes the pod's files. Those of running containers change with them.
void writePodFiles(Context& context, const PodRecord& pod);
/// The pod's hosts file again, after its containers changed. Nothing where the pod was not started.
void refreshPodHosts(Context& context, const PodRecord& pod);

/// Writes the files that are the container's own; gives all it is to see.
NameFiles writeContainerFiles(Context& context, const ContainerRecord& container,
                              const PodRecord* pod);

/// Text of a hosts file: the network's owner under its names, `local` names for the loopback
/// address.
std::string hostsText(const NetworkRequest& request, const std::optional<network::Lease>& lease,
                      const std::vector<std::string>& names, const std::vector<std::string>& local);

}  // namespace engine
