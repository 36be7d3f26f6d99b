#!/usr/bin/env bats
load helpers

@test "a pod's life: Created, Running, Exited, Running again, gone" {
  succeeds peapod pod create --name pod
  hasPodState pod Created
  sleeper one --pod pod
  hasPodState pod Running
  succeeds peapod pod stop pod
  hasPodState pod Exited
  hasStatus one exited
  succeeds peapod pod start pod
  hasPodState pod Running
  hasStatus one running
  succeeds peapod pod restart pod
  hasPodState pod Running
  succeeds peapod pod rm -f pod
  noPod pod
  noContainer one
}

@test "pod start starts what was created in it" {
  succeeds peapod pod create --name pod
  succeeds peapod create --name one --pod pod "$TOOLS" sleep 1000
  succeeds peapod create --name two --pod pod "$TOOLS" sleep 1000
  succeeds peapod pod start pod
  hasStatus one running
  hasStatus two running
}

@test "run --pod starts the pod's namespaces, not its other containers" {
  succeeds peapod pod create --name pod
  succeeds peapod create --name idle --pod pod "$TOOLS" sleep 1000
  sleeper one --pod pod
  hasStatus idle created
}

@test "--pod new:NAME makes the pod, with the port" {
  port=$(freePort)
  succeeds peapod run -d --name web --pod new:pod -p "$port:80" "$TOOLS" sh -c 'echo web >/tmp/index.html; httpd -f -p 80 -h /tmp'
  succeeds peapod pod exists pod
  eventually curl -sf "http://localhost:$port"
}

@test "containers stop in reverse order, pause last" {
  onlyPeapod
  succeeds peapod pod create --name pod --share net,ipc
  for name in first second third; do
    succeeds peapod run -d --pod pod --name $name "$TOOLS" sh -c "trap 'echo $name >>/dev/shm/order; date +%s%N; exit 0' TERM; echo ready; while :; do sleep 0.05; done"
    eventually logHas $name ready
  done
  succeeds peapod pod stop pod
  times=$(for name in third second first; do peapod logs $name | tail -1; done)
  equal "$times" "$(sort -n <<<"$times")" "times at which third, second, first got the signal"
}

@test "a container's end leaves the pod running, or degraded" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  sleeper two --pod pod
  succeeds peapod stop one
  hasPodState pod Degraded
  succeeds peapod start one
  hasPodState pod Running
}

@test "exit policy stop ends the pod with its last container" {
  succeeds peapod pod create --name pod --exit-policy stop
  succeeds peapod run -d --pod pod --name one "$TOOLS" sleep 0.3
  eventually hasPodState pod Exited
}

@test "pause, unpause and kill a pod" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  sleeper two --pod pod
  succeeds peapod pod pause pod
  hasStatus one paused
  hasStatus two paused
  hasPodState pod Paused
  succeeds peapod pod unpause pod
  hasStatus one running
  succeeds peapod pod kill pod
  eventually hasStatus one exited
  eventually hasStatus two exited
}

@test "rm: running only with force, --all, --ignore, several" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  exits 125 peapod pod rm pod || exits 2 peapod pod rm pod
  hasStatus one running
  succeeds peapod pod rm --force pod
  exits 1 peapod pod rm no-such
  succeeds peapod pod rm --ignore no-such
  succeeds peapod pod create --name a
  succeeds peapod pod create --name b
  succeeds peapod pod rm --all
  equal "$(peapod pod ps -q)" ""
}

@test "rm --force of many ends them side by side, but not the one that a container outside depends on" {
  onlyPeapod
  mkdir "$TEST_DIR/tmp/met"
  # Each ends by itself when both have been told to; one that is told alone is killed after 5 s.
  waits='trap "touch /met/$0; until test -e /met/one && test -e /met/three; do sleep 0.1; done; touch /met/$0-ended; exit" TERM
    while :; do sleep 0.1; done'
  for pod in one two three; do
    succeeds peapod pod create --name "$pod"
    succeeds peapod run -d --pod "$pod" --name "$pod-a" --stop-timeout 5 -v "$TEST_DIR/tmp/met:/met" "$TOOLS" sh -c "$waits" "$pod"
  done
  succeeds peapod run -d --name outside --network container:two-a "$TOOLS" sleep 1000
  fails 2 "two-a has the dependent outside" peapod pod rm -f one two three
  equal "$(cd "$TEST_DIR/tmp/met" && echo *)" "one one-ended three three-ended" "who was told"
  succeeds peapod rm -f -t 0 outside
  rm -r "$TEST_DIR/tmp/met"
  equal "$(peapod pod ps --format '{{.Name}} {{.Status}}')" "two Running" "what is left"
  hasStatus two-a running
}

@test "rm --force removes a paused pod" {
  onlyPeapod
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  succeeds peapod pod pause pod
  succeeds peapod pod rm --force --time 0 pod
  noPod pod
}

@test "pod ps: columns, quiet, no-trunc, ctr-names, filters, formats" {
  first=$(peapod pod create --name first --label tier=web)
  second=$(peapod pod create --name second)
  sleeper one --pod first
  succeeds peapod pod ps --format '{{.Name}} {{.Status}} {{.NumberOfContainers}}' --sort name
  equal "$output" $'first Running 2\nsecond Created 1'
  succeeds peapod pod ps -q --no-trunc --filter name=first
  equal "$output" "$first"
  succeeds peapod pod ps -q --filter status=created
  matches "$output" "^${second:0:12}"
  succeeds peapod pod ps --filter label=tier=web --format '{{.Labels}} {{.ID}}'
  contains "$output" "${first:0:12}"
  contains "$output" "tier"
  succeeds peapod pod ps --ctr-names --filter name=first
  contains "$output" "one"
  contains "$output" "NAMES" "header"
  succeeds peapod pod ps --format json
  equal "$(jq -r '[.[].Name] | sort | join(" ")' <<<"$output")" "first second"
  for alias in ls list; do
    equal "$(peapod pod $alias -q | wc -l)" 2 "$alias"
  done
}

@test "pod inspect" {
  id=$(peapod pod create --name pod --label a=b --hostname web -p 127.0.0.1:18080:80 --share net,uts)
  sleeper one --pod pod
  field() { peapod pod inspect --format "$1" pod; }
  equal "$(field '{{.ID}}')" "$id" ID
  equal "$(field '{{.Name}}')" pod Name
  equal "$(field '{{.Hostname}}')" web Hostname
  equal "$(field '{{.State}}')" Running State
  equal "$(field '{{index .Labels "a"}}')" b Labels
  equal "$(field '{{.NumContainers}}')" 2 NumContainers
  equal "$(field '{{json .InfraConfig.PortBindings}}' | jq -c '."80/tcp"[0]')" '{"HostIp":"127.0.0.1","HostPort":"18080"}' PortBindings
  matches "$(field '{{range .Containers}}{{.Name}} {{end}}')" '(^| )one ' Containers
  equal "$(peapod pod inspect "${id:0:8}" | jq -r 'if type == "array" then .[0] else . end | .Name')" pod "by a prefix of the id"
}

@test "pod ids, --pod-id-file, --replace" {
  succeeds peapod pod create --name pod --pod-id-file "$TEST_DIR/tmp/id"
  equal "$(cat "$TEST_DIR/tmp/id")" "$output"
  first=$output
  succeeds peapod run --rm --pod-id-file "$TEST_DIR/tmp/id" "$TOOLS" echo inside
  equal "$output" inside
  rm -f "$TEST_DIR/tmp/id"
  succeeds peapod pod create --replace --name pod
  different "$output" "$first" id
}

@test "--infra=false is a budget and a group without shared namespaces" {
  succeeds peapod pod create --name pod --infra=false
  sleeper one --pod pod
  sleeper two --pod pod
  different "$(namespaceOf one net)" "$(namespaceOf two net)" net
  succeeds peapod pod stop pod
  hasStatus one exited
}

@test "a pod without a name gets one" {
  id=$(peapod pod create)
  name=$(peapod pod ps --filter "id=$id" --format '{{.Name}}')
  matches "$name" '^[a-z0-9]+_[a-z0-9]+$' name
}

@test "a container that cannot be started leaves the pod as it was: created, stopped or running" {
  onlyPeapod
  port=$(freePort)
  sleeper taken -p "$port:80"
  succeeds peapod pod create --name pod
  fails 125 "$port" peapod run -d --pod pod --name one -p "$port:80" "$TOOLS" sleep 1000
  hasPodState pod Created
  exits 127 peapod run -d --pod pod --name two "$TOOLS" no-such-command
  hasPodState pod Created
  # Its sandbox is started while the container is still being made.
  fails 125 "cidfile" peapod run -d --pod pod --name two --cidfile "$BATS_TEST_TMPDIR/none/id" "$TOOLS" sleep 1000
  hasPodState pod Created
  peapod rm -f --ignore one two >/dev/null
  sleeper two --pod pod
  fails 125 "$port" peapod run -d --pod pod --name one -p "$port:80" "$TOOLS" sleep 1000
  hasStatus two running
  succeeds peapod pod stop -t 0 pod
  fails 125 "$port" peapod run -d --pod pod --name three -p "$port:80" "$TOOLS" sleep 1000
  peapod rm -f --ignore one three >/dev/null
  hasPodState pod Exited
}

@test "what ps lists of a pod's pause process can be named, and stopping all that it lists stops all" {
  onlyPeapod
  succeeds peapod pod create --name pod
  sleeper one --pod pod
  infra=$(peapod pod inspect --format '{{.InfraContainerID}}' pod)
  succeeds peapod container exists "$infra"
  fails 125 "is the pause process of pod pod, .*peapod pod" peapod rm "$infra"
  fails 125 "is the pause process of pod pod" peapod exec "$infra" true
  # shellcheck disable=SC2046 # ids
  succeeds peapod stop -t 5 $(peapod ps -q)
  equal "$(peapod ps -q)" "" "running"
  hasPodState pod Exited
}
