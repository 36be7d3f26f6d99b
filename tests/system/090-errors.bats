#!/usr/bin/env bats
# Every error is one line that says what was attempted on what and why it failed, and leaves nothing half-made.
load helpers

state() {
  peapod ps -a --format '{{.Names}}' | sort
  peapod pod ps --format '{{.Name}}' | sort
  [[ $ENGINE == podman ]] || ls "$TEST_DIR/root/containers" 2>/dev/null
}
# refused CODE REGEX COMMAND...: and all is as before.
refused() {
  local before
  before=$(state)
  fails "$@"
  equal "$(state)" "$before" "what is there after: ${*:3}"
}

@test "unknown image" {
  refused 125 'no-such-image' peapod run --pull never --name one no-such-image true
  refused 125 'no-such-image' peapod create --pull never --name one docker.io/library/no-such-image:1.0 true
}

@test "a name in use: container, pod" {
  sleeper one
  refused 125 '"?one"?.*in use' peapod run --name one busybox true
  refused 125 '"?one"?.*in use' peapod create --name one busybox true
  succeeds peapod pod create --name pod
  refused 125 '"?pod"?.*in use' peapod pod create --name pod
}

@test "a bad name" {
  refused 125 'name' peapod run --name 'a b' busybox true
  refused 125 'name' peapod pod create --name '../pod'
}

@test "unknown namespace in --share" {
  refused 125 'mnt' peapod pod create --name pod --share net,mnt
  refused 125 'nonsense' peapod pod create --name pod --share nonsense
  [[ $ENGINE == podman ]] || refused 125 'user' peapod pod create --name pod --share user
}

@test "unknown pod, unknown container" {
  refused 125 'no-such' peapod run --pod no-such busybox true
  refused 125 'no-such' peapod start no-such
  refused 125 'no-such' peapod stop no-such
  refused 125 'no-such' peapod inspect no-such
  refused 125 'no-such' peapod logs no-such
  refused 125 'no-such' peapod pod start no-such
  refused 125 'no-such' peapod pod inspect no-such
  refused 125 'no-such' peapod wait no-such
}

@test "bad memory and cpu values" {
  refused 125 'lots' peapod pod create --name pod --memory lots
  refused 125 'two' peapod pod create --name pod --cpus two
  refused 125 '5x' peapod run --name one --memory 5x busybox true
  refused 125 'many' peapod run --name one --cpus many busybox true
}

@test "command not found, not executable, a missing interpreter" {
  refused 127 'no-such-command' peapod run --rm --name one "$TOOLS" no-such-command
  refused 127 '/no/such/file' peapod run --rm --name one "$TOOLS" /no/such/file
  refused 126 'not-executable' peapod run --rm --name one "$TOOLS" /etc/not-executable
  refused 126 '/tmp' peapod run --rm --name one "$TOOLS" /tmp
}

@test "a script whose interpreter is missing" {
  run -127 --separate-stderr peapod run --rm --name one "$TOOLS" /bin/no-interpreter
  contains "$stderr" "no-interpreter"
  noContainer one
}

@test "a container that cannot start is left as created, in its pod too, and the pod goes on" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  succeeds peapod create --name bad --pod pod "$TOOLS" no-such-command
  exits "$([[ $ENGINE == podman ]] && echo 125 || echo 127)" peapod start bad
  contains "$stderr" "no-such-command"
  hasStatus one running
  succeeds peapod exec one true
}

@test "missing user, missing group, missing working directory of a read-only root" {
  refused 125 'nobody-here' peapod run --rm --name one -u nobody-here "$TOOLS" true || refused 126 'nobody-here' peapod run --rm --name one -u nobody-here "$TOOLS" true
  run --separate-stderr peapod run --rm --name one -u alice:nogroup-here "$TOOLS" true
  ((status == 125 || status == 126 || status == 127)) || die "exit code $status"
  contains "$stderr" "nogroup-here"
  noContainer one
}

@test "removing a running container without -f" {
  sleeper one
  refused 2 'running' peapod rm one
  hasStatus one running
}

@test "exec in a stopped one" {
  succeeds peapod create --name one "$TOOLS" true
  run --separate-stderr peapod exec one true
  ((status == 125 || status == 255)) || die "exit code $status"
  contains "$stderr" "Error: "
  [[ $ENGINE == podman ]] || matches "$stderr" "one.*(running|state)"
}

@test "a mount whose source is missing" {
  refused 125 '/no/such/directory' peapod run --rm --name one -v /no/such/directory:/x "$TOOLS" true
}

@test "a namespace path that is none" {
  run --separate-stderr peapod run --rm --name one --network ns:/no/such/ns "$TOOLS" true
  ((status == 125 || status == 126 || status == 127)) || die "exit code $status"
  contains "$stderr" "/no/such/ns"
  noContainer one
}

@test "a pod whose namespaces cannot be made leaves nothing" {
  onlyPeapod
  refused 125 '/no/such/ns' peapod pod create --name pod --network ns:/no/such/ns
  # One that is there when the pod is made and gone when it starts.
  sleeper one
  succeeds peapod pod create --name pod --network "ns:/proc/$(pidOf one)/ns/net"
  succeeds peapod rm -f -t 0 one
  fails 125 'ns/net' peapod run --name two --pod pod "$TOOLS" true
  hasPodState pod Created
  noContainer two
}

@test "no root privileges" {
  onlyPeapod
  chmod 755 "$TEST_DIR"
  run --separate-stderr setpriv --reuid 65534 --regid 65534 --clear-groups "$PEAPOD" --root "$TEST_DIR/tmp/other" --runroot "$TEST_DIR/tmp/other-run" ps
  [[ $status == 125 || $status == 126 ]] || die "exit code $status"
  [[ $status == 126 ]] && skip "the program is in a directory of root's"
  equal "${#stderr_lines[@]}" 1 "lines: $stderr"
  matches "$stderr" "^Error: .*root"
}

@test "unknown command and unknown option" {
  fails 125 'no-such-command' peapod no-such-command
  fails 125 'no-such-option' peapod ps --no-such-option
  fails 125 'no-such' peapod pod no-such
}

@test "missing arguments" {
  exits 125 peapod run
  contains "$stderr" "Error: "
  exits 125 peapod exec
  exits 125 peapod stop
  exits 125 peapod pod rm
}

@test "a place for state that cannot be made" {
  onlyPeapod
  run --separate-stderr timeout 60 "$PEAPOD" --root /proc/peapod --runroot "$TEST_DIR/tmp/run2" ps
  equal "$status" 125 "exit code"
  equal "${#stderr_lines[@]}" 1 "lines: $stderr"
  contains "$stderr" "/proc/peapod"
  rm -rf "$TEST_DIR/tmp/run2"
}
