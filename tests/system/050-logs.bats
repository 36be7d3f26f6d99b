#!/usr/bin/env bats
load helpers

@test "logs has stdout on stdout and stderr on stderr" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'echo out; echo err >&2'
  succeeds peapod wait one
  succeeds peapod logs one
  equal "$output" out stdout
  equal "$stderr" err stderr
}

@test "the file has time, stream, tag and text of each line" {
  succeeds peapod run -d --name one --log-driver k8s-file --log-opt path="$TEST_DIR/tmp/one.log" "$TOOLS" sh -c 'echo out; echo err >&2; echo -n "no end"'
  succeeds peapod wait one
  time='[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]+(Z|[+-][0-9]{2}:[0-9]{2})'
  text=$(cat "$TEST_DIR/tmp/one.log")
  rm "$TEST_DIR/tmp/one.log"
  matches "$text" "(^|"$'\n'")$time stdout F out("$'\n'"|$)" "log"
  matches "$text" "(^|"$'\n'")$time stderr F err("$'\n'"|$)" "log"
  matches "$text" "(^|"$'\n'")$time stdout P no end("$'\n'"|$)" "log"
}

@test "text without end of line, empty lines and long lines come back as they were" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'echo a; echo; echo b; head -c 100000 /dev/zero | tr "\0" x; echo; echo -n end'
  succeeds peapod wait one
  peapod logs one >"$TEST_DIR/tmp/logs"
  { echo a; echo; echo b; head -c 100000 /dev/zero | tr '\0' x; echo; echo -n end; } >"$TEST_DIR/tmp/expected"
  succeeds cmp "$TEST_DIR/tmp/logs" "$TEST_DIR/tmp/expected"
  rm "$TEST_DIR/tmp/logs" "$TEST_DIR/tmp/expected"
}

@test "--tail, --timestamps, --since and --until" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'for i in 1 2 3 4 5; do echo line $i; done'
  succeeds peapod wait one
  succeeds peapod logs --tail 2 one
  equal "$output" $'line 4\nline 5'
  succeeds peapod logs --tail 0 one
  equal "$output" ""
  succeeds peapod logs -t --tail 1 one
  matches "$output" '^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(Z|[+-][0-9:]+) line 5$'
  succeeds peapod logs --since 2001-01-01T00:00:00Z one
  equal "${#lines[@]}" 5
  succeeds peapod logs --until 2001-01-01T00:00:00Z one
  equal "$output" ""
  succeeds peapod logs --since 1h one
  equal "${#lines[@]}" 5
}

@test "--follow shows what comes and ends with the container" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'echo first; until [ -e /tmp/go ]; do sleep 0.1; done; echo second'
  peapod logs -f one >"$TEST_DIR/tmp/followed" 3>&- &
  follower=$!
  firstCame() { grep -q first "$TEST_DIR/tmp/followed"; }
  eventually firstCame
  succeeds peapod exec one touch /tmp/go
  wait $follower
  equal "$(cat "$TEST_DIR/tmp/followed")" $'first\nsecond'
  rm "$TEST_DIR/tmp/followed"
}

@test "--names and several containers" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name one "$TOOLS" echo from one
  succeeds peapod run -d --pod pod --name two "$TOOLS" echo from two
  peapod wait one two >/dev/null
  succeeds peapod logs --names one two
  contains "$output" "one from one"
  contains "$output" "two from two"
}

@test "logs of a pod have all its containers, with names" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name one "$TOOLS" echo from one
  succeeds peapod run -d --pod pod --name two "$TOOLS" echo from two
  peapod wait one two >/dev/null
  succeeds peapod pod logs --names pod
  contains "$output" "one from one"
  contains "$output" "two from two"
  succeeds peapod pod logs -c two pod
  equal "$output" "from two"
}

@test "the log is bounded by max-size, and what is last is there" {
  succeeds peapod run -d --name one --log-opt max-size=20k --log-opt path="$TEST_DIR/tmp/one.log" "$TOOLS" \
    sh -c 'i=0; while [ $i -lt 3000 ]; do echo line $i; i=$((i+1)); done'
  succeeds peapod wait one
  total=$(cat "$TEST_DIR"/tmp/one.log* | wc -c)
  ((total <= 41000)) || die "$total bytes of log where max-size is 20k"
  succeeds peapod logs --tail 1 one
  equal "$output" "line 2999"
  rm "$TEST_DIR"/tmp/one.log*
}

@test "logs of a container that is started again go on" {
  succeeds peapod run -d --name one "$TOOLS" echo once
  succeeds peapod wait one
  succeeds peapod start one
  succeeds peapod wait one
  succeeds peapod logs one
  equal "$output" $'once\nonce'
}

@test "--log-driver none has no log" {
  succeeds peapod run -d --name one --log-driver none "$TOOLS" echo text
  succeeds peapod wait one
  exits 125 peapod logs one
}

@test "nothing is lost of a burst" {
  succeeds peapod run -d --name one "$TOOLS" sh -c 'i=0; while [ $i -lt 20000 ]; do echo line $i; i=$((i+1)); done'
  succeeds peapod wait one
  equal "$(peapod logs one | wc -l)" 20000 "lines"
  equal "$(peapod logs one | tail -1)" "line 19999" "last line"
}
