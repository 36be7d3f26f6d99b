#include "kube/manifest.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace kube {
namespace {

constexpr std::uint64_t machine = 1000ULL << 20;

std::vector<PodRequest> pods(const std::string& text) {
  return readManifest(text, machine);
}

PodRequest pod(const std::string& text) {
  std::vector<PodRequest> all = pods(text);
  EXPECT_EQ(all.size(), 1U);
  return all.front();
}

/// A pod with these fields beside its containers; `container` are those of its only one.
std::string manifest(const std::string& fields, const std::string& container = "") {
  return cat("apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {", fields,
             fields.empty() ? "" : ", ", "containers: [{name: one, image: box",
             container.empty() ? "" : ", ", container, "}]}\n");
}

ContainerSpec container(const std::string& fields, const std::string& ofPod = "") {
  return pod(manifest(ofPod, fields)).containers.front();
}

std::string refusalOf(const std::string& text) {
  try {
    readManifest(text, machine);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing was refused";
}

TEST(Manifest, APodWithItsContainers) {
  const PodRequest request = pod(R"(
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: default
  uid: 11111111-2222-3333-4444-555555555555
  labels: {app: shop}
  annotations: {note: "1"}
spec:
  restartPolicy: OnFailure
  terminationGracePeriodSeconds: 5
  containers:
  - name: front
    image: nginx
    command: [nginx, -g]
    args: ["daemon off;"]
    workingDir: /srv
    tty: true
    stdin: true
    ports:
    - {containerPort: 80, hostPort: 8080, hostIP: 127.0.0.1}
    - {containerPort: 53, hostPort: 5353, protocol: UDP, name: dns}
    - {containerPort: 9000}
  - name: back
    image: box
status: {phase: Running}
)");
  EXPECT_EQ(request.pod.name, "web");
  EXPECT_EQ(request.pod.hostname, "web");
  EXPECT_EQ(request.pod.uid, "11111111-2222-3333-4444-555555555555");
  EXPECT_EQ(request.pod.qosClass, "BestEffort");
  EXPECT_EQ(request.pod.exitPolicy, "stop");
  EXPECT_EQ(request.pod.restart.name, "");
  EXPECT_EQ(request.pod.labels, (StringMap{{"app", "shop"}}));
  EXPECT_EQ(request.pod.share,
            (std::set{NamespaceKind::net, NamespaceKind::ipc, NamespaceKind::uts}));
  ASSERT_EQ(request.pod.network.ports.size(), 2U);
  EXPECT_EQ(request.pod.network.ports[0].hostIp, "127.0.0.1");
  EXPECT_EQ(request.pod.network.ports[1].protocol, "udp");
  ASSERT_EQ(request.containers.size(), 2U);
  const ContainerSpec& front = request.containers[0];
  EXPECT_EQ(front.name, "web-front");
  EXPECT_EQ(front.restart.name, "on-failure");
  EXPECT_EQ(front.entrypoint, (std::vector<std::string>{"nginx", "-g"}));
  EXPECT_EQ(front.command, std::vector<std::string>{"daemon off;"});
  EXPECT_EQ(front.workdir, "/srv");
  EXPECT_TRUE(front.tty && front.stdinOpen);
  EXPECT_EQ(front.stopTimeout, 5U);
  EXPECT_EQ(front.annotations, (StringMap{{"note", "1"}}));
  EXPECT_FALSE(request.containers[1].entrypoint);
  EXPECT_EQ(request.containers[1].oomScoreAdj, 1000);
}

TEST(Manifest, WhatIsNotSaid) {
  const PodRequest request = pod(manifest(""));
  EXPECT_EQ(request.containers.front().restart.name, "always");
  EXPECT_EQ(request.containers.front().stopTimeout, 30U);
  EXPECT_EQ(request.pod.uid.size(), 36U);
  EXPECT_EQ(request.pod.uid[14], '4');
  EXPECT_NE(request.pod.uid, pod(manifest("")).pod.uid);
}

TEST(Manifest, SeveralDocumentsAndLists) {
  const std::string list =
      "kind: List\napiVersion: v1\nitems:\n"
      "- {apiVersion: v1, kind: Pod, metadata: {name: a}, spec: {containers: [{name: x, image: "
      "i}]}}\n"
      "- {apiVersion: v1, kind: Pod, metadata: {name: b}, spec: {containers: [{name: x, image: "
      "i}]}}\n";
  EXPECT_EQ(pods(cat("---\n", list, "---\n", manifest(""))).size(), 3U);
  EXPECT_EQ(podNames(cat(list, "---\n", manifest(""))),
            (std::vector<std::string>{"a", "b", "web"}));
  EXPECT_EQ(refusalOf(cat(manifest(""), "---\n", manifest(""))),
            "document 2: there are two pods of the name \"web\"");
  EXPECT_EQ(refusalOf("# nothing"), "there is no pod in it");
  EXPECT_EQ(refusalOf(cat(list, "- {kind: Service}\n")),
            "items[2].kind: Service is not supported yet: use Pod");
}

TEST(Manifest, VariablesAreExpanded) {
  const ContainerSpec spec = container(
      "env: [{name: A, value: a}, {name: B, value: $(A)$(C)$$(A)}, {name: C, value: '3'}, "
      "{name: E}], command: [sh, $(B)], args: ['$(C) $(NO) $( $']");
  EXPECT_EQ(spec.env, (std::vector<std::string>{"A=a", "B=a$(C)$(A)", "C=3", "E="}));
  EXPECT_EQ(spec.entrypoint, (std::vector<std::string>{"sh", "a$(C)$(A)"}));
  EXPECT_EQ(spec.command, std::vector<std::string>{"3 $(NO) $( $"});
}

TEST(Manifest, RequestsAndLimits) {
  const std::string half = "resources: {limits: {cpu: 500m, memory: 64Mi}}";
  PodRequest request = pod(manifest("", half));
  EXPECT_EQ(request.pod.qosClass, "Guaranteed");
  EXPECT_EQ(request.pod.resources.memory, 64 << 20);
  EXPECT_EQ(request.containers.front().resources.cpuQuota, 50'000);
  EXPECT_EQ(request.containers.front().resources.cpuShares, 512U);
  EXPECT_EQ(request.containers.front().oomScoreAdj, -997);

  request = pod(manifest("", "resources: {requests: {cpu: 0.5, memory: 1e8}, limits: {cpu: 1}}"));
  EXPECT_EQ(request.pod.qosClass, "Burstable");
  EXPECT_FALSE(request.pod.resources.memory);
  EXPECT_EQ(request.pod.resources.cpuShares, 512U);
  EXPECT_EQ(request.pod.resources.cpuQuota, 100'000);
  EXPECT_EQ(request.containers.front().oomScoreAdj, 1000 - 95);
}

TEST(Manifest, HugePages) {
  const ContainerSpec spec = container(
      "resources: {limits: {memory: 64Mi, hugepages-2Mi: 4Mi}, requests: {hugepages-2Mi: 4Mi}}");
  EXPECT_EQ(spec.resources.hugetlb, (std::map<std::string, std::int64_t>{{"2MB", 4 << 20}}));
}

TEST(Manifest, Namespaces) {
  PodSpec spec = pod(manifest("shareProcessNamespace: true, hostIPC: true")).pod;
  EXPECT_TRUE(spec.share.contains(NamespaceKind::pid));
  EXPECT_EQ(spec.namespaces.at(NamespaceKind::ipc).source, NamespaceMode::Source::host);
  spec = pod(manifest("hostNetwork: true, hostPID: true",
                      "ports: [{containerPort: 80, hostPort: 80}]"))
             .pod;
  for (const NamespaceKind kind : {NamespaceKind::net, NamespaceKind::pid, NamespaceKind::uts}) {
    EXPECT_EQ(spec.namespaces.at(kind).source, NamespaceMode::Source::host);
  }
  EXPECT_TRUE(spec.network.ports.empty() && spec.hostname.empty());
}

TEST(Manifest, SecurityContexts) {
  ContainerSpec spec = container(
      "securityContext: {runAsGroup: 7, readOnlyRootFilesystem: true, allowPrivilegeEscalation: "
      "false, capabilities: {add: [NET_ADMIN], drop: [ALL]}, runAsNonRoot: true}",
      "securityContext: {runAsUser: 1000, supplementalGroups: [5, 6], sysctls: [{name: net.a, "
      "value: '1'}], seccompProfile: {type: Unconfined}}");
  EXPECT_EQ(spec.user, "1000:7");
  EXPECT_EQ(spec.groups, (std::vector<std::string>{"5", "6"}));
  EXPECT_TRUE(spec.readOnly && spec.noNewPrivileges);
  EXPECT_EQ(spec.capAdd, std::vector<std::string>{"NET_ADMIN"});
  EXPECT_EQ(spec.capDrop, std::vector<std::string>{"ALL"});
  EXPECT_EQ(spec.seccompProfile, "unconfined");
  spec = container(
      "securityContext: {privileged: true, runAsUser: 5, seccompProfile: {type: RuntimeDefault}}",
      "securityContext: {runAsUser: 1000, runAsGroup: 1, seccompProfile: {type: Unconfined}}");
  EXPECT_TRUE(spec.privileged);
  EXPECT_EQ(spec.user, "5:1");
  EXPECT_EQ(spec.seccompProfile, "");
}

TEST(Manifest, VolumesAreHostPaths) {
  const ContainerSpec spec = container(
      "volumeMounts: [{name: t, mountPath: /a, readOnly: true}, {name: t, mountPath: /b, "
      "mountPropagation: HostToContainer}]",
      "volumes: [{name: t, hostPath: {path: /tmp/, type: Directory}}]");
  ASSERT_EQ(spec.mounts.size(), 2U);
  EXPECT_EQ(spec.mounts[0].target, "/a");
  EXPECT_EQ(spec.mounts[0].options, (std::vector<std::string>{"rbind", "ro", "rprivate"}));
  EXPECT_EQ(spec.mounts[1].options, (std::vector<std::string>{"rbind", "rw", "rslave"}));
}

TEST(Manifest, NamesOfHosts) {
  const PodSpec spec =
      pod(manifest("hostname: other, hostAliases: [{ip: 1.2.3.4, hostnames: [a, b]}], dnsPolicy: "
                   "None, dnsConfig: {nameservers: [9.9.9.9], searches: [x.y], options: [{name: "
                   "ndots, value: '2'}, {name: rotate}]}"))
          .pod;
  EXPECT_EQ(spec.hostname, "other");
  EXPECT_EQ(spec.network.addHosts, (std::vector<std::string>{"a:1.2.3.4", "b:1.2.3.4"}));
  EXPECT_EQ(spec.network.dnsServers, std::vector<std::string>{"9.9.9.9"});
  EXPECT_EQ(spec.network.dnsOptions, (std::vector<std::string>{"ndots:2", "rotate"}));
}

TEST(Manifest, WhatHasNoMeaningHereIsLeftOut) {
  pod(
      manifest("nodeSelector: {disk: ssd}, tolerations: [{key: x}], serviceAccountName: me, "
               "dnsPolicy: ClusterFirst, schedulerName: default-scheduler, priority: 0",
               "imagePullPolicy: IfNotPresent, terminationMessagePath: /dev/log"));
  // An empty one asks for nothing.
  pod(manifest("initContainers: [], securityContext: {}", "livenessProbe: null, lifecycle: {}"));
}

struct Refusal {
  const char* pod;
  const char* container;
  const char* text;
};

class Refused : public testing::TestWithParam<Refusal> {};

TEST_P(Refused, WithTheFieldsPath) {
  EXPECT_EQ(refusalOf(manifest(GetParam().pod, GetParam().container)), GetParam().text);
}

INSTANTIATE_TEST_SUITE_P(
    Manifest, Refused,
    testing::Values(
        Refusal{"", "livenessProbe: {exec: {command: [a]}}",
                "spec.containers[0].livenessProbe is not supported yet"},
        Refusal{"", "lifeCycle: {a: b}",
                "spec.containers[0].lifeCycle: Kubernetes has no such field"},
        Refusal{"initContainers: [{name: a}]", "", "spec.initContainers is not supported yet"},
        Refusal{"volumes: [{name: a, emptyDir: {}}]", "",
                "spec.volumes[0].emptyDir is not supported yet: use hostPath"},
        Refusal{"volumes: [{name: a, hostPath: {path: /tmp, type: File}}]", "",
                "spec.volumes[0].hostPath.type: /tmp is not a File"},
        Refusal{"volumes: [{name: a, hostPath: {path: /tmp, type: DirectoryOrCreate}}]", "",
                "spec.volumes[0].hostPath.type: DirectoryOrCreate is not supported yet"},
        Refusal{"", "volumeMounts: [{name: a, mountPath: /a}]",
                "spec.containers[0].volumeMounts[0].name: there is no volume of the name \"a\""},
        Refusal{"", "env: [{name: A, value: 1}]",
                "spec.containers[0].env[0].value: it must be a text (in quotes, where it looks "
                "like a number or a truth value), not 1"},
        Refusal{"", "env: [{name: A, valueFrom: {fieldRef: {}}}]",
                "spec.containers[0].env[0].valueFrom is not supported yet"},
        Refusal{"", "env: [{name: A=B}]",
                "spec.containers[0].env[0].name: \"A=B\" is not the name of a variable"},
        Refusal{"", "resources: {limits: {memory: 1Mb}}",
                "spec.containers[0].resources.limits.memory: \"1Mb\" is not a quantity such as "
                "100m, 0.5, 128Mi or 1G"},
        Refusal{"", "resources: {limits: {cpu: -1}}",
                "spec.containers[0].resources.limits.cpu: -1 is below 0"},
        Refusal{"", "resources: {limits: {cpu: -1u}}",
                "spec.containers[0].resources.limits.cpu: -1u is below 0"},
        Refusal{"", "resources: {limits: {cpu: 1P}}",
                "spec.containers[0].resources.limits.cpu: there are not so many processors"},
        Refusal{"", "resources: {limits: {cpu: 1}, requests: {cpu: 1001m}}",
                "spec.containers[0].resources.requests: the request for cpu is above its limit"},
        Refusal{"", "resources: {limits: {memory: 1M}}",
                "spec.containers[0].resources.limits: the minimum memory limit is 6291456 bytes "
                "(6Mi)"},
        Refusal{"", "resources: {limits: {ephemeral-storage: 1Gi}}",
                "spec.containers[0].resources.limits.ephemeral-storage is not supported yet"},
        Refusal{"", "resources: {requests: {cpu: 1, hugepages-2Mi: 2Mi}}",
                "spec.containers[0].resources: the limit of hugepages-2Mi must be its request"},
        Refusal{"", "resources: {limits: {hugepages-2Mi: 2Mi}}",
                "spec.containers[0].resources: huge pages need a request for cpu or memory, too"},
        Refusal{"", "resources: {limits: {cpu: 1, hugepages-2M: 2Mi}}",
                "spec.containers[0].resources: \"2M\" is not a size of pages such as 2Mi"},
        Refusal{"", "imagePullPolicy: Always",
                "spec.containers[0].imagePullPolicy: Always is not supported yet: images are not "
                "pulled"},
        Refusal{"", "ports: [{containerPort: 70000}]",
                "spec.containers[0].ports[0].containerPort: it must be a whole number from 1 to "
                "65535, not 70000"},
        Refusal{"", "ports: [{containerPort: 1, protocol: SCTP}]",
                "spec.containers[0].ports[0].protocol: SCTP is not supported yet"},
        Refusal{"hostNetwork: true", "ports: [{containerPort: 1, hostPort: 2}]",
                "spec.containers[0].ports[0].hostPort: with hostNetwork it must be the "
                "containerPort"},
        Refusal{"", "command: ls",
                "spec.containers[0].command: it must be a list, not the text \"ls\""},
        Refusal{"", "tty: 'yes'",
                "spec.containers[0].tty: it must be true or false, not the text \"yes\""},
        Refusal{"", "securityContext: {runAsGroup: 5}",
                "spec.containers[0].securityContext: runAsGroup needs runAsUser, too"},
        Refusal{"securityContext: {runAsNonRoot: true}", "",
                "spec.containers[0].securityContext.runAsNonRoot is not supported yet without "
                "runAsUser"},
        Refusal{"securityContext: {fsGroup: 5}", "",
                "spec.securityContext.fsGroup is not supported yet"},
        Refusal{"", "securityContext: {privileged: true, allowPrivilegeEscalation: false}",
                "spec.containers[0].securityContext.allowPrivilegeEscalation: it cannot be false "
                "for a privileged container"},
        Refusal{"restartPolicy: always", "",
                "spec.restartPolicy: it must be Always, OnFailure or Never"},
        Refusal{"hostPID: true, shareProcessNamespace: true", "",
                "spec.shareProcessNamespace: it does not go with hostPID"},
        Refusal{"hostNetwork: true, hostname: x", "",
                "spec.hostname: it does not go with hostNetwork"},
        Refusal{"dnsPolicy: None", "", "spec.dnsPolicy: None needs dnsConfig"},
        Refusal{"terminationGracePeriodSeconds: -1", "",
                "spec.terminationGracePeriodSeconds: it must be a whole number from 0 to "
                "1000000000, not -1"},
        Refusal{"nonsense: 1", "", "spec.nonsense: Kubernetes has no such field"}));

TEST(Manifest, RefusesWhatIsNoPod) {
  EXPECT_EQ(refusalOf("kind: Deployment"), "kind: Deployment is not supported yet: use Pod");
  EXPECT_EQ(refusalOf("a: 1"), "kind is missing");
  EXPECT_EQ(refusalOf("kind: Pod"), "metadata is missing");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a}"), "spec is missing");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a}\nspec: {}"), "spec.containers is missing");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a}\nspec: {containers: []}"),
            "spec.containers: a pod needs a container");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x}]}"),
            "spec.containers[0].image is missing");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: x, image: i}, "
                      "{name: x, image: i}]}"),
            "spec.containers[1]: there are two containers of the name \"x\"");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a, uid: ../b}\nspec: {}"),
            "metadata.uid: \"../b\" is not an identifier such as a UUID");
  EXPECT_EQ(refusalOf("kind: Pod\nmetadata: {name: a/b}\nspec: {}"),
            "metadata.name: \"a/b\" is not the name of a pod");
  EXPECT_EQ(refusalOf("just text"),
            "the document: it must be an object, not the text \"just text\"");
  EXPECT_EQ(refusalOf("apiVersion: v2\nkind: Pod\nmetadata: {name: a}\nspec: {}"),
            "apiVersion: v2 is not supported yet");
}

}  // namespace
}  // namespace kube
