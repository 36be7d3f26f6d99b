#!/usr/bin/env bats
# The tree of cgroups: who is where, and what of the machine reaches a pod.
load helpers

teardown() {
  leaveCallers
  removeAll
}

# -- A cgroup of a caller: one below /peapod-test-caller, in whatever hierarchies freeze and limit memory here ----------------

callerDirectories() {
  if [[ -e /sys/fs/cgroup/cgroup.controllers ]]; then
    echo /sys/fs/cgroup/peapod-test-caller
  else
    printf '%s\n' /sys/fs/cgroup/{freezer,memory,unified}/peapod-test-caller
  fi
}

makeCallers() {
  local directory
  for directory in $(callerDirectories); do
    mkdir "$directory"
  done
}

# fromCaller COMMAND...: from a process that is in them.
fromCaller() {
  local directory joins=''
  for directory in $(callerDirectories); do
    joins+="echo 0 >$directory/cgroup.procs; "
  done
  bash -c "$joins"'exec "$@"' - "$@"
}

freezeCallers() {
  local directory=/sys/fs/cgroup/peapod-test-caller
  if [[ -e $directory ]]; then
    echo "$1" >$directory/cgroup.freeze
  else
    echo "$( (($1)) && echo FROZEN || echo THAWED)" >/sys/fs/cgroup/freezer/peapod-test-caller/freezer.state
    echo "$1" >/sys/fs/cgroup/unified/peapod-test-caller/cgroup.freeze
  fi
}

removeBelow() { find "$1" -depth -type d -exec rmdir {} \;; [[ ! -d $1 ]]; }

leaveCallers() {
  local directory pid
  [[ -z $(callerDirectories | xargs ls -d 2>/dev/null) ]] && return
  freezeCallers 0
  for directory in $(callerDirectories); do
    for pid in $(find "$directory" -name cgroup.procs -exec cat {} +); do
      kill -9 "$pid"
    done
    eventually removeBelow "$directory"
  done
}

@test "what happens to the cgroup of who started a pod does not happen to the pod" {
  onlyPeapod
  makeCallers
  succeeds peapod pod create --name pod --memory 64m
  succeeds fromCaller peapod run -d --name one --pod pod "$TOOLS" sleep 1000
  succeeds fromCaller peapod run -d --name alone "$TOOLS" sleep 1000
  for container in one alone; do
    lacks "$(cat "/proc/$(pidOf $container)/cgroup")" peapod-test-caller "cgroups of $container"
    lacks "$(cat "/proc/$(keeperOf $container)/cgroup")" peapod-test-caller "cgroups of the keeper of $container"
    lacks "$(cat "/proc/$(keeperOf $container)/cgroup")" /pod- "cgroups of the keeper of $container"
  done
  for directory in $(callerDirectories); do
    equal "$(cat "$directory/cgroup.procs")" "" "processes left in $directory"
  done
  freezeCallers 1
  succeeds peapod stop -t 0 alone
  succeeds peapod exec one echo alive
  succeeds peapod pod stop -t 0 pod
}

@test "a keeper that takes over is outside, too" {
  onlyPeapod
  makeCallers
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  killed=$(keeperOf one)
  kill -9 "$killed"
  succeeds fromCaller peapod pod kill -s WINCH pod
  for directory in $(callerDirectories); do
    equal "$(cat "$directory/cgroup.procs")" "" "processes left in $directory"
  done
  succeeds peapod exec one echo alive
}

@test "a paused pod has a keeper that listens, and can be stopped" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  succeeds peapod pod pause pod
  [[ $ENGINE == podman ]] || fails 125 'paused' peapod exec one true
  succeeds peapod pod rm -f -t 0 pod
  noPod pod
}

# -- Parents -----------------------------------------------------------------------------------------------------------

@test "--cgroup-parent made by hand: its limit bounds what is put below it" {
  if onV2; then
    parent=/sys/fs/cgroup/peapod-test-hand
    mkdir "$parent"
    echo 64M >"$parent/memory.max"
  else
    parent=/sys/fs/cgroup/memory/peapod-test-hand
    mkdir "$parent"
    echo 64M >"$parent/memory.limit_in_bytes"
  fi
  succeeds peapod pod create --name pod --cgroup-parent /peapod-test-hand
  sleeper neighbour --pod pod
  succeeds peapod run -d --pod pod --name eater "$TOOLS" test-tool eat 200
  succeeds peapod wait eater
  equal "$output" 137 "exit code"
  hasStatus neighbour running
  exits 137 peapod run --rm --cgroup-parent peapod-test-hand/below "$TOOLS" test-tool eat 200
  removeAll
  [[ -d $parent ]] || die "the parent that was made by hand has been removed"
  find /sys/fs/cgroup -depth -type d -path '*/peapod-test-hand*' -exec rmdir {} +
}

# bats test_tags=everywhere
@test "cgroup parents that are none are refused" {
  onlyPeapod
  for parent in / ../x /peapod-test/../../x; do
    fails 125 '--cgroup-parent' peapod pod create --name pod --cgroup-parent "$parent"
    noPod pod
    fails 125 '--cgroup-parent' peapod run --name one --cgroup-parent "$parent" busybox true
    noContainer one
  done
  fails 125 'only the systemd cgroup manager knows slices' peapod --cgroup-manager cgroupfs pod create --name pod --cgroup-parent a.slice
  fails 125 'takes the name of a slice' peapod --cgroup-manager systemd pod create --name pod --cgroup-parent /a
  fails 125 'is no cgroup manager' peapod --cgroup-manager nosuch pod create --name pod
  noPod pod
}

# bats test_tags=everywhere
@test "nothing takes a container out of its pod's budget by accident" {
  onlyPeapod
  succeeds peapod pod create --name pod
  for option in --cgroups=disabled --cgroups=split --cgroup-parent=/peapod-test-x --cgroup-parent=x.slice; do
    fails 125 'out of the budget of pod pod.*--share-parent=false' peapod run --name one --pod pod "$option" busybox true
    noContainer one
  done
}

@test "--share-parent=false: a container beside the pod's budget" {
  succeeds peapod pod create --name pod --memory 64m --memory-swap 64m --share-parent=false
  succeeds peapod run -d --name one --pod pod "$TOOLS" test-tool eat 100
  eventually logHas one eaten
}

@test "--cgroups=no-conmon leaves the keeper with its caller" {
  onlyPeapod
  makeCallers
  succeeds fromCaller peapod run -d --name one --cgroups no-conmon "$TOOLS" sleep 1000
  contains "$(cat "/proc/$(keeperOf one)/cgroup")" peapod-test-caller "cgroups of the keeper"
  lacks "$(cat "/proc/$(pidOf one)/cgroup" | grep -E ':(memory|pids)?:')" peapod-test-caller "cgroups of the container"
}

@test "--cgroups=split puts keeper and container below the caller's cgroup" {
  onlyPeapod
  makeCallers
  if ! onV2; then
    fails 125 '--cgroups=split needs cgroup v2' fromCaller peapod run -d --name one --cgroups split busybox true
    return
  fi
  # By its program alone: nobody else may be left in the cgroup.
  succeeds fromCaller "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" run -d --name one --cgroups split "$TOOLS" sleep 1000
  equal "$(cgroupOf "$(pidOf one)")" "/peapod-test-caller/ctr-$output" "cgroup of the container"
  equal "$(cgroupOf "$(keeperOf one)")" /peapod-test-caller/supervisor "cgroup of the keeper"
  contains "$(peapod top one)" sleep "top"
}

# -- systemd -----------------------------------------------------------------------------------------------------------

@test "without systemd as init and cgroup v2 its manager is refused" {
  onlyPeapod
  [[ ! -d /run/systemd/system ]] || ! onV2 || skip "systemd is init here"
  fails 125 'systemd as init and cgroup v2' peapod --cgroup-manager systemd pod create --name pod
  fails 125 'systemd as init and cgroup v2' peapod run --name one --cgroup-parent a.slice busybox true
  equal "$(peapod info --format '{{.Host.CgroupManager}}')" cgroupfs "manager"
}

@test "systemd: a pod is in a scope of its own, beside its keeper" {
  needSystemd
  equal "$(peapod info --format '{{.Host.CgroupManager}}')" systemd "manager"
  succeeds peapod pod create --name pod --memory 64m --memory-swap 64m
  id=$output scope=peapod-$output.scope
  sleeper one --pod pod
  container=$(peapod inspect --format '{{.Id}}' one)
  equal "$(cgroupOf "$(pidOf one)")" "/machine.slice/$scope/pod-$id/ctr-$container" "cgroup of the container"
  equal "$(cgroupOf "$(keeperOf one)")" "/machine.slice/$scope/keeper" "cgroup of the keeper"
  equal "$(peapod pod inspect --format '{{.CgroupPath}}' pod)" "/machine.slice/$scope/pod-$id" "CgroupPath"
  succeeds isThere "$scope"
  succeeds manager Reload
  succeeds peapod run -d --name eater --pod pod "$TOOLS" test-tool eat 200
  succeeds peapod wait eater
  equal "$output" 137 "exit code"
  succeeds peapod pod restart pod
  hasStatus one running
  succeeds peapod pod rm -f -t 0 pod
  eventually isGone "$scope"
  noPod pod
}

@test "systemd: a container outside pods, a slice as its parent, a restart" {
  needSystemd
  succeeds peapod run -d --name one --cgroup-parent peapod-test.slice --restart always "$TOOLS" sleep 1000
  scope=peapod-$output.scope
  equal "$(cgroupOf "$(pidOf one)")" "/peapod.slice/peapod-test.slice/$scope/ctr-$output" "cgroup"
  before=$(pidOf one)
  kill -9 "$before"
  restarted() { hasStatus one running && different "$(pidOf one)" "$before"; }
  eventually restarted
  # The scope of the run before may still be on its way out.
  for _ in 1 2 3 4 5 6; do
    succeeds peapod restart -t 0 one
    equal "$(cgroupOf "$(pidOf one)")" "/peapod.slice/peapod-test.slice/$scope/ctr-${scope:7:64}" "cgroup"
  done
  succeeds peapod rm -f -t 0 one
  eventually isGone "$scope"
}

@test "systemd: a new keeper comes into the scope of the one that was killed" {
  needSystemd
  succeeds peapod pod create --name pod
  scope=peapod-$output.scope
  sleeper one --pod pod
  killed=$(keeperOf one)
  kill -9 "$killed"
  succeeds peapod pod kill -s WINCH pod
  pids=$(cat "/sys/fs/cgroup/machine.slice/$scope/keeper/cgroup.procs")
  matches "$pids" '^[0-9]+$' "processes beside the pod"
  different "$pids" "$killed" "keeper"
  succeeds peapod pod rm -f -t 0 pod
  eventually isGone "$scope"
}

@test "systemd: stopping the scope stops the pod, and it can start again" {
  needSystemd
  succeeds peapod pod create --name pod
  scope=peapod-$output.scope
  sleeper one --pod pod
  succeeds manager StopUnit ss "$scope" replace
  eventually hasStatus one exited
  succeeds peapod pod start pod
  hasStatus one running
}
