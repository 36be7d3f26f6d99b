#!/usr/bin/env bats
load helpers

@test "create, start, stop, start again, restart, rm" {
  succeeds peapod create --name one "$TOOLS" sh -c 'trap "exit 0" TERM; echo started; while :; do sleep 0.1; done'
  matches "$output" '^[0-9a-f]{64}$' "id"
  hasStatus one created
  succeeds peapod start one
  equal "$output" one
  hasStatus one running
  eventually logHas one started
  succeeds peapod stop one
  equal "$output" one
  hasStatus one exited
  equal "$(peapod inspect --format '{{.State.ExitCode}}' one)" 0 "exit code after the stop signal"
  succeeds peapod start one
  hasStatus one running
  before=$(pidOf one)
  succeeds peapod restart -t 5 one
  hasStatus one running
  different "$(pidOf one)" "$before" "pid"
  exits 2 peapod rm one
  succeeds peapod stop one
  succeeds peapod rm one
  noContainer one
}

@test "the file system of a container stays over stop and start" {
  succeeds peapod create --name one "$TOOLS" sh -c 'echo again >>/tmp/file; cat /tmp/file'
  succeeds peapod start -a one
  equal "$output" again
  succeeds peapod start -a one
  equal "$output" $'again\nagain'
}

@test "SIGKILL after the time when the stop signal is ignored" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
  eventually logHas one ready
  succeeds peapod stop -t 1 one
  equal "$(peapod inspect --format '{{.State.ExitCode}}' one)" 137 "exit code"
}

@test "--stop-signal and --stop-timeout" {
  succeeds peapod run -d --name one --stop-signal USR1 "$TOOLS" sh -c 'trap "exit 8" USR1; echo ready; while :; do sleep 0.1; done'
  eventually logHas one ready
  succeeds peapod stop one
  equal "$(peapod inspect --format '{{.State.ExitCode}}' one)" 8 "exit code"
  succeeds peapod run -d --name two --stop-timeout 0 "$TOOLS" sh -c 'trap "" TERM; echo ready; sleep 1000'
  eventually logHas two ready
  succeeds peapod stop two
  equal "$(peapod inspect --format '{{.State.ExitCode}}' two)" 137 "exit code"
}

@test "kill sends any signal, by name and number" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'trap "echo got HUP" HUP; trap "echo got USR1" USR1; echo ready; while :; do sleep 0.1; done'
  eventually logHas one ready
  succeeds peapod kill -s HUP one
  eventually logHas one "got HUP"
  succeeds peapod kill --signal 10 one
  eventually logHas one "got USR1"
  hasStatus one running
  succeeds peapod kill one
  eventually hasStatus one exited
  exits 125 peapod kill -s NOSUCH one
  exits 125 peapod kill one
}

@test "wait gives the exit code, of several containers in their order" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'sleep 0.3; exit 3'
  succeeds peapod run -d --name two "$TOOLS" sh -c 'exit 4'
  succeeds peapod wait one two
  equal "$output" $'3\n4'
  succeeds peapod wait one
  equal "$output" 3 "of one that ended"
}

@test "pause and unpause" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'while :; do date +%s%N >/dev/shm/now; done'
  moves() { local a b; a=$(cat "/proc/$(pidOf one)/root/dev/shm/now"); sleep 0.3; b=$(cat "/proc/$(pidOf one)/root/dev/shm/now"); [[ $a != "$b" ]]; }
  eventually moves
  succeeds peapod pause one
  hasStatus one paused
  ! moves || die "it runs while paused"
  succeeds peapod unpause one
  hasStatus one running
  eventually moves
  exits 125 peapod unpause one
}

@test "exit codes of run" {
  succeeds peapod run --rm "$TOOLS" true
  exits 42 peapod run --rm "$TOOLS" sh -c 'exit 42'
  fails 127 'no-such-command' peapod run --rm "$TOOLS" no-such-command
  fails 126 'not-executable' peapod run --rm "$TOOLS" /etc/not-executable
  fails 125 'no-such-option' peapod run --rm --no-such-option "$TOOLS" true
}

@test "--rm leaves nothing, in the foreground and detached" {
  succeeds peapod run --rm --name one "$TOOLS" true
  noContainer one
  succeeds peapod run -d --rm --name two "$TOOLS" sleep 0.2
  eventually noContainer two
}

@test "restart keeps a container that --rm removes at its end" {
  sleeper one --rm
  before=$(pidOf one)
  succeeds peapod restart one
  equal "$(statusOf one)" running status
  different "$(pidOf one)" "$before" pid
  succeeds peapod stop one
  eventually noContainer one
}

@test "restart of a pause process leaves its pod alone" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  fails 125 'is the pause process of pod pod' peapod restart "$(peapod pod inspect --format '{{.InfraContainerID}}' pod)"
  equal "$(statusOf one)" running status
}

@test "--restart on-failure restarts so often, and not after success" {
  succeeds peapod run -d --name one --restart on-failure:2 "$TOOLS" sh -c 'echo run; exit 1'
  threeRuns() { [[ $(peapod logs one | grep -c run) == 3 ]]; }
  eventually threeRuns
  eventually hasStatus one exited
  equal "$(peapod inspect --format '{{.RestartCount}}' one)" 2 "restarts"
  succeeds peapod run -d --name two --restart on-failure "$TOOLS" sh -c 'echo run'
  eventually hasStatus two exited
  equal "$(peapod logs two | grep -c run)" 1 "runs of what succeeded"
}

@test "--restart always goes on until it is stopped" {
  succeeds peapod run -d --name one --restart always "$TOOLS" sh -c 'echo run; sleep 0.2'
  several() { (($(peapod logs one | grep -c run) >= 3)); }
  eventually several
  succeeds peapod stop -t 0 one
  hasStatus one exited
  runs=$(peapod logs one | grep -c run)
  sleep 1
  equal "$(peapod logs one | grep -c run)" "$runs" "runs after stop"
}

@test "--init reaps what the command leaves" {
  succeeds peapod run -d --init --name one "$TOOLS" sh -c '(sleep 0.1 & sleep 0.2 &); echo ready; exec sleep 1000'
  eventually logHas one ready
  noZombies() { ! peapod exec one ps -o stat,args | grep -E '^Z|sleep 0\.[12]$'; }
  eventually noZombies
  matches "$(peapod exec one ps -o pid,args)" $'\n +1 [^\n]*init' "process 1"
}

@test "--init passes signals and the exit code on, and says what it lacks" {
  succeeds peapod run -d --init --name one "$TOOLS" sh -c 'trap "exit 7" TERM; echo ready; while :; do sleep 0.05; done'
  eventually logHas one ready
  succeeds peapod stop -t 20 one
  equal "$(peapod wait one)" 7 "exit code"
  equal "$(peapod inspect --format '{{.HostConfig.Init}}' one)" true "inspect"
  exits 3 peapod run --rm --init --read-only "$TOOLS" sh -c 'exit 3'
  fails 125 'container-init binary /no/such/init' peapod run --init --init-path /no/such/init --name two "$TOOLS" true
  noContainer two
  fails 125 "PID namespace isn't private" peapod run --init --pid host --name two "$TOOLS" true
  noContainer two
}

@test "several at once, by name, by prefix of id, by --all; --ignore" {
  for name in one two three; do sleeper $name; done
  id=$(peapod inspect --format '{{.Id}}' one)
  succeeds peapod stop -t 5 "${id:0:10}"
  hasStatus one exited
  succeeds peapod stop -t 5 --all
  hasStatus two exited
  exits 125 peapod stop no-such
  succeeds peapod stop --ignore no-such
  succeeds peapod rm one two
  exits 1 peapod rm no-such
  succeeds peapod rm --ignore no-such
  succeeds peapod rm --all
  equal "$(peapod ps -aq)" ""
}

@test "--cidfile, --pidfile, --replace" {
  succeeds peapod run -d --name one --cidfile "$TEST_DIR/tmp/cid" --pidfile "$TEST_DIR/tmp/pid" "$TOOLS" sleep 1000
  equal "$(cat "$TEST_DIR/tmp/cid")" "$output" "cid file"
  equal "$(cat "$TEST_DIR/tmp/pid")" "$(pidOf one)" "pid file"
  rm -f "$TEST_DIR/tmp/cid" "$TEST_DIR/tmp/pid"
  first=$output
  succeeds peapod run -d --replace --name one "$TOOLS" sleep 1000
  different "$output" "$first" "id"
}

@test "environment, directory, user, entrypoint, read-only" {
  succeeds peapod run --rm -e A=1 -e B=two -w /tmp -u alice "$TOOLS" sh -c 'echo $A $B $PWD $(id -un) $(id -G) $HOME'
  equal "$output" "1 two /tmp alice 1000 29 /home/alice"
  succeeds peapod run --rm --entrypoint echo "$TOOLS" from entrypoint
  equal "$output" "from entrypoint"
  exits 1 peapod run --rm --read-only "$TOOLS" touch /file
  contains "$stderr" "Read-only" "message"
  succeeds peapod run --rm --read-only "$TOOLS" touch /tmp/file
}

@test "a directory of the host is mounted, read-only too" {
  mkdir -p "$TEST_DIR/tmp/shared"
  echo text >"$TEST_DIR/tmp/shared/file"
  succeeds peapod run --rm -v "$TEST_DIR/tmp/shared:/shared" "$TOOLS" sh -c 'cat /shared/file; echo more >/shared/other'
  equal "$output" text
  equal "$(cat "$TEST_DIR/tmp/shared/other")" more
  exits 1 peapod run --rm -v "$TEST_DIR/tmp/shared:/shared:ro" "$TOOLS" touch /shared/third
  succeeds peapod run --rm --tmpfs /scratch:size=1m "$TOOLS" sh -c 'stat -f -c %b /scratch; touch /scratch/file'
  equal "$output" 256
  rm -r "$TEST_DIR/tmp/shared"
}
