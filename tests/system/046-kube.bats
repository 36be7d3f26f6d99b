#!/usr/bin/env bats
# Pods of Kubernetes manifests: where they are in the cgroup tree, their limits, and what becomes of the manifest's fields.
load helpers

setup() {
  onlyPeapod
}

teardown() {
  removeAll
  removeParent
}

# Of this run alone: another suite on the machine has pods in /kubepods, too.
run=${TEST_DIR##*.}
parent=/peapod-test-$run
kubeLevels() { find /sys/fs/cgroup -type d \( -path "*$parent/kubepods*" -o -path "*/kubepods*/*pod0?*?$run*" \); }
noKubeLevels() { [[ -z $(kubeLevels) ]]; }
removeParent() { find /sys/fs/cgroup -depth -type d -path "*$parent*" -exec rmdir {} +; }
pausePid() { peapod inspect --format '{{.State.Pid}}' "$(peapod pod inspect --format '{{.InfraContainerID}}' "$1")"; }
# Where systemd is init its manager is the default; the layout of files is the same everywhere.
play() { peapod --cgroup-manager cgroupfs kube play --cgroup-parent "$parent" "$@"; }

# container NAME [FIELDS]: one of a manifest, that does nothing until it is told to end.
container() {
  echo "  - name: $1"
  echo "    image: $TOOLS"
  echo "    command: [sh, -c, 'trap \"exit 0\" TERM; sleep 1000 & wait']"
  [[ -z ${2:-} ]] || echo "    ${2//$'\n'/$'\n'    }"
}

# pod NAME FIELDS CONTAINER...: a document; FIELDS are lines of its spec.
pod() {
  printf '%s\n' "---" "apiVersion: v1" "kind: Pod" "metadata: {name: $1, labels: {app: shop}, uid: 0-$1-$run}" "spec:"
  [[ -z $2 ]] || sed 's/^/  /' <<<"$2"
  printf '  containers:\n'
  printf '%s\n' "${@:3}"
}

file() { cat >"$BATS_TEST_TMPDIR/$1.yaml"; echo "$BATS_TEST_TMPDIR/$1.yaml"; }

# isPlaced POD CLASS PATH: its containers, and pause in it, are in PATH/podUID.
isPlaced() {
  local pod=$1 class=$2 path=$3/pod0-$1-$run container id
  for container in one two; do
    id=$(peapod inspect --format '{{.Id}}' "$pod-$container")
    equal "$(cgroupOf "$(pidOf "$pod-$container")")" "$path/$id" "cgroup of $pod-$container"
    onV2 || contains "$(cat "/proc/$(pidOf "$pod-$container")/cgroup")" ":memory:$path/$id" "cgroups of $pod-$container"
  done
  matches "$(cgroupOf "$(pausePid "$pod")")" "^$path(/pause)?$" "cgroup of pause"
  equal "$(peapod pod inspect --format '{{.QOSClass}} {{.CgroupPath}} {{.CgroupParent}}' "$pod")" "$class $path $3" "pod inspect"
  equal "$(peapod pod inspect --format tree "$pod" | head -1)" "$path" "tree"
  lacks "$(cat "/proc/$(keeperOf "$pod-one")/cgroup")" kubepods "cgroups of the keeper"
}

all='resources: {limits: {cpu: 500m, memory: 64Mi}}'
some='resources: {requests: {cpu: 100m, memory: 32Mi}}'

@test "pods of manifests are where a kubelet has them, by their class" {
  { pod full '' "$(container one "$all")" "$(container two "$all")"
    pod part '' "$(container one "$all")" "$(container two "$some")"
    pod none '' "$(container one)" "$(container two)"; } >"$BATS_TEST_TMPDIR/pods.yaml"
  succeeds peapod --cgroup-manager cgroupfs kube play "$BATS_TEST_TMPDIR/pods.yaml"
  isPlaced full Guaranteed /kubepods
  isPlaced part Burstable /kubepods/burstable
  isPlaced none BestEffort /kubepods/besteffort
  succeeds play --replace "$BATS_TEST_TMPDIR/pods.yaml"
  isPlaced full Guaranteed $parent/kubepods
  isPlaced none BestEffort $parent/kubepods/besteffort
  succeeds peapod kube down "$BATS_TEST_TMPDIR/pods.yaml"
  eventually noKubeLevels
}

@test "the levels go with the last pod below them" {
  one=$(pod one '' "$(container a)" | file one) two=$(pod two '' "$(container a)" | file two)
  succeeds play "$one"
  succeeds play "$two"
  succeeds peapod kube down "$one"
  contains "$(kubeLevels)" /kubepods/besteffort/pod0-two-$run "levels"
  succeeds peapod pod stop -t 0 two
  eventually noKubeLevels
  succeeds peapod pod start two
  contains "$(kubeLevels)" /kubepods/besteffort/pod0-two-$run "levels"
  kill -9 "$(keeperOf two-a)" "$(pausePid two)"
  succeeds peapod pod rm -f -t 0 two
  eventually noKubeLevels
}

@test "pods that come and go at the same time do not take the levels from each other" {
  for name in a b c d e f; do
    pod $name '' "$(container one "$some")" >"$BATS_TEST_TMPDIR/$name.yaml"
  done
  comeAndGo() {
    local round
    for round in 1 2 3; do
      play "$BATS_TEST_TMPDIR/$1.yaml" >/dev/null && peapod kube down "$BATS_TEST_TMPDIR/$1.yaml" >/dev/null || return
    done
  }
  pids=()
  for name in a b c d e f; do
    comeAndGo $name 2>"$BATS_TEST_TMPDIR/$name.err" 3>&- & pids+=($!)
  done
  for pid in "${pids[@]}"; do
    wait "$pid" || die "$(cat "$BATS_TEST_TMPDIR"/*.err)"
  done
  eventually noKubeLevels
}

@test "limits are in force: of a container, and their sum of the pod" {
  eat() { printf '  - {name: %s, image: %s, command: [test-tool, eat, "%s"], resources: {%s}}\n' "$1" "$TOOLS" "$2" "$3"; }
  limited='limits: {cpu: 250m, memory: 32Mi}'
  { pod alone 'restartPolicy: Never' "$(container one "$all")" "$(eat hungry 200 "$limited")"
    pod sum 'restartPolicy: Never' "$(container one "$all")" "$(eat frugal 8 "$limited")"; } >"$BATS_TEST_TMPDIR/pods.yaml"
  succeeds play "$BATS_TEST_TMPDIR/pods.yaml"
  succeeds peapod wait alone-hungry
  equal "$output" 137 "exit code"
  hasStatus alone-one running
  succeeds peapod ps -a --filter name=alone-hungry --format '{{.Status}}'
  contains "$output" "out of the container's memory" "status"
  eventually logHas sum-frugal eaten
  limits() { peapod pod inspect --format '{{.Budget.Limits.Memory}} {{.Budget.Limits.CpuQuota}}' "$1"; }
  equal "$(limits sum)" "$((96 << 20)) 75000" "limits in force"
}

@test "a class of pods weighs what its pods weigh together" {
  # All on one processor, which they must share.
  spin() { printf '  - {name: spin, image: %s, command: [taskset, "1", test-tool, spin], resources: {%s}}\n' "$TOOLS" "$1"; }
  for name in a b; do
    pod part$name 'terminationGracePeriodSeconds: 0' "$(spin 'requests: {cpu: 1}')"
    pod none$name 'terminationGracePeriodSeconds: 0' "$(spin '')"
  done >"$BATS_TEST_TMPDIR/pods.yaml"
  succeeds play "$BATS_TEST_TMPDIR/pods.yaml"
  if ! onV2; then
    shares() { cat "/sys/fs/cgroup/cpu$parent/kubepods$1/cpu.shares"; }
    equal "$(shares /burstable) $(shares /besteffort) $(shares '')" "2048 4 2052" "shares of the levels"
  fi
  usedBy() { peapod pod inspect --format '{{.Budget.Usage.CpuUsec}}' "$1"; }
  used() { echo $(($(usedBy "$1a") + $(usedBy "$1b"))); }
  before="$(used part) $(used none)"
  # Until it is clear what they get, however busy the machine is.
  enough() { (($(used part) - ${before% *} > 500000)); }
  eventually enough
  part=$(($(used part) - ${before% *})) none=$(($(used none) - ${before#* }))
  ((part > 4 * none)) || die "Burstable pods used $part us, BestEffort pods $none us"
  succeeds peapod kube down "$BATS_TEST_TMPDIR/pods.yaml"
  eventually noKubeLevels
}

# bats test_tags=everywhere
@test "who is killed first when the machine is short of memory follows from the class" {
  { pod part '' "$(container one "$some")" "$(container two)"
    pod none '' "$(container one)"; } >"$BATS_TEST_TMPDIR/pods.yaml"
  succeeds play "$BATS_TEST_TMPDIR/pods.yaml"
  scoreOf() { cat "/proc/$(pidOf "$1")/oom_score_adj"; }
  kibibytes=$(awk '/^MemTotal:/ {print $2}' /proc/meminfo)
  expected=$((1000 - 1000 * (32 << 10) / kibibytes))
  equal "$(scoreOf none-one)" 1000 "BestEffort"
  equal "$(scoreOf part-one)" $((expected > 999 ? 999 : expected)) "Burstable"
  equal "$(scoreOf part-two)" 999 "Burstable, without a request"
}

@test "systemd: a pod is in a slice of the name that a kubelet gives it, which goes with it" {
  needSystemd
  one=$(pod one '' "$(container a "$some")" | file one) two=$(pod two '' "$(container a "$some")" | file two)
  succeeds peapod kube play "$one"
  succeeds peapod kube play "$two"
  slice=/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod0_one_$run.slice
  id=$(peapod pod inspect --format '{{.Id}}' one)
  equal "$(cgroupOf "$(pidOf one-a)")" "$slice/peapod-$id.scope/pod0-one-$run/$(peapod inspect --format '{{.Id}}' one-a)" "cgroup"
  equal "$(cgroupOf "$(keeperOf one-a)")" "$slice/peapod-$id.scope/keeper" "cgroup of the keeper"
  equal "$(peapod pod inspect --format '{{.CgroupParent}}' one)" "$slice" "CgroupParent"
  succeeds peapod kube down "$one"
  eventually isGone kubepods-burstable-pod0_one_$run.slice
  succeeds isThere kubepods-burstable.slice
  succeeds peapod kube play "$one"
  succeeds peapod kube down "$one"
  succeeds peapod kube down "$two"
  eventually isGone kubepods.slice
  eventually noKubeLevels
}

# -- What is printed and made ------------------------------------------------------------------------------------------

# bats test_tags=everywhere
@test "kube play prints pods and containers, kube down what it stopped and removed" {
  manifest=$({ pod web '' "$(container front)" "$(container back)"; pod db '' "$(container only)"; } | file web)
  succeeds peapod kube play "$manifest"
  pods=$(printf '%s\n' "$(peapod pod inspect --format '{{.Id}}' web)" "$(peapod pod inspect --format '{{.Id}}' db)")
  id() { peapod inspect --format '{{.Id}}' "$1"; }
  equal "$output" "Pod:
$(head -1 <<<"$pods")
Containers:
$(id web-front)
$(id web-back)

Pod:
$(tail -1 <<<"$pods")
Container:
$(id db-only)" "output"
  succeeds peapod play kube --down "$manifest"
  equal "$output" "Pods stopped:
$pods
Pods removed:
$pods" "output of --down"
  noPod web
  noPod db
  succeeds peapod kube down "$manifest"
  equal "$output" "Pods stopped:
Pods removed:" "output for pods that are not there"
}

# bats test_tags=everywhere
@test "a manifest from stdin, a list, and JSON" {
  pod web '' "$(container one)" >"$BATS_TEST_TMPDIR/web.yaml"
  succeeds bash -c 'peapod kube play - <"$1"' - "$BATS_TEST_TMPDIR/web.yaml"
  hasStatus web-one running
  succeeds bash -c 'peapod kube down - <"$1"' - "$BATS_TEST_TMPDIR/web.yaml"
  noPod web
  succeeds peapod play kube - <<<"{\"apiVersion\": \"v1\", \"kind\": \"List\", \"items\": [{\"apiVersion\": \"v1\", \"kind\": \"Pod\",
    \"metadata\": {\"name\": \"web\"}, \"spec\": {\"containers\": [{\"name\": \"one\", \"image\": \"$TOOLS\", \"args\": [\"sleep\", \"100\"]}]}}]}"
  hasStatus web-one running
}

# bats test_tags=everywhere
@test "what a manifest says of its containers is so" {
  port=$(freePort)
  manifest=$(file web <<EOF
apiVersion: v1
kind: Pod
metadata: {name: web, labels: {app: shop}, annotations: {note: "7"}}
spec:
  hostname: shop
  hostAliases: [{ip: 10.1.2.3, hostnames: [depot]}]
  terminationGracePeriodSeconds: 1
  securityContext: {runAsUser: 1000, runAsGroup: 7, supplementalGroups: [9]}
  volumes: [{name: files, hostPath: {path: $BATS_TEST_TMPDIR, type: Directory}}]
  containers:
  - name: front
    image: $NGINX
    securityContext: {runAsUser: 0, runAsGroup: 0}
    ports: [{containerPort: 80, hostPort: $port}, {containerPort: 81}]
  - name: back
    image: $BUSYBOX
    command: [sh, -c]
    args: ['echo "\$0, \$1"; sleep 1000', \$(GREETING), \$\$(GREETING)]
    workingDir: /tmp
    env: [{name: NAME, value: world}, {name: GREETING, value: hello \$(NAME)}]
    volumeMounts: [{name: files, mountPath: /files, readOnly: true}]
    securityContext: {readOnlyRootFilesystem: true, allowPrivilegeEscalation: false, capabilities: {drop: [ALL]}}
EOF
)
  succeeds peapod kube play "$manifest"
  eventually curl -sf "http://127.0.0.1:$port"
  eventually logHas web-back 'hello world, $(GREETING)'
  equal "$(peapod exec web-back hostname)" shop "hostname"
  equal "$(peapod exec web-back sh -c 'pwd; id -u; id -g; id -G')" $'/tmp\n1000\n7\n7 9' "identity"
  equal "$(peapod exec web-front id -u)" 0 "user of the other"
  contains "$(peapod exec web-back cat /etc/hosts)" "10.1.2.3" "hosts"
  contains "$(peapod exec web-back ls /files)" web.yaml "volume"
  exits 1 peapod exec web-back touch /files/x
  exits 1 peapod exec web-back touch /x
  contains "$(peapod exec web-back cat /proc/self/status | grep -E 'NoNewPrivs|CapBnd')" $'CapBnd:\t0000000000000000\nNoNewPrivs:\t1' "rights"
  equal "$(peapod inspect --format '{{.Config.Labels.app}} {{.Config.Annotations.note}} {{.HostConfig.RestartPolicy.Name}}' web-back)" \
    "shop 7 always" "inspect"
}

# bats test_tags=everywhere
@test "the namespaces that a manifest asks for" {
  { pod own 'shareProcessNamespace: true' "$(container one)" "$(container two)"
    pod host $'hostNetwork: true\nhostPID: true\nhostIPC: true' "$(container one)"; } >"$BATS_TEST_TMPDIR/pods.yaml"
  succeeds peapod kube play "$BATS_TEST_TMPDIR/pods.yaml"
  for kind in net ipc uts pid; do
    equal "$(namespaceOf own-one $kind)" "$(namespaceOf own-two $kind)" "$kind of the containers"
    different "$(namespaceOf own-one $kind)" "$(readlink /proc/self/ns/$kind)" "$kind of the pod"
    equal "$(namespaceOf host-one $kind)" "$(readlink /proc/self/ns/$kind)" "$kind of the host"
  done
  different "$(namespaceOf host-one mnt)" "$(readlink /proc/self/ns/mnt)" "mnt"
}

# bats test_tags=everywhere
@test "restartPolicy: a container comes back, and the pod ends with its last one" {
  run_once() { printf '  - {name: one, image: %s, command: [sh, -c, "echo again"]}\n' "$TOOLS"; }
  manifest=$(pod web 'restartPolicy: Always' "$(run_once)" "$(container two)" | file web)
  succeeds peapod kube play "$manifest"
  twice() { (($(peapod logs web-one | grep -c again) > 1)); }
  eventually twice
  succeeds peapod kube play --replace <(pod web 'restartPolicy: Never' "$(run_once)")
  eventually hasPodState web Exited
  equal "$(peapod logs web-one)" again "log"
}

# -- Replacing, refusing, undoing --------------------------------------------------------------------------------------

# bats test_tags=everywhere
@test "--replace takes the place of the pod, and only with a manifest that can be played" {
  manifest=$(pod web '' "$(container one)" | file web)
  succeeds peapod kube play "$manifest"
  before=$(peapod pod inspect --format '{{.Id}}' web)
  fails 125 'kube play .*: the name "web" is in use' peapod kube play "$manifest"
  fails 125 'spec.containers\[0\].livenessProbe is not supported yet' \
    peapod kube play --replace <(pod web '' "$(container one 'livenessProbe: {tcpSocket: {port: 1}}')")
  fails 125 'nosuch' peapod kube play --replace <(pod web '' "$(container one)" "  - {name: two, image: nosuch}")
  equal "$(peapod pod inspect --format '{{.Id}} {{.State}}' web)" "$before Running" "the pod"
  succeeds peapod kube play --replace "$manifest"
  different "$(peapod pod inspect --format '{{.Id}}' web)" "$before" "the pod"
  fails 125 'exclude each other' peapod kube play --replace --down "$manifest"
}

# bats test_tags=everywhere
@test "what fails midway leaves nothing" {
  nothing() {
    noPod web
    noContainer web-one
    noContainer web-two
    noPod db
    noContainer db-one
  }
  fails 125 'container web-two: no image "nosuch"' peapod kube play <(pod web '' "$(container one)" "  - {name: two, image: nosuch}")
  nothing
  fails 127 'kube play .*starting pod web: container web-two: .*nosuch' \
    peapod kube play <(pod db '' "$(container one)"; pod web '' "$(container one)" "  - {name: two, image: $TOOLS, command: [nosuch]}")
  nothing
  succeeds peapod create --name db-one "$TOOLS" true
  fails 125 'creating container db-one: the name "db-one" is in use' \
    peapod kube play <(pod web '' "$(container one)"; pod db '' "$(container one)")
  noPod web
  noPod db
  hasStatus db-one created
  succeeds peapod rm db-one
  fails 125 'publishing port' peapod kube play <(pod web '' "$(container one 'ports: [{containerPort: 1, hostPort: 7777}]')"
    pod db '' "$(container one 'ports: [{containerPort: 1, hostPort: 7777}]')")
  nothing
  noKubeLevels
}

# bats test_tags=everywhere
@test "a cgroup that another program has is not taken" {
  cgroup=$parent/kubepods/besteffort/pod0-web-$run
  onV2 && directory=/sys/fs/cgroup$cgroup || directory=/sys/fs/cgroup/unified$cgroup
  mkdir -p "$directory"
  sleep 1000 3>&- & other=$!
  echo $other >"$directory/cgroup.procs"
  fails 125 "cgroup $cgroup is in use by other processes" play <(pod web '' "$(container one)")
  noPod web
  kill $other || die "the other program has been killed"
  wait $other || true
}

# bats test_tags=everywhere
@test "two pods of one uid do not share a cgroup" {
  succeeds peapod kube play <(pod web '' "$(container one)")
  fails 125 "the uid 0-web-$run is in use by pod web" peapod kube play <(pod web '' "$(container one)" | sed 's/name: web/name: other/')
  noPod other
}

# bats test_tags=everywhere
@test "a field that is not carried out is refused in one line with its path" {
  refused() { fails 125 "^Error: kube play [^ ]+: $2" peapod kube play <(pod web "$1" "$(container one "${3:-}")"); noPod web; }
  refused 'initContainers: [{name: a, image: b}]' 'spec.initContainers is not supported yet'
  refused 'volumes: [{name: a, emptyDir: {}}]' 'spec.volumes\[0\].emptyDir is not supported yet'
  refused '' 'spec.containers\[0\].readinessProbe is not supported yet' 'readinessProbe: {exec: {command: [a]}}'
  refused '' 'spec.containers\[0\].resources.limits.memory: "1Mb" is not a quantity' 'resources: {limits: {memory: 1Mb}}'
  refused 'hostnetwork: true' 'spec.hostnetwork: Kubernetes has no such field'
  fails 125 'line 2: ' peapod kube play - <<<$'a: 1\n\tb: 2'
  fails 125 'kind: Service is not supported yet' peapod kube play - <<<'kind: Service'
  fails 125 'no pod in it' peapod kube play - </dev/null
  fails 125 '/nonexistent' peapod kube play /nonexistent
  fails 125 'from the network' peapod kube play https://example.com/pod.yaml
  fails 125 '--network is not supported yet' peapod kube play --network host -
}
