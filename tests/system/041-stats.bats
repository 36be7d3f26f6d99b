#!/usr/bin/env bats
# stats and pod stats: what runs uses, and the pod as a whole.
load helpers

# field CONTAINER FIELD
field() { peapod stats --no-stream --format "{{.$2}}" "$1"; }

@test "stats: Podman's columns, a row for each running container" {
  sleeper one
  sleeper two
  succeeds peapod stats --no-stream
  matches "${lines[0]}" '^ID +NAME +CPU % +MEM USAGE / LIMIT +MEM % +NET IO +BLOCK IO +PIDS +CPU TIME +AVG CPU %$'
  equal "${#lines[@]}" 3 "lines"
  matches "$output" "$(peapod inspect --format '{{slice .Id 0 12}}' one) +one +[0-9.]+% +[0-9.]+kB|MB / "
  succeeds peapod stats --no-stream --format json one
  equal "$(jq -r '.[0] | keys_unsorted | sort | join(" ")' <<<"$output")" \
    "avg_cpu block_io cpu_percent cpu_time id mem_percent mem_usage name net_io pids" "keys"
  equal "$(jq -r '.[0].name' <<<"$output")" one
  equal "$(field one PIDS)" 2 "pids"
}

@test "stats: memory is what is in use, without the cache of files that can go at any time" {
  succeeds peapod run -d --name eater --memory 256m "$TOOLS" test-tool eat 40
  eventually logHas eater eaten
  sleeper reader --memory 256m
  used=$(peapod stats --no-stream --format '{{.Name}} {{.MemUsageBytes}}' eater)
  matches "$used" '^eater (4[0-9]|5[0-9])(\.[0-9]+)?MiB / 256MiB$'
  matches "$(field eater MemPerc)" '^(1[5-9]|2[0-3])\.[0-9]+%$'
  succeeds peapod exec reader sh -c 'dd if=/dev/zero of=/file bs=1M count=60 2>/dev/null; sync'
  matches "$(field reader MemUsageBytes)" '^([0-9.]+KiB|[0-9](\.[0-9]+)?MiB|[1-3][0-9](\.[0-9]+)?MiB) / 256MiB$'
}

@test "stats: CPU in percent of one processor, since the start and between two reports" {
  onlyPeapod
  succeeds peapod run -d --name spinner --cpus 0.5 "$TOOLS" test-tool spin
  sleeper idle
  succeeds timeout 5 peapod stats --interval 2 --format '{{.Name}} {{.CPUPerc}}' spinner idle || true
  last=$(awk '$1 == "spinner" {print int($2)}' <<<"$output" | tail -1)
  ((last > 5 && last < 75)) || die "a spinner with half a processor: $output"
  equal "$(awk '$1 == "idle" {print int($2)}' <<<"$output" | tail -1)" 0 "an idle one"
}

@test "stats: CPU since the start is that of the present run" {
  onlyPeapod
  succeeds peapod run -d --name one --restart on-failure "$TOOLS" sh -c \
    '[ -e /ran ] && exec sleep 1000; touch /ran; timeout 1 test-tool spin; exit 1'
  again() { [[ $(peapod inspect --format '{{.RestartCount}} {{.State.Status}}' one) == '1 running' ]]; }
  eventually again
  nanoseconds=$(peapod stats --no-stream --format json one | jq -r '.[0].cpu_time')
  matches "$nanoseconds" '^[0-9.]+(ms|µs)$' "CPU time of a run that only sleeps"
}

@test "stats: traffic of the container's network and of its disk" {
  sleeper server
  address=$(addressOf server)
  before=$(field server NetInput)
  busybox ping -c 3 -s 1000 -q "$address" >/dev/null
  ((($(field server NetInput) - before) >= 3000)) || die "$before, then $(field server NetInput)"
  ((($(field server NetOutput)) >= 3000)) || die "$(field server NetOutput)"
  onlyPeapod # Podman reads the blkio controller, which does not count what is written through the page cache
  succeeds peapod run -d --name disk "$TOOLS" sh -c 'dd if=/dev/zero of=/file bs=1M count=8 conv=fsync; echo written; sleep 1000'
  eventually logHas disk written
  ((($(field disk BlockOutput)) >= 8 << 20)) || die "$(field disk BlockOutput)"
}

@test "stats: those that do not run are shown with --all, and refused by name" {
  succeeds peapod create --name made "$TOOLS" true
  succeeds peapod stats --no-stream
  lacks "$output" made
  succeeds peapod stats --no-stream --all
  matches "$output" 'made +-- +-- / -- +-- '
  [[ $ENGINE == podman ]] || fails 125 'container made: it is not running' peapod stats --no-stream made
  fails 125 'no such container|no container' peapod stats --no-stream nobody
  fails 125 'interval' peapod stats --interval 0
}

@test "pod stats: a row for each container and the pod's total" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 300m
  succeeds peapod run -d --pod pod --name one "$TOOLS" test-tool eat 30
  succeeds peapod run -d --pod pod --name two --memory 100m "$TOOLS" test-tool eat 30
  eventually logHas one eaten
  eventually logHas two eaten
  succeeds peapod pod stats --no-stream
  matches "${lines[0]}" '^POD +CID +NAME +CPU % +MEM USAGE/ LIMIT +MEM % +NET IO +BLOCK IO +PIDS$'
  equal "${#lines[@]}" 4 "lines"
  succeeds peapod pod stats --no-stream --format '{{.CID}} {{.Name}} {{.MemUsageBytes}} {{.PIDS}}' pod
  matches "${lines[0]}" '^[0-9a-f]{12} one 3[0-9](\.[0-9]+)?MiB / 300MiB 1$'
  matches "${lines[1]}" '^[0-9a-f]{12} two 3[0-9](\.[0-9]+)?MiB / 100MiB 1$'
  matches "${lines[2]}" '^total pod (6|7)[0-9](\.[0-9]+)?MiB / 300MiB 3$'
  fails 125 'no such pod|no pod' peapod pod stats --no-stream nobody
}

@test "stats: end quietly when nobody reads them any more" {
  onlyPeapod
  sleeper one
  run timeout 20 bash -c 'peapod stats --interval 1 --format "{{.Name}}" | head -1'
  different "$status" 124 "exit code"
}

@test "inspect shows the limits that are in force, as the kernel has them, and where" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 256m --cpus 1.5
  sleeper one --pod pod --memory 64m --memory-swap 96m --pids-limit 77 --cpuset-cpus 0
  limit() { peapod inspect --format "{{.Budget.Limits.$2}}" "$1"; }
  equal "$(limit one Memory) $(limit one Swap) $(limit one PidsLimit) $(limit one CpusetCpus)" "$((64 << 20)) $((32 << 20)) 77 0"
  equal "$(peapod pod inspect --format '{{.Budget.Limits.Memory}} {{.Budget.Limits.CpuQuota}}' pod)" "$((256 << 20)) 150000"
  peapod inspect --format '{{range .Budget.Directories}}{{.}}{{"\n"}}{{end}}' one >"$BATS_TEST_TMPDIR/directories"
  grep . "$BATS_TEST_TMPDIR/directories" | while read -r directory; do
    grep -qx "$(pidOf one)" "$directory/cgroup.procs" || die "not in $directory"
  done
  # Somebody changes it beside peapod: that is what is in force.
  for file in memory.limit_in_bytes memory.max; do
    knob=$(sed "s|\$|/$file|" "$BATS_TEST_TMPDIR/directories" | while read -r path; do [[ -e $path ]] && echo "$path"; done || true)
    [[ -z $knob ]] || echo $((48 << 20)) >"$knob"
  done
  equal "$(limit one Memory)" $((48 << 20))
  succeeds peapod stop -t 0 one
  equal "$(peapod inspect --format '{{.Budget}}' one)" "<no value>"
}

@test "pod inspect --format tree: what the pod and each container use of their limits" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 100m
  succeeds peapod run -d --pod pod --name eater "$TOOLS" test-tool eat 45
  sleeper small --pod pod --pids-limit 20
  eventually logHas eater eaten
  succeeds peapod pod inspect --format tree pod
  equal "${lines[0]}" "$(peapod pod inspect --format '{{.CgroupPath}}' pod)"
  matches "${lines[2]}" '^pod .* █{4,6}░{4,6} [45][0-9](\.[0-9]+)?MiB / 100MiB '
  matches "${lines[3]}" '^├─ eater .* 4[0-9](\.[0-9]+)?MiB '
  matches "${lines[4]}" '^└─ small .* █░{9} 2 / 20 '
  succeeds peapod pod stop -t 0 pod
  fails 125 'does not run' peapod pod inspect --format tree pod
}
