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

leaveCallers() {
  local directory pid
  [[ -z $(callerDirectories | xargs ls -d 2>/dev/null) ]] && return
  freezeCallers 0
  for directory in $(callerDirectories); do
    while read -r pid; do
      kill -9 "$pid"
    done <"$directory/cgroup.procs"
    eventually rmdir "$directory"
  done
}

keeperOf() { awk '{print $4}' "/proc/$(pidOf "$1")/stat"; }

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
