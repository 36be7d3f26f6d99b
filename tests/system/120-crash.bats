#!/usr/bin/env bats
# What is killed leaves nothing that the next command does not take away.
load helpers

setup() { onlyPeapod; }

# The one process of this name.
processNamed() {
  local pid
  for pid in /proc/[0-9]*; do
    [[ $(cat "$pid/comm" 2>/dev/null) == "$1" ]] && echo "${pid#/proc/}" && return
  done
  return 1
}
theKeeper() { processNamed peapod-keeper; }
thePause() { processNamed pause; }
# A process that is killed still holds its locks for a moment.
killKeeper() {
  local keeper
  keeper=$(theKeeper)
  kill -9 "$keeper" "$@"
  eventually dead "$keeper"
}
dead() { [[ ! -d /proc/$1 || $(awk '/^State:/ {print $2}' "/proc/$1/status" 2>/dev/null) == Z ]]; }

@test "a killed keeper of a pod: containers live on, no log line is lost, the next command has a new keeper" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name one "$TOOLS" sh -c 'i=0; while :; do echo line $i; i=$((i+1)); sleep 0.02; done'
  sleeper two --pod pod
  eventually logHas one "line 5"
  pid=$(pidOf one)
  killKeeper
  succeeds peapod exec one true
  equal "$(pidOf one)" "$pid" "pid of the container"
  succeeds peapod stop -t 5 two
  hasStatus two exited
  hasStatus one running
  last=$(peapod logs --tail 1 one)
  more() { [[ $(peapod logs --tail 1 one) != "$last" ]]; }
  eventually more
  succeeds peapod stop -t 0 one
  peapod logs one >"$TEST_DIR/tmp/log"
  count=$(wc -l <"$TEST_DIR/tmp/log")
  succeeds diff "$TEST_DIR/tmp/log" <(for ((i = 0; i < count; i++)); do echo "line $i"; done)
  rm "$TEST_DIR/tmp/log"
  succeeds peapod pod rm -f -t 0 pod
}

@test "the exit code of what ended while there was no keeper" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name one "$TOOLS" sh -c 'until [ -e /tmp/go ]; do sleep 0.05; done; exit 7'
  pid=$(pidOf one)
  killKeeper
  touch "/proc/$pid/root/tmp/go"
  eventually dead "$pid"
  succeeds peapod wait one
  [[ $output == 7 || $output == 255 || $output == -1 ]] || die "exit code is $output"
  hasStatus one exited
}

@test "a killed keeper of a single container: the container is gone, its name can be had again" {
  port=$(freePort)
  sleeper one -p "$port:80"
  pid=$(pidOf one)
  killKeeper
  succeeds peapod start one
  equal "$stderr" "" "what start says of it"
  hasStatus one running
  eventually dead "$pid"
  different "$(pidOf one)" "$pid" "pid"
  succeeds peapod rm -f -t 0 one
  sleeper one -p "$port:80"
}

@test "a killed pause of a pod that shares processes ends the pod, which can start again" {
  port=$(freePort)
  succeeds peapod pod create --name pod --share net,pid -p "$port:80"
  sleeper one --pod pod
  kill -9 "$(thePause)"
  eventually hasStatus one exited
  succeeds peapod pod start pod
  hasStatus one running
  succeeds peapod pod rm -f -t 0 pod
}

@test "keeper and all processes of a pod killed at once, as a reboot would" {
  port=$(freePort)
  succeeds peapod pod create --name pod --share net,pid -p "$port:80"
  sleeper one --pod pod
  pause=$(thePause) container=$(pidOf one)
  killKeeper "$pause" "$container"
  eventually dead "$container"
  hasStatus one exited
  hasPodState pod Exited
  succeeds peapod run -d --name other -p "$port:80" "$TOOLS" sleep 1000
  succeeds peapod rm -f -t 0 other
  succeeds peapod pod start pod
  hasStatus one running
  equal "$(peapod events --stream=false --filter pod=pod --filter event=died --format '{{.Name}} {{.ContainerExitCode}}')" "one -1" "its end"
}

@test "a CLI killed at any moment leaves nothing that cannot be removed" {
  for delay in 0.001 0.003 0.005 0.008 0.012 0.02 0.03; do
    timeout -s KILL $delay "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" run -d --name one -p 18097:80 "$TOOLS" sleep 1000 >/dev/null 2>&1 3>&- 4>&- || true
    run peapod rm -f -t 0 --ignore one
    equal "$status" 0 "rm after $delay s: $output"
    sleeper one -p 18097:80
    succeeds peapod rm -f -t 0 one
  done
}

@test "a killed keeper of a foreground run: who waits for it is told why it ended" {
  "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" run --rm --name one "$TOOLS" sleep 1000 2>"$TEST_DIR/tmp/err" 3>&- 4>&- &
  client=$!
  eventually hasStatus one running
  killKeeper
  code=0
  wait "$client" || code=$?
  equal "$code" 255 "exit code"
  equal "$(wc -l <"$TEST_DIR/tmp/err")" 1 "lines on stderr"
  contains "$(cat "$TEST_DIR/tmp/err")" "its keeper died" "stderr"
  noContainer one
  rm "$TEST_DIR/tmp/err"
}

# Whose container ends only when it is allowed to, after it was told.
slowToEnd() {
  succeeds peapod pod create --name "$1"
  succeeds peapod run -d --pod "$1" --name "$1-c" "$TOOLS" sh -c \
    'trap "until [ -e /tmp/go ]; do sleep 0.05; done; exit 7" TERM; echo ready; sleep 1000 & wait'
  eventually logHas "$1-c" ready
}
letEnd() { touch "/proc/$1/root/tmp/go"; }
cgroupsOf() { find /sys/fs/cgroup -type d -path "*$1*"; }
noCgroupsOf() { [[ -z $(cgroupsOf "$1") ]]; }
# In the background, itself and not a function's shell, so that its pid is $!.
startRemoval() { "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" pod rm -f -t 100 "$@" >/dev/null 3>&- 4>&- & }

@test "a keeper killed among many pods that are removed: its cgroups go, too" {
  slowToEnd slow
  last=$(pidOf slow-c)
  for killed in keeper both; do
    succeeds peapod pod create --name quick
    sleeper one --pod quick
    quick=$(peapod pod inspect --format '{{.ID}}' quick) keeper=$(keeperOf one)
    startRemoval quick slow
    client=$!
    eventually noPod quick
    contains "$(cgroupsOf "$quick")" "$quick" "cgroups while others end"
    kill -9 "$keeper"
    eventually dead "$keeper"
    if [[ $killed == both ]]; then
      kill -9 "$client"
      letEnd "$last"
      wait "$client" || true
      eventually dead "$last"
      # The next removal of several sees to what nobody else can know of.
      succeeds peapod pod create --name a
      succeeds peapod pod create --name b
      succeeds peapod pod rm -f a b slow
      eventually noCgroupsOf "$quick"
    else
      letEnd "$last"
      wait "$client"
      noCgroupsOf "$quick" || die "left: $(cgroupsOf "$quick")"
      slowToEnd slow
      last=$(pidOf slow-c)
    fi
  done
}

# A peapod command as after a reboot: an empty run directory, another boot id.
rebooted() {
  echo 00000000-1111-2222-3333-444444444444 >"$TEST_DIR/tmp/boot"
  unshare --mount sh -c 'mount -t tmpfs none "$1" && mount --bind "$2" /proc/sys/kernel/random/boot_id && shift 2 && exec "$@"' \
    - "$TEST_DIR/run" "$TEST_DIR/tmp/boot" peapod "$@"
  rm "$TEST_DIR/tmp/boot"
}
endOf() { rebooted inspect --format '{{.State.Status}} {{.State.ExitCode}} {{.State.Error}}' "$1"; }
endWas() { [[ $(endOf "$1") == "$2" ]]; }

@test "a killed pod rm: what it has not removed remembers how it ended, after a reboot too" {
  slowToEnd slow
  succeeds peapod pod create --name quick
  sleeper one --pod quick
  equal "$(endOf one)" "exited 255 the machine was restarted while it ran" "what was running"
  last=$(pidOf slow-c)
  startRemoval slow quick
  client=$!
  eventually hasStatus one exited
  eventually hasStatus slow-c stopping
  kill -9 "$client"
  letEnd "$last"
  eventually endWas one "exited 0 "
  eventually endWas slow-c "exited 7 "
  equal "$(peapod inspect --format '{{.State.ExitCode}}' slow-c)" 7 "its exit code before the reboot"
  # Another run has another end.
  succeeds peapod pod start quick
  equal "$(endOf one)" "exited 255 the machine was restarted while it ran" "the second run"
  succeeds rebooted pod ps
  contains "$output" quick "pods after the reboot"
  succeeds peapod pod rm -f -t 0 slow quick
}

@test "a keeper killed while it ends a pod: nothing of the pod runs when stop or rm are done" {
  for verb in stop rm; do
    slowToEnd slow
    pid=$(pidOf slow-c) keeper=$(keeperOf slow-c)
    if [[ $verb == rm ]]; then
      startRemoval slow
    else
      "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" pod stop -t 100 slow >/dev/null 3>&- 4>&- &
    fi
    client=$!
    eventually hasStatus slow-c stopping
    kill -9 "$keeper"
    letEnd "$pid"
    wait "$client"
    dead "$pid" || die "$verb: the container still runs"
    [[ $verb == rm ]] || succeeds peapod pod rm slow
    noPod slow
  done
}

@test "a killed CLI of a foreground run: the container goes on, without anyone at it" {
  "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" run --name one "$TOOLS" sh -c 'while :; do echo x; sleep 0.05; done' >/dev/null 3>&- 4>&- &
  client=$!
  eventually logHas one x
  kill -9 $client
  hasStatus one running
  lines=$(peapod logs one | wc -l)
  more() { (($(peapod logs one | wc -l) > lines)); }
  eventually more
}

@test "a container with --rm whose keeper was killed is gone for the next command, and its name is free" {
  for name in one two; do
    succeeds peapod run -d --rm --name $name "$TOOLS" sleep 1000
    pid=$(pidOf $name)
    killKeeper "$pid"
    eventually dead "$pid"
    if [[ $name == one ]]; then
      equal "$(peapod ps -aq)" "" "containers"
      noContainer one
      [[ -z $(ls "$TEST_DIR/root/containers") ]] || die "left: $(ls "$TEST_DIR/root/containers")"
    else
      sleeper two
    fi
  done
}
