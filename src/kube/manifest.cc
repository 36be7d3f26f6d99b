#include "kube/manifest.h"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "base/error.h"
#include "kube/metadata.h"
#include "kube/pod_fields.h"
#include "kube/yaml.h"

namespace kube {

namespace {

constexpr std::array<std::string_view, 13> laterInPods{"initContainers",
                                                       "ephemeralContainers",
                                                       "activeDeadlineSeconds",
                                                       "subdomain",
                                                       "runtimeClassName",
                                                       "overhead",
                                                       "readinessGates",
                                                       "setHostnameAsFQDN",
                                                       "resources",
                                                       "resourceClaims",
                                                       "schedulingGates",
                                                       "hostUsers",
                                                       "os"};

/// Where in a cluster a pod is put, who it is there and what it may: questions that a single host
/// does not ask.
void ignoreTheCluster(Fields& fields) {
  fields.ignore({"nodeName", "nodeSelector", "affinity", "tolerations", "schedulerName",
                 "topologySpreadConstraints", "priority", "priorityClassName", "preemptionPolicy",
                 "serviceAccount", "serviceAccountName", "automountServiceAccountToken",
                 "enableServiceLinks", "imagePullSecrets"});
}

void readNamespaces(Fields& fields, PodSpec& pod) {
  pod.share = {NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts};
  const NamespaceMode host{NamespaceMode::Source::host, {}};
  const auto shared = fields.find("shareProcessNamespace");
  if (shared && shared->truth()) {
    pod.share.insert(NamespaceKind::pid);
  }
  if (fields.truth("hostPID")) {
    if (pod.share.contains(NamespaceKind::pid)) {
      shared->refuse("it does not go with hostPID");
    }
    pod.share.insert(NamespaceKind::pid);
    pod.namespaces[NamespaceKind::pid] = host;
  }
  if (fields.truth("hostIPC")) {
    pod.namespaces[NamespaceKind::ipc] = host;
  }
  if (fields.truth("hostNetwork")) {
    pod.namespaces[NamespaceKind::net] = host;
  }
}

/// With the host's network a pod has the host's name.
void readHostname(Fields& fields, PodSpec& pod) {
  constexpr std::size_t longest = 63;
  const std::string hostname = fields.text("hostname");
  if (pod.namespaces.contains(NamespaceKind::net)) {
    if (!hostname.empty()) {
      fields.require("hostname").refuse("it does not go with hostNetwork");
    }
    pod.namespaces[NamespaceKind::uts] = {NamespaceMode::Source::host, {}};
    return;
  }
  pod.hostname = hostname.empty() ? pod.name.substr(0, longest) : hostname;
  while (pod.hostname.ends_with('-') || pod.hostname.ends_with('.')) {
    pod.hostname.pop_back();
  }
}

void readNames(Fields& fields, NetworkRequest& network) {
  fields.accept("dnsPolicy", {"Default", "ClusterFirst", "ClusterFirstWithHostNet", "None"});
  if (const auto config = fields.find("dnsConfig")) {
    Fields dns(*config);
    const auto texts = [&](const char* name) {
      const auto list = dns.find(name);
      return list ? list->texts() : std::vector<std::string>();
    };
    network.dnsServers = texts("nameservers");
    network.dnsSearch = texts("searches");
    for (const Field& field : dns.elements("options")) {
      Fields option(field);
      const std::string value = option.text("value");
      network.dnsOptions.push_back(
          cat(option.require("name").text(), value.empty() ? "" : ":", value));
      option.finish({});
    }
    dns.finish({});
  } else if (fields.text("dnsPolicy") == "None") {
    fields.require("dnsPolicy").refuse("None needs dnsConfig");
  }
  for (const Field& field : fields.elements("hostAliases")) {
    Fields alias(field);
    const std::string address = alias.require("ip").text();
    for (const std::string& name : alias.require("hostnames").texts()) {
      network.addHosts.push_back(cat(name, ":", address));
    }
    alias.finish({});
  }
}

std::string readRestartPolicy(Fields& fields) {
  constexpr std::array<std::pair<std::string_view, const char*>, 4> names{
      {{"", "always"}, {"Always", "always"}, {"OnFailure", "on-failure"}, {"Never", "no"}}};
  const std::string text = fields.text("restartPolicy");
  const auto* const known =
      std::find_if(names.begin(), names.end(), [&](const auto& one) { return one.first == text; });
  if (known == names.end()) {
    fields.require("restartPolicy").refuse("it must be Always, OnFailure or Never");
  }
  return known->second;
}

std::vector<ContainerRequest> readContainers(Fields& fields, const PodContext& context) {
  const Field list = fields.require("containers");
  std::vector<ContainerRequest> containers;
  std::set<std::string> names;
  for (const Field& field : list.elements()) {
    containers.push_back(readContainer(field, context));
    if (!names.insert(containers.back().name).second) {
      field.refuse(cat("there are two containers of the name \"", containers.back().name, "\""));
    }
  }
  if (containers.empty()) {
    list.refuse("a pod needs a container");
  }
  return containers;
}

/// What depends on all containers, or on the pod and the container.
void complete(PodRequest& request, std::vector<ContainerRequest> containers,
              const Metadata& metadata, std::uint64_t memory) {
  std::vector<Demand> demands;
  for (const ContainerRequest& container : containers) {
    demands.push_back(container.demand);
  }
  const QosClass qos = qosClassOf(demands);
  PodSpec& pod = request.pod;
  pod.qosClass = nameOf(qos);
  pod.resources = podResources(qos, demands);
  for (ContainerRequest& container : containers) {
    ContainerSpec& spec = container.spec;
    spec.name = cat(pod.name, "-", container.name);
    spec.labels = metadata.labels;
    spec.annotations = metadata.annotations;
    spec.resources = containerResources(container.demand);
    spec.oomScoreAdj = oomScoreAdjOf(qos, container.demand, memory);
    pod.network.ports.insert(pod.network.ports.end(), container.ports.begin(),
                             container.ports.end());
    request.containers.push_back(std::move(spec));
  }
}

PodRequest readPod(const Field& document, std::uint64_t memory) {
  Fields fields(document);
  fields.accept("apiVersion", {"v1"});
  fields.ignore({"kind", "status"});  // the status is what a cluster found
  const Metadata metadata = readMetadata(fields.require("metadata"));
  Fields spec(fields.require("spec"));
  fields.finish({});

  PodRequest request;
  PodSpec& pod = request.pod;
  pod.name = metadata.name;
  pod.uid = metadata.uid;
  pod.labels = metadata.labels;
  pod.exitPolicy = "stop";
  readNamespaces(spec, pod);
  readHostname(spec, pod);
  readNames(spec, pod.network);
  const std::string restart = readRestartPolicy(spec);
  constexpr std::int64_t mostSeconds = 1'000'000'000, usualSeconds = 30;
  const auto grace = spec.find("terminationGracePeriodSeconds");
  PodContext context;
  context.volumes = readVolumes(spec.elements("volumes"));
  context.hostNetwork = pod.namespaces.contains(NamespaceKind::net);
  std::vector<std::string> groups;
  if (const auto security = spec.find("securityContext")) {
    context.identity = readPodSecurity(*security, pod, groups);
  }
  complete(request, readContainers(spec, context), metadata, memory);
  for (ContainerSpec& container : request.containers) {
    container.restart.name = restart;  // theirs: a debug container that joins is not restarted
    container.groups = groups;
    container.stopTimeout =
        static_cast<unsigned>(grace ? grace->number(0, mostSeconds) : usualSeconds);
  }
  ignoreTheCluster(spec);
  spec.finish(laterInPods);
  return request;
}

/// Each document of kind Pod, those in a List too.
void forEachPod(const std::vector<Json>& documents, const std::function<void(const Field&)>& step) {
  const std::function<void(const Field&)> visit = [&](const Field& document) {
    Fields fields(document);
    const Field kind = fields.require("kind");
    if (kind.text() == "Pod") {
      step(document);
    } else if (kind.text() == "List") {
      const auto items = fields.elements("items");
      std::for_each(items.begin(), items.end(), visit);
    } else {
      throw Error(ErrorKind::unsupported,
                  cat(kind.path(), ": ", kind.text(), " is not supported yet: use Pod"));
    }
  };
  for (std::size_t i = 0; i < documents.size(); ++i) {
    const auto one = [&] { visit(Field(documents[i], "")); };
    documents.size() == 1 ? one() : within(cat("document ", i + 1), one);
  }
}

}  // namespace

std::vector<PodRequest> readManifest(const std::string& text, std::uint64_t memory) {
  std::vector<PodRequest> pods;
  std::set<std::string> names, uids;
  forEachPod(parseYaml(text), [&](const Field& document) {
    pods.push_back(readPod(document, memory));
    const PodSpec& pod = pods.back().pod;
    if (!names.insert(pod.name).second) {
      throw Error(ErrorKind::invalid, cat("there are two pods of the name \"", pod.name, "\""));
    }
    if (!uids.insert(pod.uid).second) {
      throw Error(ErrorKind::invalid, cat("there are two pods with the uid ", pod.uid));
    }
  });
  if (pods.empty()) {
    throw Error(ErrorKind::invalid, "there is no pod in it");
  }
  return pods;
}

std::vector<std::string> podNames(const std::string& text) {
  std::vector<std::string> names;
  forEachPod(parseYaml(text), [&](const Field& document) {
    Fields fields(document);
    Fields metadata(fields.require("metadata"));
    names.push_back(metadata.require("name").text());
  });
  return names;
}

}  // namespace kube
