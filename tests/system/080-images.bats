#!/usr/bin/env bats
load helpers

setup() {
  skipRecordedDifference
  work=$TEST_DIR/tmp/images
  mkdir -p "$work"
}

teardown() {
  removeAll
  for name in $(peapod images --format '{{.Repository}}:{{.Tag}}' | grep localhost/test); do
    peapod rmi -f "$name" >/dev/null
  done
  rm -rf "$work"
}

archive() { "$BATS_TEST_DIRNAME/archive" "$@"; }

@test "docker-archive, oci-archive and OCI directory, plain, gzip and zstd" {
  for kind in docker oci dir; do
    for compress in none gzip zstd; do
      [[ $kind-$compress != docker-zstd ]] || continue
      [[ $kind-$ENGINE != dir-podman ]] || continue # it wants a directory's name to be one of an image
      name=localhost/test-$kind-$compress:latest
      archive --busybox --name "$name" --compress "$compress" "$kind" "$work/$kind-$compress" "file=content=of $kind $compress"
      succeeds peapod load -i "$work/$kind-$compress"
      contains "$output" "$name" "load"
      succeeds peapod run --rm "$name" cat /content
      equal "$output" "of $kind $compress"
    done
  done
}

@test "load from standard input, compressed as a whole" {
  archive --busybox --name localhost/test:latest docker "$work/archive" file=content=text
  gzip "$work/archive"
  run bash -c "peapod load <$work/archive.gz"
  equal "$status" 0 "exit code: $output"
  succeeds peapod run --rm localhost/test cat /content
  equal "$output" text
}

@test "whiteouts and opaque directories hide what is below" {
  archive --busybox --name localhost/test oci "$work/archive" dir=dir file=dir/old=1 file=gone=1 dir=gone-dir file=gone-dir/file=1 file=kept=1 \
    --layer file=.wh.gone= file=.wh.gone-dir= dir=dir file=dir/.wh..wh..opq= file=dir/new=2
  succeeds peapod load -i "$work/archive"
  succeeds peapod run --rm localhost/test sh -c 'echo $(ls /dir); test ! -e /gone && test ! -e /gone-dir && cat /kept'
  equal "$output" $'new\n1'
}

@test "hard links, symbolic links, modes, owners, device nodes, fifos and xattrs" {
  archive --busybox --name localhost/test oci "$work/archive" file=one=text mode=one=4750 owner=one=12:34 link=two=one symlink=three=/one \
    node=null=1:3 fifo=pipe file=tagged=x xattr=tagged=user.tag=value
  succeeds peapod load -i "$work/archive"
  succeeds peapod run --rm localhost/test sh -c 'stat -c "%a %u %g %h %i" /one /two; readlink /three; stat -c "%F %t %T" /null; stat -c %F /pipe'
  equal "${lines[0]% *}" "4750 12 34 2" "mode, owner, links"
  equal "${lines[1]}" "${lines[0]}" "the hard link"
  equal "${lines[2]}" /one "the symbolic link"
  equal "${lines[3]}" "character special file 1 3" "device node"
  equal "${lines[4]}" fifo "fifo"
  id=$(peapod run -d localhost/test sh -c 'while :; do test -e /nothing; done')
  succeeds /usr/bin/python3 -c "import os; print(os.getxattr('/proc/$(pidOf "$id")/root/tagged', 'user.tag').decode())"
  equal "$output" value "xattr"
}

@test "a layer that two images share is there once" {
  onlyPeapod
  archive --busybox --name localhost/test-one oci "$work/one" file=content=1
  archive --busybox --name localhost/test-two oci "$work/two" file=content=2
  succeeds peapod load -i "$work/one"
  layers=$(find "$TEST_DIR/root/images/layers" -mindepth 1 -maxdepth 1 | wc -l)
  succeeds peapod load -i "$work/two"
  equal "$(find "$TEST_DIR/root/images/layers" -mindepth 1 -maxdepth 1 | wc -l)" $((layers + 1)) "layers"
  succeeds peapod rmi localhost/test-one
  succeeds peapod run --rm localhost/test-two cat /content
  equal "$output" 2
}

@test "import with changes" {
  succeeds peapod import --change 'CMD ["echo","from","import"]' --change 'ENV A=1' --change 'WORKDIR /tmp' --change 'LABEL a=b' \
    --change 'STOPSIGNAL SIGQUIT' --change 'USER alice' "$TEST_DIR/archives/tools.tar" localhost/test:import
  succeeds peapod run --rm localhost/test:import
  equal "$output" "from import"
  succeeds peapod run --rm localhost/test:import sh -c 'echo $A $PWD $(id -un)'
  equal "$output" "1 /tmp alice"
  matches "$(peapod image inspect --format '{{.Config.StopSignal}} {{index .Labels "a"}}' localhost/test:import)" '^(SIGQUIT|3) b$'
}

@test "images: columns, quiet, no-trunc, filter, format" {
  succeeds peapod images
  matches "${lines[0]}" '^REPOSITORY +TAG +IMAGE ID +CREATED +SIZE' "header"
  matches "$output" $'docker\.io/library/nginx +latest +[0-9a-f]{12} ' "row"
  succeeds peapod images -q busybox
  matches "$output" '^[0-9a-f]{12}$' "quiet"
  succeeds peapod images -q --no-trunc busybox
  matches "$output" '^sha256:[0-9a-f]{64}$' "quiet, whole"
  succeeds peapod images --format '{{.Repository}}:{{.Tag}}' nginx
  equal "$output" docker.io/library/nginx:latest
  succeeds peapod images --format json nginx
  contains "$output" "docker.io/library/nginx:latest"
}

@test "names: tag, short names, id and prefix, untag, exists" {
  id=$(peapod image inspect --format '{{.Id}}' busybox)
  succeeds peapod tag busybox localhost/test:one localhost/test:two
  for name in localhost/test:one test:two "$id" "${id:0:10}" docker.io/library/busybox docker.io/library/busybox:latest; do
    equal "$(peapod image inspect --format '{{.Id}}' "$name")" "$id" "$name"
    succeeds peapod image exists "$name"
  done
  exits 1 peapod image exists localhost/test:three
  succeeds peapod rmi localhost/test:one
  contains "$output" "Untagged: localhost/test:one"
  succeeds peapod image exists busybox
  succeeds peapod untag busybox localhost/test:two
  exits 1 peapod image exists localhost/test:two
}

@test "rmi of an image that a container uses" {
  archive --busybox --name localhost/test oci "$work/archive" file=content=1
  succeeds peapod load -i "$work/archive"
  succeeds peapod create --name one localhost/test
  exits 2 peapod rmi localhost/test
  contains "$stderr" "in use" "message"
  succeeds peapod image exists localhost/test
  succeeds peapod rmi -f localhost/test
  noContainer one
  exits 1 peapod rmi localhost/test
}

@test "rmi -f waits for a container to stop, and nobody waits for rmi" {
  onlyPeapod
  archive --busybox --name localhost/test oci "$work/archive" file=content=1
  succeeds peapod load -i "$work/archive"
  succeeds peapod run -d --name one --stop-timeout 50 localhost/test \
    sh -c 'trap "echo asked; until [ -e /go ]; do sleep 0.05; done; exit 0" TERM; echo ready; while :; do sleep 0.05; done'
  eventually logHas one ready
  pid=$(pidOf one)
  peapod rmi -f localhost/test >/dev/null 3>&- 4>&- &
  rmi=$!
  eventually logHas one asked
  succeeds peapod tag busybox localhost/test:other
  succeeds peapod rmi localhost/test:other
  [[ -d /proc/$rmi ]] || die "rmi has not waited"
  touch "/proc/$pid/root/go"
  wait $rmi
  noContainer one
  exits 1 peapod image exists localhost/test
}

@test "image inspect" {
  succeeds peapod image inspect nginx
  equal "$(jq -r '.[0].RepoTags[0]' <<<"$output")" docker.io/library/nginx:latest RepoTags
  equal "$(jq -c '.[0].Config.ExposedPorts' <<<"$output")" '{"80/tcp":{}}' ExposedPorts
  equal "$(jq -r '.[0].RootFS.Layers | length' <<<"$output")" 2 Layers
  equal "$(jq -r '.[0].Architecture' <<<"$output")" amd64 Architecture
}

# A failed load leaves no image, no layer, no file.
leavesNothing() {
  local before
  before=$(peapod images -a --format '{{.ID}} {{.Repository}}' | sort)
  [[ $ENGINE == podman ]] || before+=$(find "$TEST_DIR/root/images" | sort)
  exits 125 peapod load -i "$1"
  contains "$stderr" "Error: " "message"
  if [[ $ENGINE == peapod ]]; then
    equal "${#stderr_lines[@]}" 1 "lines of message: $stderr"
    equal "$(peapod images -a --format '{{.ID}} {{.Repository}}' | sort; )$(find "$TEST_DIR/root/images" | sort)" "$before" "the store"
  fi
}

@test "a truncated archive" {
  for kind in docker oci; do
    archive --busybox --name localhost/test --compress gzip $kind "$work/archive" file=content=text
    head -c $(($(stat -c %s "$work/archive") / 2)) "$work/archive" >"$work/truncated"
    leavesNothing "$work/truncated"
  done
}

@test "a corrupt archive: random bytes, a flipped byte in a layer, a layer that is not what its digest says" {
  head -c 100000 /dev/urandom >"$work/random"
  leavesNothing "$work/random"
  : >"$work/empty"
  leavesNothing "$work/empty"
  leavesNothing "$work/no-such-file"
  contains "$stderr" "no-such-file" "message"
  archive --busybox --name localhost/test --compress none oci "$work/archive" file=content=text
  /usr/bin/python3 - "$work/archive" <<'PYTHON'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[data.index(b"text")] ^= 1
open(sys.argv[1], "wb").write(data)
PYTHON
  leavesNothing "$work/archive"
  archive --busybox --name localhost/test --diff-id "$(printf 0%.0s {1..64})" docker "$work/archive" file=content=text
  leavesNothing "$work/archive"
}

@test "an entry that climbs out with .. or through a symlink touches nothing outside" {
  for entries in "file=../../../../../../../../$work/escaped=x" "file=/../../../../$work/escaped=x" \
    "symlink=out=$work file=out/escaped=x" "symlink=out=../../../../../../../../$work file=out/escaped=x" \
    "link=stolen=../../../../../../../../etc/shadow" "symlink=etc2=/etc link=stolen=etc2/shadow"; do
    # shellcheck disable=SC2086
    archive --name localhost/test --busybox oci "$work/archive" $entries
    run --separate-stderr peapod load -i "$work/archive"
    [[ ! -e $work/escaped ]] || die "$entries: wrote $work/escaped (exit code $status)"
    if ((status == 0)); then
      run --separate-stderr peapod run --rm localhost/test cat /stolen
      ((status != 0)) || die "$entries: the host's /etc/shadow was read"
      peapod rmi -f localhost/test >/dev/null
    else
      contains "$stderr" "Error: " "$entries"
    fi
  done
}

@test "a symlink of a lower layer leads no upper layer out" {
  archive --name localhost/test --busybox oci "$work/archive" "symlink=out=$work" --layer file=out/escaped=x
  run --separate-stderr peapod load -i "$work/archive"
  [[ ! -e $work/escaped ]] || die "wrote $work/escaped"
}

@test "disk full while unpacking" {
  onlyPeapod
  mkdir "$work/small"
  mount -t tmpfs -o size=3m tmpfs "$work/small"
  archive --name localhost/test --compress gzip oci "$work/archive" zeros=big=8000000
  run --separate-stderr timeout 60 "$PEAPOD" --root "$work/small" --runroot "$work/small/run" load -i "$work/archive"
  left=$(find "$work/small" -name '*big*' -o -path '*layers/*' | head)
  used=$(df --output=used "$work/small" | tail -1)
  umount "$work/small"
  equal "$status" 125 "exit code"
  equal "${#stderr_lines[@]}" 1 "lines of message: $stderr"
  contains "$stderr" "No space left on device"
  equal "$left" "" "files left"
  ((used < 300)) || die "$used KiB are still used"
}
