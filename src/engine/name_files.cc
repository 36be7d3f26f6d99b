#include "engine/name_files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <climits>

#include "base/id.h"
#include "network/hosts.h"

namespace engine {

using Source = NamespaceMode::Source;

namespace {

std::string hostHostname() {
  std::array<char, HOST_NAME_MAX + 1> name{};
  if (::gethostname(name.data(), name.size() - 1) != 0) {
    throw systemError("reading the hostname");
  }
  return name.data();
}

/// Replaces the text under the file that containers have mounted: a renamed one would not reach
/// them. The length is cut last, so that nobody reads an empty file.
void rewrite(const Path& path, const std::string& text) {
  const UniqueFd file(::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
  const auto size = static_cast<ssize_t>(text.size());
  if (!file || ::pwrite(file.get(), text.data(), text.size(), 0) != size ||
      ::ftruncate(file.get(), size) != 0) {
    throw systemError("writing ", path.native());
  }
}

std::string withoutPrefix(const std::string& address) {
  return address.substr(0, address.find('/'));
}

std::string resolvText(const NetworkRequest& request) {
  return network::resolvConf(readFileIfExists("/etc/resolv.conf").value_or(""), request.dnsServers,
                             request.dnsSearch, request.dnsOptions);
}

/// A member of a pod has its own files beside its root, a single container beside its keeper.
Path ownDirectory(const Context& context, const ContainerRecord& container) {
  return container.row.pod.empty() ? context.layout.sandbox(container.id())
                                   : context.layout.container(container.id());
}

/// The container whose namespace of this kind, after following "container:" modes, this one has.
ContainerRecord ownerOf(Context& context, ContainerRecord container, NamespaceKind kind) {
  constexpr int deepest = 32;  // targets exist before those who name them, so there is no ring
  for (int depth = 0; depth < deepest; ++depth) {
    const std::optional<PodRecord> pod = context.podOf(container);
    const NamespaceMode mode = effectiveMode(kind, container.spec, pod ? &*pod : nullptr);
    if (mode.source != Source::container) {
      break;
    }
    container = context.container(mode.target);
  }
  return container;
}

bool isPods(const ContainerRecord& container, NamespaceKind kind, const PodRecord* pod) {
  return effectiveMode(kind, container.spec, pod).source == Source::pod;
}

/// Where the files are that go with the container's namespace of this kind.
Path directoryFor(Context& context, const ContainerRecord& container, const PodRecord* pod,
                  NamespaceKind kind) {
  if (isPods(container, kind, pod)) {
    return context.layout.sandbox(pod->id());
  }
  if (effectiveMode(kind, container.spec, pod).source != Source::container) {
    return ownDirectory(context, container);
  }
  const ContainerRecord owner = ownerOf(context, container, kind);
  const std::optional<PodRecord> ownersPod = context.podOf(owner);
  return isPods(owner, kind, ownersPod ? &*ownersPod : nullptr)
             ? context.layout.sandbox(owner.row.pod)
             : ownDirectory(context, owner);
}

void writeOwnNetworkFiles(Context& context, const ContainerRecord& container, const PodRecord* pod,
                          const Path& directory) {
  const NetworkRequest& request = container.spec.network;
  const std::vector<std::string> names{hostnameOf(context, container, pod), container.row.name};
  const bool host = effectiveMode(NamespaceKind::net, container.spec, pod).source == Source::host;
  const std::string first = host ? readFileIfExists("/etc/hosts").value_or("") : "";
  rewrite(directory / "hosts",
          first + hostsText(request,
                            network::findLease(context.registry, context.bridge(), container.id()),
                            names, {}));
  rewrite(directory / "resolv.conf", host && request.dnsServers.empty()
                                         ? readFileIfExists("/etc/resolv.conf").value_or("")
                                         : resolvText(request));
}

}  // namespace

std::string hostsText(const NetworkRequest& request, const std::optional<network::Lease>& lease,
                      const std::vector<std::string>& names,
                      const std::vector<std::string>& local) {
  const std::string gateway = lease ? lease->gateway4 : "127.0.0.1";
  std::vector<network::HostsEntry> entries;
  if (!lease) {
    entries.push_back({"127.0.0.1", names});
  } else {
    entries.push_back({withoutPrefix(lease->address4), names});
    if (!lease->address6.empty()) {
      entries.push_back({withoutPrefix(lease->address6), names});
    }
  }
  if (!local.empty()) {
    entries.push_back({"127.0.0.1", local});
  }
  for (const std::string& text : request.addHosts) {
    const std::vector<std::string> parts = split(text, ':', 2);
    entries.push_back({parts[1] == "host-gateway" ? gateway : parts[1], {parts[0]}});
  }
  if (lease) {
    entries.push_back({gateway, {"host.containers.internal", "host.docker.internal"}});
  }
  return network::hostsFile(entries);
}

std::string hostnameOf(const PodRecord& pod) {
  const auto mode = pod.spec.namespaces.find(NamespaceKind::uts);
  if (mode != pod.spec.namespaces.end() && mode->second.source == Source::host) {
    return hostHostname();
  }
  return pod.spec.hostname.empty() ? pod.row.name : pod.spec.hostname;
}

std::string hostnameOf(Context& context, const ContainerRecord& container, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::uts, container.spec, pod);
  switch (mode.source) {
    case Source::host:
      return hostHostname();
    case Source::pod:
      return hostnameOf(*pod);
    case Source::container: {
      const ContainerRecord owner = ownerOf(context, container, NamespaceKind::uts);
      const std::optional<PodRecord> ownersPod = context.podOf(owner);
      return hostnameOf(context, owner, ownersPod ? &*ownersPod : nullptr);
    }
    case Source::path:
      return {};
    case Source::own:
      break;
  }
  if (!container.spec.hostname.empty()) {
    return container.spec.hostname;
  }
  const NamespaceMode net = effectiveMode(NamespaceKind::net, container.spec, pod);
  return net.source == Source::host ? hostHostname() : shortId(container.id());
}

void refreshPodHosts(Context& context, const PodRecord& pod) {
  const Path directory = context.layout.sandbox(pod.id());
  struct stat status {};
  if (pod.spec.network.noHosts || ::stat(directory.c_str(), &status) != 0) {
    return;
  }
  std::vector<std::string> names{hostnameOf(pod)};
  if (names.front() != pod.row.name) {
    names.push_back(pod.row.name);
  }
  std::vector<std::string> members;
  for (const store::ContainerRow& row : context.registry.containersOf(pod.id())) {
    members.push_back(row.name);
  }
  rewrite(
      directory / "hosts",
      hostsText(pod.spec.network, network::findLease(context.registry, context.bridge(), pod.id()),
                names, members));
}

void writePodFiles(Context& context, const PodRecord& pod) {
  const Path directory = context.layout.sandbox(pod.id());
  makeDirectories(directory, 0700);
  refreshPodHosts(context, pod);
  rewrite(directory / "resolv.conf", resolvText(pod.spec.network));
  rewrite(directory / "hostname", hostnameOf(pod) + "\n");
}

NameFiles writeContainerFiles(Context& context, const ContainerRecord& container,
                              const PodRecord* pod) {
  const Path own = ownDirectory(context, container);
  makeDirectories(own, 0700);
  const Path netDirectory = directoryFor(context, container, pod, NamespaceKind::net);
  const Path utsDirectory = directoryFor(context, container, pod, NamespaceKind::uts);
  if (netDirectory == own) {
    writeOwnNetworkFiles(context, container, pod, own);
  }
  if (utsDirectory == own) {
    rewrite(own / "hostname", hostnameOf(context, container, pod) + "\n");
  }
  const bool noHosts = isPods(container, NamespaceKind::net, pod) ? pod->spec.network.noHosts
                                                                  : container.spec.network.noHosts;
  return {noHosts ? Path() : netDirectory / "hosts", netDirectory / "resolv.conf",
          utsDirectory / "hostname"};
}

}  // namespace engine
