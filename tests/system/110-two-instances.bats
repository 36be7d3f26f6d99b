#!/usr/bin/env bats
# Two --root and --runroot at once do not meet.
load helpers

setup() {
  onlyPeapod
  other=$TEST_DIR/other
  mkdir -p "$other"
}

teardown() {
  second pod rm -f -a -t 0 >/dev/null
  second rm -f -a -t 0 >/dev/null
  removeAll
  rm -rf "$other"
}

second() { timeout --foreground 60 "$PEAPOD" --root "$other/root" --runroot "$other/run" "$@" 3>&- 4>&-; }

@test "the same names in two instances, each with its own" {
  second import "$TEST_DIR/archives/tools.tar" localhost/tools >/dev/null 2>&1
  port=$(freePort)
  succeeds peapod pod create --name pod -p "$port:80"
  succeeds second pod create --name pod -p "$((port + 1)):80"
  succeeds peapod run -d --pod pod --name web "$TOOLS" sh -c 'echo first >/tmp/index.html; httpd -f -p 80 -h /tmp'
  succeeds second run -d --pod pod --name web "$TOOLS" sh -c 'echo second >/tmp/index.html; httpd -f -p 80 -h /tmp'
  eventually curl -sf "http://localhost:$port"
  eventually curl -sf "http://localhost:$((port + 1))"
  equal "$(curl -s "http://localhost:$port")" first "page of the first"
  equal "$(curl -s "http://localhost:$((port + 1))")" second "page of the second"
  equal "$(second ps --format '{{.Names}}' | grep -v infra)" web "containers of the second"
  different "$(addressOf web)" "$(second exec web ip -4 -o addr show eth0 | awk '{sub("/.*", "", $4); print $4}')" "address"
  succeeds peapod pod rm -f -t 0 pod
  equal "$(curl -s "http://localhost:$((port + 1))")" second "the second after the first is gone"
}

@test "--all of one does not touch the other" {
  second import "$TEST_DIR/archives/tools.tar" localhost/tools >/dev/null 2>&1
  sleeper one
  succeeds second run -d --name two "$TOOLS" sleep 1000
  succeeds second rm -f -t 0 --all
  hasStatus one running
}
