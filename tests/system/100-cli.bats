#!/usr/bin/env bats
load helpers

@test "ps: columns, -a, -q, --no-trunc, --format, json, sort" {
  first=$(peapod run -d --name first "$TOOLS" sleep 1000)
  second=$(peapod create --name second -l a=b "$TOOLS" echo "a b")
  succeeds peapod ps
  matches "${lines[0]}" '^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES' "header"
  matches "${lines[1]}" "^${first:0:12} +localhost/tools:latest +sleep 1000 .* ago +Up .* +first" "row"
  equal "${#lines[@]}" 2 "lines"
  succeeds peapod ps -a --sort names --format '{{.Names}} {{.Status}}'
  matches "$output" $'^first Up .*\nsecond Created$' "status"
  equal "$(peapod ps -aq --no-trunc | sort)" "$(printf '%s\n' "$first" "$second" | sort)" "ids"
  equal "$(peapod ps -q)" "${first:0:12}" "short id"
  succeeds peapod ps -a --format json
  equal "$(jq -r '[.[].Names[0]] | sort | join(" ")' <<<"$output")" "first second" "json"
  succeeds peapod ps -a --format 'table {{.Names}} {{.Image}}' --sort names
  matches "${lines[0]}" '^NAMES +IMAGE' "header of table"
  matches "${lines[1]}" '^first +localhost/tools:latest' "row of table"
  succeeds peapod ps -a --noheading --sort names
  equal "${#lines[@]}" 2 "lines without heading"
}

@test "ps: mounts, size, labels, and a pod's pause process" {
  onlyPeapod
  mkdir -p "$TEST_DIR/tmp/shared"
  succeeds peapod pod create --name pod
  succeeds peapod run -d --rm --pod pod --name one --label a=b -v "$TEST_DIR/tmp/shared:/shared" --tmpfs /scratch "$TOOLS" \
    sh -c 'head -c 3000 /dev/zero >/file; echo written; sleep 1000'
  eventually logHas one written
  field() { peapod ps -a --filter name=one --format "$1"; }
  equal "$(field '{{.Mounts}}')" "[/shared /scratch]" Mounts
  equal "$(field '{{.Label "a"}}')" b Label
  equal "$(field '{{.AutoRemove}}')" true AutoRemove
  matches "$(field '{{.Size}}')" '^3kB \(virtual [0-9.]+[kMG]B\)$' Size
  contains "$(peapod ps -s)" "3kB (virtual" "column"
  equal "$(peapod ps --sort size --format '{{.Names}}' | tail -1)" one "the largest"
  equal "$(peapod ps --filter volume=/shared --format '{{.Names}}')" one "filter volume"
  equal "$(peapod ps --size --filter name=one --format json | jq -c '.[0] | [.Mounts, .Size.rwSize, .AutoRemove]')" \
    '[["/shared","/scratch"],3000,true]' json
  equal "$(peapod ps -a --filter name=infra --format '{{.Image}} {{.Command}} {{.IsInfra}}')" "peapod-pause /pause true" "infra"
  rm -r "$TEST_DIR/tmp/shared"
}

@test "ps filters" {
  succeeds peapod pod create --name pod
  sleeper running --pod pod -l tier=web
  succeeds peapod create --name created -l tier=db "$TOOLS" true
  succeeds peapod run --name exited "$TOOLS" sh -c 'exit 3' || true
  names() { peapod ps -a --format '{{.Names}}' --filter "$@" | grep -v infra | sort | paste -sd ' '; }
  equal "$(names name=exit)" exited name
  equal "$(names status=created)" created status
  equal "$(names status=exited)" exited status
  equal "$(names exited=3)" exited exited
  equal "$(names label=tier=web)" running label
  equal "$(names label=tier)" "created running" label
  equal "$(names pod=pod)" running pod
  equal "$(names "id=$(peapod inspect --format '{{.Id}}' created)")" created id
  equal "$(names ancestor=localhost/tools)" "created exited running" ancestor
  equal "$(names label=tier --filter status=running)" running "two filters"
  exits 125 peapod ps --filter nonsense=1
}

@test "ps --pod shows the pod, -p too" {
  id=$(peapod pod create --name pod)
  sleeper one --pod pod
  succeeds peapod ps --pod --format '{{.Names}} {{.Pod}} {{.PodName}}'
  contains "$output" "one ${id:0:12} pod"
  succeeds peapod ps -p
  contains "${lines[0]}" "POD ID" header
  contains "${lines[0]}" "PODNAME" header
}

@test "inspect: Podman's document and templates" {
  id=$(peapod run -d --name one -l a=b -e X=1 -w /tmp --hostname web --stop-signal QUIT "$TOOLS" sleep 1000)
  field() { peapod inspect --format "$1" one; }
  equal "$(field '{{.Id}}')" "$id" Id
  equal "$(field '{{.ID}}')" "$id" ID
  equal "$(field '{{.Name}}')" one Name
  equal "$(field '{{.State.Status}} {{.State.Running}} {{.State.Paused}}')" "running true false" State
  equal "$(field '{{index .Config.Labels "a"}}')" b Labels
  equal "$(field '{{.Config.WorkingDir}} {{.Config.Hostname}}')" "/tmp web" Config
  equal "$(field '{{json .Config.Cmd}}')" '["sleep","1000"]' Cmd
  equal "$(field '{{range .Config.Env}}{{println .}}{{end}}' | grep ^X=)" X=1 Env
  equal "$(field '{{if .State.Running}}yes{{else}}no{{end}}')" yes "if"
  equal "$(field '{{len .Config.Cmd}}')" 2 len
  equal "$(field '{{.ImageName}}')" localhost/tools:latest ImageName
  succeeds peapod inspect one
  equal "$(jq -r '.[0].Name' <<<"$output")" one "json"
  succeeds peapod container inspect one
  equal "$(jq -r '.[0].Id' <<<"$output")" "$id" "container inspect"
}

@test "inspect finds containers, images and pods by their kind" {
  succeeds peapod pod create --name pod
  succeeds peapod inspect --type image nginx
  equal "$(jq -r '.[0].RepoTags[0]' <<<"$output")" docker.io/library/nginx:latest
  succeeds peapod inspect nginx
  equal "$(jq -r '.[0].RepoTags[0]' <<<"$output")" docker.io/library/nginx:latest
  exits 125 peapod inspect --type container nginx
}

@test "prefixes of ids work everywhere, ambiguous ones do not" {
  id=$(peapod run -d "$TOOLS" sleep 1000)
  succeeds peapod exec "${id:0:6}" true
  succeeds peapod logs "${id:0:6}"
  pod=$(peapod pod create)
  succeeds peapod pod exists "${pod:0:6}"
  succeeds peapod pod rm "$pod" # its pause process is listed, too, and no container has its id
  for i in $(seq 17); do peapod create "$TOOLS" true >/dev/null; done
  # Seventeen ids have sixteen first digits.
  prefix=$(peapod ps -aq | cut -c1 | sort | uniq -d | head -1)
  exits 125 peapod stop "$prefix"
  contains "$stderr" "Error: "
}

@test "--latest" {
  sleeper first
  sleeper second
  equal "$(peapod inspect --latest --format '{{.Name}}')" second
  succeeds peapod stop -l -t 5
  hasStatus second exited
  hasStatus first running
  succeeds peapod pod create --name a
  succeeds peapod pod create --name b
  equal "$(peapod pod inspect -l --format '{{.Name}}')" b
}

@test "containers under their other names" {
  sleeper one
  equal "$(peapod container ls -q)" "$(peapod ps -q)" "container ls"
  equal "$(peapod container list -q)" "$(peapod ps -q)" "container list"
  equal "$(peapod container ps -q)" "$(peapod ps -q)" "container ps"
  succeeds peapod container exists one
  succeeds peapod container stop -t 5 one
  succeeds peapod container start one
  succeeds peapod container rm -f -t 0 one
  equal "$(peapod image ls -q)" "$(peapod images -q)" "image ls"
}

@test "version and info" {
  succeeds peapod --version
  matches "$output" '[0-9]+\.[0-9]+\.[0-9]+'
  version=${BASH_REMATCH[0]}
  succeeds peapod version
  contains "$output" "$version"
  equal "$(peapod version --format '{{.Client.Version}}')" "$version"
  succeeds peapod info
  contains "$output" "cgroupVersion"
  equal "$(peapod info --format '{{.Store.GraphRoot}}')" "$TEST_DIR/root"
  succeeds peapod info --format json
  matches "$(jq -r .host.kernel <<<"$output")" "^$(uname -r)"
}

@test "help for the program and each command" {
  succeeds peapod --help
  contains "$output" "run"
  for command in run create ps "pod create" "pod ps" exec logs; do
    # shellcheck disable=SC2086
    succeeds peapod $command --help
    contains "$output" "Usage:" "$command --help"
  done
}

@test "options after the image belong to the command" {
  succeeds peapod run --rm "$TOOLS" echo --rm -it
  equal "$output" "--rm -it"
  succeeds peapod run --rm -- "$TOOLS" echo x
  equal "$output" x
}

@test "long options with = and without, short ones together" {
  succeeds peapod run --name=one -dit "$TOOLS" sh
  hasStatus one running
  equal "$(peapod inspect --format '{{.Config.Tty}} {{.Config.OpenStdin}}' one)" "true true"
}

@test "--trace-time shows the phases of the command, of the keeper and of the container's process on stderr" {
  onlyPeapod
  succeeds peapod --trace-time run --rm "$TOOLS" echo hello
  equal "$output" hello
  for phase in 'command +find pod, image, name' 'keeper +read specification' 'child +mount root'; do
    matches "$stderr" "[0-9]+\.[0-9]{3} +[0-9]+\.[0-9]{3}  $phase" "phases"
  done
  exits 125 peapod --trace-time start no-such
  contains "$stderr" "open registry" "phases of what failed"
  succeeds peapod run --rm "$TOOLS" true
  equal "$stderr" ""
}
