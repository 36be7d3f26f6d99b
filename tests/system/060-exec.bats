#!/usr/bin/env bats
load helpers

@test "exec runs in all namespaces and the cgroup of the container" {
  sleeper one
  for kind in net ipc uts pid mnt cgroup; do
    equal "$(namespaceOf one $kind)" "$(readlink "/proc/$(pidOf one)/ns/$kind")" "$kind"
  done
  succeeds peapod exec one cat /proc/self/cgroup
  inside=$output
  succeeds peapod exec one cat /proc/1/cgroup
  equal "$(grep -E ':(memory|pids):|^0::' <<<"$inside")" "$(grep -E ':(memory|pids):|^0::' <<<"$output")" "cgroup"
}

@test "exec passes stdin, stdout, stderr and the exit code" {
  sleeper one
  run --separate-stderr bash -c "echo hello | peapod exec -i one sh -c 'cat; echo err >&2; exit 42'"
  equal "$status" 42 "exit code"
  equal "$output" hello stdout
  equal "$stderr" err stderr
}

@test "files of the host that exec reads and writes are not the container's to open" {
  sleeper one
  echo "for one" >"$TEST_DIR/tmp/in"
  echo "for others" >"$TEST_DIR/tmp/out"
  # By these names it could write what it is to read, and read what is there already.
  peapod exec -i one sh -c 'cat; for fd in 0 1 2; do readlink /proc/self/fd/$fd; done' \
    <"$TEST_DIR/tmp/in" >>"$TEST_DIR/tmp/out" 2>"$TEST_DIR/tmp/err"
  equal "$(sed 's/[0-9]\+/N/' "$TEST_DIR/tmp/out")" $'for others\nfor one\npipe:[N]\npipe:[N]\npipe:[N]' "what it wrote"
  rm "$TEST_DIR"/tmp/{in,out,err}
}

@test "exec -it has a terminal" {
  sleeper one
  exits 7 "$BATS_TEST_DIRNAME/terminal" expect='[#$] ' send='tty; stty size\r' expect='/dev/pts/[0-9]+\s+24 80' size=31x99 \
    send='until [ "$(stty size)" = "31 99" ]; do sleep 0.1; done; exit 7\r' -- peapod exec -it one sh
}

@test "exec -d returns at once" {
  sleeper one
  succeeds peapod exec -d one sh -c 'touch /tmp/made; sleep 1000'
  eventually peapod exec one test -e /tmp/made
}

@test "environment, directory and user" {
  sleeper one -e FROM=container
  succeeds peapod exec -e EXTRA=more -w /tmp -u alice one sh -c 'echo $FROM $EXTRA $PWD $(id -un) $HOME'
  equal "$output" "container more /tmp alice /home/alice"
  succeeds peapod exec -u 1000:50 one sh -c 'id -u; id -g'
  equal "$output" $'1000\n50'
  succeeds peapod exec -u alice one id -G
  contains " $output " " 29 " "supplementary groups"
}

@test "a directory that is not there is refused, and not made" {
  sleeper one
  fails 127 'exec in container one: entering working directory /mistyped: No such file' peapod exec -w /mistyped one pwd
  exits 1 peapod exec one test -e /mistyped
}

@test "environment file" {
  sleeper one
  printf 'A=1\n# comment\nB=two words\n' >"$TEST_DIR/tmp/env"
  succeeds peapod exec --env-file "$TEST_DIR/tmp/env" one sh -c 'echo $A,$B'
  equal "$output" "1,two words"
  rm "$TEST_DIR/tmp/env"
}

@test "capabilities of exec are the container's, none for a user; all with --privileged" {
  sleeper one
  caps() { peapod exec "$@" one grep -i ^capeff /proc/self/status | tr -dc 0-9a-f | tail -c 16; }
  equal "$(caps)" "$(grep -i ^capeff "/proc/$(pidOf one)/status" | tr -dc 0-9a-f | tail -c 16)" "capabilities"
  equal "$(caps -u alice)" 0000000000000000 "capabilities of alice"
  different "$(caps --privileged)" "$(caps)" "capabilities with --privileged"
}

@test "exit codes: 127 not found, 126 not executable, 125 what is ours" {
  sleeper one
  fails 127 'no-such-command' peapod exec one no-such-command
  fails 126 'not-executable' peapod exec one /etc/not-executable
  fails 125 'no-such' peapod exec no-such true
  [[ $ENGINE == podman ]] || fails 125 'nobody-here' peapod exec -u nobody-here one true
}

@test "exec in a container that does not run" {
  succeeds peapod create --name one "$TOOLS" true
  exits 255 peapod exec one true || exits 125 peapod exec one true
  contains "$stderr" "Error: " "message"
}

@test "exec finds a container that runs by name, id and beginning of the id, whoever had the name before" {
  onlyPeapod
  sleeper one
  id=$(peapod inspect --format '{{.Id}}' one)
  for reference in one "$id" "${id:0:7}"; do
    succeeds peapod exec "$reference" echo "$reference"
    equal "$output" "$reference"
  done
  peapod rm -f -t0 one >/dev/null
  fails 125 'no container with name or ID "one" found' peapod exec one true
  fails 125 "no container with name or ID \"$id\" found" peapod exec "$id" true
  sleeper one --env NEXT=1
  succeeds peapod exec one sh -c 'echo $NEXT'
  equal "$output" 1
  peapod restart -t0 one >/dev/null
  succeeds peapod exec one sh -c 'echo $NEXT'
  equal "$output" 1
}

@test "exec in a container that runs does without the registry" {
  onlyPeapod
  sleeper one
  mv "$TEST_DIR/root/state.db" "$TEST_DIR/root/away.db"
  run --separate-stderr peapod exec one echo hello
  [[ ! -e $TEST_DIR/root/state.db ]]
  mv "$TEST_DIR/root/away.db" "$TEST_DIR/root/state.db"
  equal "$status $output" "0 hello"
}

@test "exec is no child that stays: it leaves nothing" {
  sleeper one
  before=$(peapod top one hpid | wc -l)
  for i in 1 2 3 4 5; do peapod exec one true; done
  equal "$(peapod top one hpid | wc -l)" "$before" "processes"
}

@test "top shows the container's processes" {
  succeeds peapod run -d --name one "$TOOLS" sleep 4711
  succeeds peapod top one
  matches "${lines[0]}" '^USER +PID +PPID +%CPU +ELAPSED +TTY +TIME +COMMAND' "header"
  matches "${lines[1]}" '^root +1 +0 .*sleep 4711' "row"
  succeeds peapod top one pid args
  matches "${lines[0]}" '^PID +COMMAND' "header"
  equal "${#lines[@]}" 2 "lines"
}

@test "pod top shows all containers' processes" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name one "$TOOLS" sleep 4711
  succeeds peapod run -d --pod pod --name two "$TOOLS" sleep 4712
  succeeds peapod pod top pod
  contains "$output" "sleep 4711"
  contains "$output" "sleep 4712"
}
