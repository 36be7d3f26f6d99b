#!/usr/bin/env bats
load helpers

@test "sixteen run --rm at once all succeed" {
  for i in $(seq 16); do
    (peapod run --rm "$TOOLS" echo "output $i" >"$TEST_DIR/tmp/out.$i" 2>&1; echo $? >>"$TEST_DIR/tmp/out.$i") 3>&- &
  done
  wait
  for i in $(seq 16); do
    equal "$(cat "$TEST_DIR/tmp/out.$i")" "output $i"$'\n0' "run $i"
  done
  rm "$TEST_DIR"/tmp/out.*
  equal "$(peapod ps -aq)" "" "containers left"
}

@test "sixteen containers come into one pod at once" {
  succeeds peapod pod create --name pod --share net,pid
  for i in $(seq 16); do
    (peapod run -d --pod pod --name "c$i" "$TOOLS" sleep 1000 >/dev/null 2>"$TEST_DIR/tmp/err.$i" || echo failed >>"$TEST_DIR/tmp/err.$i") 3>&- &
  done
  wait
  equal "$(cat "$TEST_DIR"/tmp/err.*)" "" "errors"
  rm "$TEST_DIR"/tmp/err.*
  equal "$(peapod ps --filter pod=pod --format '{{.Names}}' | grep -c '^c[0-9]*$')" 16 "containers"
  equal "$(for i in $(seq 16); do namespaceOf "c$i" net; done | sort -u | wc -l)" 1 "network namespaces"
}

@test "of sixteen that want one name one gets it" {
  for i in $(seq 16); do
    (peapod create --name wanted "$TOOLS" true >"$TEST_DIR/tmp/out.$i" 2>&1; echo $? >"$TEST_DIR/tmp/code.$i") 3>&- &
  done
  wait
  equal "$(cat "$TEST_DIR"/tmp/code.* | grep -c '^0$')" 1 "winners"
  [[ $ENGINE == podman ]] || lacks "$(cat "$TEST_DIR"/tmp/out.*)" "locked" "errors"
  rm "$TEST_DIR"/tmp/out.* "$TEST_DIR"/tmp/code.*
}

@test "pods are made, started and removed at once, with different addresses" {
  for i in $(seq 8); do
    (peapod pod create --name "p$i" >/dev/null && peapod run -d --pod "p$i" --name "c$i" "$TOOLS" sleep 1000 >/dev/null) 2>"$TEST_DIR/tmp/err.$i" 3>&- &
  done
  wait
  equal "$(cat "$TEST_DIR"/tmp/err.*)" "" "errors"
  equal "$(for i in $(seq 8); do addressOf "c$i"; done | sort -u | wc -l)" 8 "addresses"
  for i in $(seq 8); do
    peapod pod rm -f -t 0 "p$i" >/dev/null 2>>"$TEST_DIR/tmp/err.$i" 3>&- &
  done
  wait
  equal "$(cat "$TEST_DIR"/tmp/err.*)" "" "errors"
  rm "$TEST_DIR"/tmp/err.*
  equal "$(peapod pod ps -q)" "" "pods left"
}

@test "exec, inspect and ps while a pod is stopping" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name stubborn "$TOOLS" sh -c 'trap "" TERM; echo ready; while :; do sleep 0.1; done'
  eventually logHas stubborn ready
  peapod pod stop -t 3 pod >/dev/null 3>&- &
  stopper=$!
  succeeds peapod exec stubborn true
  succeeds peapod ps
  succeeds peapod inspect stubborn
  succeeds peapod run --rm "$TOOLS" true
  wait $stopper
  hasStatus stubborn exited
}

@test "a keeper's descriptors and memory do not grow with what came and went" {
  onlyPeapod
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  keeper=
  for pid in /proc/[0-9]*; do
    [[ $(cat "$pid/comm" 2>/dev/null) == peapod-keeper ]] && keeper=${pid#/proc/}
  done
  [[ -n $keeper ]] || die "no keeper"
  peapod run --rm --pod pod "$TOOLS" true
  peapod run -d --name d0 --pod pod "$TOOLS" true >/dev/null && peapod wait d0 >/dev/null && peapod rm d0 >/dev/null
  sameDescriptors() { [[ $(ls "/proc/$keeper/fd" | wc -l) == "$descriptors" ]]; }
  descriptors=$(ls "/proc/$keeper/fd" | wc -l)
  for i in $(seq 10); do
    peapod run --rm --pod pod "$TOOLS" true
    peapod run -d --name d$i --pod pod "$TOOLS" true >/dev/null && peapod wait d$i >/dev/null && peapod rm d$i >/dev/null
  done
  eventually sameDescriptors
}
