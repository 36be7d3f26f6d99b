#!/usr/bin/env bats
# The pod's budget bounds the sum of its containers.
load helpers

cpuTime() { # USER+SYSTEM clock ticks of all processes of a container
  local pid total=0
  for pid in $(peapod top "$1" hpid 2>/dev/null | tail -n +2); do
    total=$((total + $(awk '{print $14 + $15}' "/proc/$pid/stat" 2>/dev/null || echo 0)))
  done
  echo "$total"
}

@test "a runaway allocation is killed inside the pod's memory, its neighbours live" {
  succeeds peapod pod create --name pod --memory 64m --memory-swap 64m
  sleeper neighbour --pod pod
  succeeds peapod run -d --pod pod --name runaway "$TOOLS" test-tool eat 200
  succeeds peapod wait runaway
  equal "$output" 137 "exit code"
  hasStatus neighbour running
  succeeds peapod exec neighbour echo alive
}

@test "the sum counts: two that fit alone do not fit together" {
  succeeds peapod pod create --name pod --memory 96m --memory-swap 96m
  succeeds peapod run -d --pod pod --name first "$TOOLS" test-tool eat 60
  eventually logHas first eaten
  succeeds peapod run -d --pod pod --name second "$TOOLS" test-tool eat 60
  oneDied() { hasStatus first exited || hasStatus second exited; }
  eventually oneDied
}

@test "a container's own limit holds inside the pod's, and inspect says that memory ran out" {
  succeeds peapod pod create --name pod --memory 256m
  sleeper neighbour --pod pod
  succeeds peapod run -d --pod pod --name small --memory 32m --memory-swap 32m "$TOOLS" test-tool eat 100
  succeeds peapod wait small
  equal "$output" 137 "exit code"
  equal "$(peapod inspect --format '{{.State.OOMKilled}}' small)" true "OOMKilled"
  hasStatus neighbour running
}

@test "--cpus of a pod bounds the sum of two spinners" {
  succeeds peapod pod create --name pod --cpus 0.5
  succeeds peapod run -d --pod pod --name one "$TOOLS" test-tool spin
  succeeds peapod run -d --pod pod --name two "$TOOLS" test-tool spin
  onePid=$(pidOf one) twoPid=$(pidOf two)
  ticks() { echo $(($(awk '{print $14 + $15}' "/proc/$onePid/stat") + $(awk '{print $14 + $15}' "/proc/$twoPid/stat"))); }
  before=$(ticks) began=$EPOCHREALTIME
  sleep 3
  used=$(($(ticks) - before))
  hundredths=$(awk "BEGIN {print int(100 * $used / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  # Without the limit it would be 100 to 200. Accounting is by ticks and periods, hence the margin above; a busy machine may
  # give less.
  ((hundredths <= 70)) || die "two spinners used $hundredths % of a core where 50 % is the limit"
  ((hundredths >= 5)) || die "two spinners used only $hundredths % of a core"
}

@test "a container's --cpus" {
  succeeds peapod run -d --name one --cpus 0.2 "$TOOLS" test-tool spin
  pid=$(pidOf one)
  before=$(awk '{print $14 + $15}' "/proc/$pid/stat") began=$EPOCHREALTIME
  sleep 2
  used=$(($(awk '{print $14 + $15}' "/proc/$pid/stat") - before))
  hundredths=$(awk "BEGIN {print int(100 * $used / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  ((hundredths <= 35)) || die "a spinner used $hundredths % of a core where 20 % is the limit"
}

@test "--cpu-shares: who has more gets more of a processor that both want" {
  for name in much:1024 little:128; do
    succeeds peapod run -d --name "${name%:*}" --cpuset-cpus 0 --cpu-shares "${name#*:}" "$TOOLS" test-tool spin
  done
  muchBefore=$(cpuTime much) littleBefore=$(cpuTime little)
  enough() { (($(cpuTime much) - muchBefore + $(cpuTime little) - littleBefore > 100)); }
  eventually enough
  much=$(($(cpuTime much) - muchBefore)) little=$(($(cpuTime little) - littleBefore))
  ((much > 3 * little)) || die "8 to 1 was asked for: $much to $little"
}

@test "--pids-limit stops a fork bomb" {
  succeeds peapod run -d --name bomb --pids-limit 20 "$TOOLS" sh -c 'for i in $(seq 60); do sleep 1000 & done; echo done; sleep 1000'
  eventually logHas bomb fork
  processes=$(peapod top bomb hpid | tail -n +2 | wc -l)
  ((processes <= 20)) || die "$processes processes where 20 is the limit"
}

@test "--cpuset-cpus" {
  succeeds peapod run --rm --cpuset-cpus 0 "$TOOLS" grep Cpus_allowed_list /proc/self/status
  matches "$output" $'^Cpus_allowed_list:[ \t]+0$'
}

# bats test_tags=everywhere
@test "inspect of pod and container tell the limits" {
  succeeds peapod pod create --name pod --memory 64m --cpus 0.5
  equal "$(peapod pod inspect --format '{{.MemoryLimit}} {{.CPUQuota}} {{.CPUPeriod}}' pod)" "$((64 << 20)) 50000 100000"
  succeeds peapod create --name one --memory 32m --cpus 1.5 --pids-limit 77 busybox
  equal "$(peapod inspect --format '{{.HostConfig.Memory}} {{.HostConfig.NanoCpus}} {{.HostConfig.PidsLimit}}' one)" "$((32 << 20)) 1500000000 77"
}

@test "limits are in the pod's cgroup, each container in a child of its own" {
  succeeds peapod pod create --name pod --memory 64m
  sleeper one --pod pod
  sleeper two --pod pod
  pathOf() { awk -F: '$2 == "memory" {print $3; found = 1} $1 == 0 {unified = $3} END {if (!found) print unified}' "/proc/$(pidOf "$1")/cgroup"; }
  parent=$(dirname "$(pathOf one)")
  equal "$(dirname "$(pathOf two)")" "$parent" "parent cgroup"
  different "$(pathOf one)" "$(pathOf two)" "cgroup"
  limit=$(cat /sys/fs/cgroup/memory"$parent"/memory.limit_in_bytes 2>/dev/null || cat /sys/fs/cgroup"$parent"/memory.max)
  equal "$limit" $((64 << 20)) "the pod's memory limit"
  equal "$(peapod pod inspect --format '{{.CgroupPath}}' pod)" "$parent" "CgroupPath"
}

# bats test_tags=everywhere
@test "bad values are refused" {
  options=(--memory=1x --memory=lots --cpus=two --memory-swap=7q)
  [[ $ENGINE == podman ]] || options+=(--memory=-5 --cpus=-1 --cpuset-cpus=a)
  for option in "${options[@]}"; do
    exits 125 peapod pod create --name pod "$option"
    contains "$stderr" "Error: " "$option"
    [[ $ENGINE == podman ]] || equal "${#stderr_lines[@]}" 1 "lines of message for $option: $stderr"
    noPod pod
    exits 125 peapod run --name one "$option" busybox true
    noContainer one
  done
}
