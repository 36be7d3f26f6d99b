#!/usr/bin/env bats
# What happens to containers and pods, told by `events`.
load helpers

past() { peapod events --stream=false "$@"; }
short() { past --format '{{.Type}} {{.Status}} {{.Name}}' "$@"; }

@test "the life of a pod and its containers" {
  onlyPeapod
  succeeds peapod pod create --name web
  succeeds peapod pod start web
  succeeds peapod run -d --pod web --name one "$TOOLS" sleep 1000
  succeeds peapod pause one
  succeeds peapod unpause one
  succeeds peapod stop -t 0 one
  exits 3 peapod run --rm --pod web --name two "$TOOLS" sh -c 'exit 3'
  web=$(peapod pod inspect --format '{{.ID}}' web)
  equal "$(short --filter pod=web)" "pod create web
pod start web
container create one
container start one
container pause one
container unpause one
container died one
container create two
container start two
container died two
container remove two"
  succeeds peapod pod rm -f -t 0 web
  equal "$(short --filter pod="$web" | tail -3)" "pod stop web
container remove one
pod remove web"
  equal "$(past --filter pod="$web" --filter container=two --filter event=died --format '{{.ContainerExitCode}} {{.Image}}')" \
    "3 $(peapod images --format '{{.Repository}}:{{.Tag}}' "$TOOLS")"
  matches "$(past --filter pod="$web" --filter container=two --filter event=died)" \
    "^[0-9]{4}-.* container died [0-9a-f]{64} \(image=.*, name=two, pod_id=$web, exit_code=3\)$"
}

@test "who was killed for want of memory, and by whose limit" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 96m --memory-swap 96m
  succeeds peapod run -d --pod pod --name small --memory 32m --memory-swap 32m "$TOOLS" test-tool eat 100
  succeeds peapod wait small
  succeeds peapod run -d --pod pod --name big "$TOOLS" test-tool eat 200
  succeeds peapod wait big
  equal "$(past --filter pod=pod --filter event=oom --format '{{.Name}} {{.Attributes.limit}}')" "small container
big pod"
  equal "$(past --filter pod=pod --filter event=oom --filter container=big --format json | jq -r '.Attributes.limit')" pod
}

@test "events to come, until they are over or nobody reads them" {
  onlyPeapod
  succeeds peapod create --name before "$TOOLS" true
  timeout 60 "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" events --since "$(date +%FT%T.%N%:z)" \
    --format '{{.Status}} {{.Name}}' >"$BATS_TEST_TMPDIR/seen" 3>&- &
  follower=$!
  succeeds peapod run --rm --name one --network none "$TOOLS" true
  ended() { grep -q '^remove one$' "$BATS_TEST_TMPDIR/seen"; }
  eventually ended
  kill "$follower"
  wait "$follower" || true
  equal "$(cat "$BATS_TEST_TMPDIR/seen")" "create one
start one
died one
remove one"
  succeeds peapod events --since 1h --until 0s --filter container=before --format '{{.Status}}'
  equal "$output" create
}

@test "bad input" {
  onlyPeapod
  fails 125 'colour is an invalid filter' peapod events --stream=false --filter colour=red
  fails 125 'option --since: ' peapod events --stream=false --since yesterday-ish
  fails 125 'invalid filter "event": it must be KEY=VALUE' peapod events --stream=false --filter event
  fails 125 'template' peapod events --stream=false --format '{{.Name'
}
