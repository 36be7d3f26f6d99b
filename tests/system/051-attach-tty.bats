#!/usr/bin/env bats
load helpers

terminal() { "$BATS_TEST_DIRNAME/terminal" "$@"; }

@test "run -it has a terminal of the size of ours, which follows it" {
  exits 7 terminal expect='[#$] ' send='tty; stty size\r' expect='/dev/pts/0\s+24 80' \
    size=31x99 send='until [ "$(stty size)" = "31 99" ]; do sleep 0.1; done; exit 7\r' -- peapod run --rm -it "$TOOLS" sh
}

@test "a signal key reaches the container" {
  exits 5 terminal expect=ready send='\x03' -- peapod run --rm -it "$TOOLS" sh -c 'trap "exit 5" INT; echo ready; while :; do sleep 0.1; done'
}

@test "ctrl-p ctrl-q detaches, the container goes on, attach comes back" {
  exits 0 terminal expect='[#$] ' send='value=4711\r' expect='[#$] ' keys='\x10\x11' -- peapod run -it --name one "$TOOLS" sh
  hasStatus one running
  exits 3 terminal send='\r' expect='[#$] ' send='echo [$value]\r' expect='\[4711\]' send='exit 3\r' -- peapod attach one
  hasStatus one exited
}

@test "--detach-keys" {
  exits 0 terminal expect='[#$] ' keys='\x01z' -- peapod run -it --name one --detach-keys ctrl-a,z "$TOOLS" sh
  hasStatus one running
}

@test "attach shows output and passes signals, input and the exit code" {
  succeeds peapod run -d -i --name one "$TOOLS" sh -c 'read line; echo got $line; exit 4'
  run --separate-stderr bash -c 'echo hello | peapod attach one'
  equal "$status" 4 "exit code"
  equal "$output" "got hello"
}

@test "start -a -i" {
  succeeds peapod create -i --name one "$TOOLS" sh -c 'read line; echo got $line; echo err >&2; exit 4'
  run --separate-stderr bash -c 'echo hello | peapod start -a -i one'
  equal "$status" 4 "exit code"
  equal "$output" "got hello"
  equal "$stderr" "err"
}

@test "run passes stdin, stdout, stderr and the exit code" {
  run --separate-stderr bash -c "echo hello | peapod run --rm -i $TOOLS sh -c 'cat; echo err >&2; exit 42'"
  equal "$status" 42 "exit code"
  equal "$output" hello stdout
  equal "$stderr" err stderr
}

@test "without -i stdin is empty" {
  run --separate-stderr bash -c "echo hello | peapod run --rm $TOOLS cat"
  equal "$status" 0 "exit code"
  equal "$output" ""
}

@test "binary data goes through unharmed, both ways, and ends" {
  head -c 3000000 /dev/urandom >"$TEST_DIR/tmp/data"
  peapod run --rm -i "$TOOLS" cat <"$TEST_DIR/tmp/data" >"$TEST_DIR/tmp/copy"
  succeeds cmp "$TEST_DIR/tmp/data" "$TEST_DIR/tmp/copy"
  rm "$TEST_DIR/tmp/data" "$TEST_DIR/tmp/copy"
}

@test "a reader that goes away does not hang run" {
  run bash -c "set -o pipefail; peapod run --rm $TOOLS sh -c 'while :; do echo y; done' | head -1"
  equal "${lines[0]}" y
}

@test "signals of run go to the container" {
  peapod run --rm --name one "$TOOLS" sh -c 'trap "echo got TERM; exit 6" TERM; echo ready; while :; do sleep 0.1; done' >"$TEST_DIR/tmp/out" 3>&- &
  client=$!
  isReady() { grep -q ready "$TEST_DIR/tmp/out"; }
  eventually isReady
  kill -TERM $client
  code=0
  wait $client || code=$?
  equal "$code" 6 "exit code"
  contains "$(cat "$TEST_DIR/tmp/out")" "got TERM"
  rm "$TEST_DIR/tmp/out"
}

@test "a killed container's code is 128 and the signal" {
  peapod run --name one "$TOOLS" sleep 1000 3>&- &
  client=$!
  eventually hasStatus one running
  succeeds peapod kill one
  code=0
  wait $client || code=$?
  equal "$code" 137 "exit code of run"
  equal "$(peapod inspect --format '{{.State.ExitCode}}' one)" 137 "exit code of the container"
}

@test "two terminals are attached to one container" {
  succeeds peapod run -dit --name one "$TOOLS" sh
  terminal send='touch /tmp/attached\r' expect='[#$] ' expect='other=4711' keys='\x10\x11' -- peapod attach one \
    >"$TEST_DIR/tmp/first" 3>&- &
  first=$!
  eventually peapod exec one test -e /tmp/attached
  exits 0 terminal send='\r' expect='[#$] ' send='echo other=$((4700+11))\r' expect='other=4711' keys='\x10\x11' -- peapod attach one
  wait $first
  rm "$TEST_DIR/tmp/first"
}

@test "a terminal that hangs up leaves the container" {
  terminal expect='[#$] ' hangup -- peapod run -it --name one "$TOOLS" sh || true
  hasStatus one running
}
