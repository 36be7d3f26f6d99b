#!/usr/bin/env bats
# Processes of a pod see, signal and trace each other where pid is shared, and only there.
load helpers

@test "a process is signalled from another container" {
  succeeds peapod pod create --name pod --share net,pid
  succeeds peapod run -d --pod pod --name target "$TOOLS" sh -c 'trap "echo got HUP; exit 5" HUP; echo ready; while :; do sleep 0.1; done'
  eventually logHas target ready
  succeeds peapod run --rm --pod pod "$TOOLS" sh -c "kill -HUP \$($(findPid 'trap.*HUP'))"
  succeeds peapod wait target
  equal "$output" 5 "exit code"
  contains "$(peapod logs target)" "got HUP" "log"
}

@test "a process is traced with strace from another container" {
  succeeds peapod pod create --name pod --share net,pid
  succeeds peapod run -d --pod pod --name target "$TOOLS" sh -c 'echo ready; while :; do sleep 0.1; done'
  eventually logHas target ready
  succeeds peapod run --rm --pod pod --cap-add SYS_PTRACE "$TOOLS" sh -c \
    "strace -o /tmp/trace -p \$($(findPid 'echo ready')) & for i in \$(seq 100); do grep -q . /tmp/trace 2>/dev/null && break; sleep 0.1; done; kill %1; cat /tmp/trace"
  matches "$output" '(wait4|clone|fork)' "trace"
}

@test "/proc/PID/root of a neighbour is its file system" {
  succeeds peapod pod create --name pod --share net,pid
  succeeds peapod run -d --pod pod --name target "$TOOLS" sh -c 'echo hello >/tmp/file; echo ready; exec sleep 1000'
  eventually logHas target ready
  succeeds peapod run --rm --pod pod --cap-add SYS_PTRACE "$TOOLS" sh -c "cat /proc/\$($(findPid 'sleep 1000'))/root/tmp/file"
  equal "$output" hello
}

@test "a neighbour's processes are invisible where pid is not shared" {
  succeeds peapod pod create --name pod --share net,ipc
  succeeds peapod run -d --pod pod --name target "$TOOLS" sleep 4711
  succeeds peapod run --rm --pod pod "$TOOLS" ps -o args
  lacks "$output" "sleep 4711" "ps"
  succeeds peapod run --rm --pod pod "$TOOLS" sh -c 'echo $$'
  equal "$output" 1 "pid of a container's first process"
}

@test "the pause process is 1, the containers are its neighbours" {
  succeeds peapod pod create --name pod --share pid
  sleeper one --pod pod
  succeeds peapod exec one ps -o pid,args
  matches "$output" $'\n +1 [^\n]*(pause|catatonit)' "ps"
}

@test "orphans are reaped by pause" {
  succeeds peapod pod create --name pod --share pid
  succeeds peapod run -d --pod pod --name one "$TOOLS" sh -c '(sleep 0.1 & sleep 0.2 &); echo ready; sleep 1000'
  eventually logHas one ready
  noZombies() { ! peapod exec one ps -o stat,args | grep -E '^Z|sleep 0\.[12]$'; }
  eventually noZombies
}

@test "one container's end is none of its neighbours', the pod's is all's" {
  succeeds peapod pod create --name pod --share pid
  sleeper one --pod pod
  sleeper two --pod pod
  succeeds peapod stop -t 5 one
  hasStatus two running
  succeeds peapod pod stop -t 5 pod
  hasStatus two exited
}

@test "a killed container takes its own processes along, not its neighbours'" {
  succeeds peapod pod create --name pod --share pid
  sleeper one --pod pod
  sleeper two --pod pod
  succeeds peapod run -d --pod pod --name victim "$TOOLS" sh -c 'sleep 4711 & sleep 4711 & echo ready; wait'
  eventually logHas victim ready
  succeeds peapod kill victim
  noSleepers() { ! peapod exec one ps -o args | grep -q 'sleep 4711'; }
  eventually noSleepers
  hasStatus one running
  hasStatus two running
}
