#!/usr/bin/env bats
# A pod built by hand, from containers that join each other's namespaces.
load helpers

@test "containers join a sandbox container's network, IPC and hostname" {
  succeeds peapod run -d --name foo_sandbox --ipc shareable alpine sleep infinity
  succeeds peapod run -d --name one --network container:foo_sandbox --ipc container:foo_sandbox "$TOOLS" sleep 1000
  succeeds peapod run -d --name two --network container:foo_sandbox --ipc container:foo_sandbox --pid container:one "$TOOLS" sleep 1000
  for kind in net ipc; do
    equal "$(namespaceOf one $kind)" "$(namespaceOf foo_sandbox $kind)" "$kind of one"
    equal "$(namespaceOf two $kind)" "$(namespaceOf foo_sandbox $kind)" "$kind of two"
  done
  equal "$(namespaceOf two pid)" "$(namespaceOf one pid)" "pid of two"
  different "$(namespaceOf one pid)" "$(namespaceOf foo_sandbox pid)" "pid of one"
  succeeds peapod exec one test-tool sem-create 1 7
  equal "$(peapod exec two test-tool sem-get 1)" 7 "semaphore"
  succeeds peapod exec one sh -c 'echo text >/dev/shm/file'
  equal "$(peapod exec foo_sandbox cat /dev/shm/file)" text "/dev/shm"
}

@test "the hostname is joined too, which neither Docker nor Podman's network mode does" {
  succeeds peapod run -d --name foo_sandbox --hostname sandbox --ipc shareable alpine sleep infinity
  succeeds peapod run -d --name one --network container:foo_sandbox --ipc container:foo_sandbox --uts container:foo_sandbox "$TOOLS" sleep 1000
  equal "$(namespaceOf one uts)" "$(namespaceOf foo_sandbox uts)" "uts"
  equal "$(peapod exec one hostname)" sandbox "hostname"
}

@test "localhost reaches the neighbour" {
  succeeds peapod run -d --name foo_sandbox "$TOOLS" sh -c 'echo page >/tmp/index.html; httpd -f -p 80 -h /tmp'
  succeeds peapod run --rm --network container:foo_sandbox "$TOOLS" sh -c 'for i in $(seq 50); do wget -q -O - http://localhost/ && break; sleep 0.1; done'
  equal "$output" page
}

@test "--cgroup-parent puts them below one cgroup" {
  parent=/peapod-test-parent-$$
  succeeds peapod run -d --name one --cgroup-parent "$parent" "$TOOLS" sleep 1000
  succeeds peapod run -d --name two --cgroup-parent "$parent" --network container:one "$TOOLS" sleep 1000
  for container in one two; do
    succeeds grep -E '^[0-9]+:(memory)?:' "/proc/$(pidOf $container)/cgroup"
    contains "$output" ":$parent/" "cgroup of $container"
  done
  removeAll
  find /sys/fs/cgroup -depth -type d -path "*$parent*" -exec rmdir {} + 2>/dev/null || true
}

@test "a namespace is joined by its path" {
  sleeper one
  succeeds peapod run --rm --network "ns:/proc/$(pidOf one)/ns/net" --ipc "ns:/proc/$(pidOf one)/ns/ipc" "$TOOLS" sh -c 'readlink /proc/self/ns/net; readlink /proc/self/ns/ipc'
  equal "${lines[0]}" "$(namespaceOf one net)"
  equal "${lines[1]}" "$(namespaceOf one ipc)"
}

@test "the host's namespaces" {
  for kind in net ipc uts pid cgroup; do
    option=--$kind
    [[ $kind != net ]] || option=--network
    [[ $kind != cgroup ]] || option=--cgroupns
    succeeds peapod run --rm "$option" host "$TOOLS" readlink "/proc/self/ns/$kind"
    equal "$output" "$(readlink /proc/self/ns/$kind)" "$kind"
  done
}

@test "joining a container that does not run says so and leaves nothing" {
  # As with Podman, what it needs is started first; this one ends at once, mostly before it is joined.
  succeeds peapod create --name stopped "$TOOLS" true
  attempts=0
  until [[ $ENGINE == podman ]]; do
    run --separate-stderr peapod run --rm --name joiner --pid container:stopped busybox true
    ((status == 0)) || break
    ((++attempts < 50)) || die "container stopped was joined $attempts times although it had ended"
  done
  if [[ $ENGINE == peapod ]]; then
    equal "$status" 125 "exit code of the joiner"
    matches "$stderr" '^Error: .*joiner.*pid namespace of container stopped: container stopped is not running'
    noContainer joiner
  fi
  fails 125 'no-such' peapod run --name joiner2 --network container:no-such busybox true
  noContainer joiner2
}

@test "who joins a container is in its namespaces again when both have been restarted by policy" {
  onlyPeapod
  succeeds peapod run -d --name owner --restart always "$TOOLS" sh -c 'trap "exit 1" TERM; sleep 1000 & wait'
  succeeds peapod run -d --name joiner --restart always --network container:owner --ipc container:owner "$TOOLS" \
    sh -c 'trap "exit 1" TERM; sleep 1000 & wait'
  before=$(pidOf owner)
  kill -9 "$before"
  restarted() { hasStatus "$1" running && different "$(pidOf "$1")" "$2"; }
  eventually restarted owner "$before"
  before=$(pidOf joiner)
  kill -9 "$before"
  eventually restarted joiner "$before"
  for kind in net ipc; do
    equal "$(namespaceOf joiner $kind)" "$(namespaceOf owner $kind)" "$kind"
  done
  succeeds peapod exec owner touch /dev/shm/mark
  succeeds peapod exec joiner ls /dev/shm/mark
}
