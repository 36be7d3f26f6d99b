#!/usr/bin/env bats
# update and pod update: limits change while everything runs, all or none, and stay for the next start.
load helpers

limit() { peapod inspect --format "{{.Budget.Limits.$2}}" "$1"; }
podLimit() { peapod pod inspect --format "{{.Budget.Limits.$2}}" "$1"; }

@test "update: limits of a running container, and after its next start" {
  sleeper one --memory 64m
  pid=$(pidOf one)
  succeeds peapod update --memory 96m --memory-swap 128m --pids-limit 55 --cpus 0.5 --cpuset-cpus 0 one
  equal "$output" "$(peapod inspect --format '{{.Id}}' one)" "what it prints"
  onlyPeapod
  expected="$((96 << 20)) $((32 << 20)) 55 50000 0"
  inForce() { echo "$(limit one Memory) $(limit one Swap) $(limit one PidsLimit) $(limit one CpuQuota) $(limit one CpusetCpus)"; }
  equal "$(inForce)" "$expected" "in force"
  equal "$(pidOf one)" "$pid" "pid"
  matches "$(cat "/proc/$pid/status")" $'Cpus_allowed_list:[ \t]+0\n'
  succeeds peapod restart -t 0 one
  equal "$(inForce)" "$expected" "after a restart"
  succeeds peapod update --cpu-shares 512 one
  different "$(limit one CpuShares)" "<no value>"
  succeeds peapod update --pids-limit -1 --cpus 0 --cpu-shares 0 one
  equal "$(limit one PidsLimit) $(limit one CpuQuota) $(limit one CpuShares)" "<no value> <no value> <no value>" "taken away"
  equal "$(limit one Memory)" $((96 << 20)) "not named"
}

@test "update: one that does not run has the new limits when it starts" {
  onlyPeapod
  succeeds peapod create --name one --memory 64m "$TOOLS" sleep 1000
  succeeds peapod update --memory 48m one
  equal "$(peapod inspect --format '{{.HostConfig.Memory}}' one)" $((48 << 20))
  succeeds peapod start one
  equal "$(limit one Memory)" $((48 << 20))
}

@test "update: a limit that comes while a container spins slows it down" {
  succeeds peapod run -d --name one "$TOOLS" test-tool spin
  succeeds peapod update --cpu-quota 20000 --cpu-period 100000 one
  pid=$(pidOf one)
  ticks() { awk '{print $14 + $15}' "/proc/$pid/stat"; }
  before=$(ticks) began=$EPOCHREALTIME
  sleep 2
  hundredths=$(awk "BEGIN {print int(100 * ($(ticks) - $before) / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  ((hundredths <= 35)) || die "$hundredths % of a core where 20 % is the limit"
}

@test "pod update: a budget for what runs already, and for what comes later" {
  onlyPeapod
  succeeds peapod pod create --name pod
  for name in one two; do
    succeeds peapod run -d --pod pod --name "$name" "$TOOLS" test-tool spin
  done
  succeeds peapod pod update --cpus 0.3 --pids-limit 40 pod
  equal "$output" "$(peapod pod inspect --format '{{.Id}}' pod)" "what it prints"
  succeeds peapod run -d --pod pod --name three "$TOOLS" test-tool spin
  ticks() { for name in one two three; do cat "/proc/$(pidOf "$name")/stat"; done | awk '{sum += $14 + $15} END {print sum}'; }
  before=$(ticks) began=$EPOCHREALTIME
  sleep 2
  hundredths=$(awk "BEGIN {print int(100 * ($(ticks) - $before) / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  ((hundredths <= 50)) || die "$hundredths % of a core where 30 % is the limit"
  equal "$(podLimit pod PidsLimit)" 40
  succeeds peapod pod stop -t 0 pod
  succeeds peapod pod start pod
  equal "$(podLimit pod CpuQuota) $(podLimit pod PidsLimit)" "30000 40" "after a restart"
}

@test "pod update: containers that were given more than the pod has now have it again when the pod has" {
  onlyPeapod
  succeeds peapod pod create --name pod --cpus 2
  sleeper one --pod pod --cpus 1.5
  quota() { # the container's or, where it is no less, the pod's
    [[ $(limit one CpuQuota) == '<no value>' ]] && podLimit pod CpuQuota || limit one CpuQuota
  }
  equal "$(quota)" 150000
  succeeds peapod pod update --cpus 0.5 pod
  less() { (($(podLimit pod CpuQuota) == 50000)); }
  less || die "the pod's quota is $(podLimit pod CpuQuota)"
  succeeds peapod pod update --cpus 3 pod
  equal "$(quota)" 150000 "the container's own limit"
}

@test "update: one that comes while a container starts is in force when it runs" {
  onlyPeapod
  succeeds peapod pod create --name pod
  sleeper other --pod pod
  succeeds peapod create --name one --pod pod --memory 64m "$TOOLS" sleep 1000
  keeper=$(awk '{print $4}' "/proc/$(pidOf other)/stat")
  kill -STOP "$keeper"
  peapod start one 3>&- &
  # It has read its limits when it has written what it hands to the keeper, which sleeps.
  asked() { [[ -e $TEST_DIR/root/containers/$(peapod inspect --format '{{.Id}}' one)/config.json ]]; }
  eventually asked
  timeout 60 peapod update --memory 96m one 3>&- >/dev/null &
  recorded() { [[ $(peapod inspect --format '{{.HostConfig.Memory}}' one) == $((96 << 20)) ]]; }
  eventually recorded
  kill -CONT "$keeper"
  wait
  equal "$(limit one Memory)" $((96 << 20))
}

@test "update: a container that waits for its restart has the new limits in its next run" {
  onlyPeapod
  succeeds peapod run -d --name one --restart always --pids-limit 100 -v "$BATS_TEST_TMPDIR:/host" "$TOOLS" sh -c \
    '[ -e /host/go ] && echo stays && exec sleep 1000; exit 1'
  waits() { hasStatus one exited; }
  eventually waits
  succeeds peapod update --pids-limit 33 one
  touch "$BATS_TEST_TMPDIR/go"
  eventually logHas one stays
  equal "$(limit one PidsLimit)" 33
}

@test "pod update: one that comes while the pod starts is in force when it runs" {
  onlyPeapod
  # A keeper that begins when it may.
  bin=$BATS_TEST_TMPDIR
  cp "$(dirname "$PEAPOD")"/{peapod,peapod-keeper,peapod-scope,pause,test-tool} "$bin/"
  mv "$bin/peapod-keeper" "$TEST_DIR/real-keeper"
  mv "$bin/test-tool" "$bin/peapod-keeper"
  succeeds peapod pod create --name pod --memory 64m
  "$bin/peapod" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" pod start pod 3>&- &
  eventually test -e "$TEST_DIR/waits"
  peapod pod update --memory 96m pod 3>&- >/dev/null &
  recorded() { [[ $(peapod pod inspect --format '{{.MemoryLimit}}' pod) == $((96 << 20)) ]]; }
  eventually recorded
  touch "$TEST_DIR/go"
  wait
  rm "$TEST_DIR"/{waits,go,real-keeper}
  equal "$(podLimit pod Memory)" $((96 << 20))
}

@test "update: all values or none" {
  onlyPeapod
  sleeper one --memory 64m --pids-limit 50
  fails 125 'updating container one.*cpuset' peapod update --memory 96m --pids-limit 70 --cpuset-cpus 9999 one
  fails 125 '/dev/nothing: No such file' peapod update --memory 96m --device-read-bps /dev/nothing:1mb one
  equal "$(limit one Memory) $(limit one PidsLimit)" "$((64 << 20)) 50" "in force"
  equal "$(peapod inspect --format '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}}' one)" "$((64 << 20)) 50" "recorded"
  # One that only the kernel knows to refuse, after others have taken effect.
  succeeds peapod run -d --name eater --memory 128m --memory-swap 128m "$TOOLS" test-tool eat 60
  eventually logHas eater eaten
  fails 125 'updating container eater' peapod update --cpus 0.5 --pids-limit 33 --memory 20m --memory-swap 20m eater
  equal "$(limit eater Memory) $(limit eater CpuQuota)" "$((128 << 20)) <no value>" "in force"
  different "$(limit eater PidsLimit)" 33
  hasStatus eater running
}

@test "pod update: a budget below what is in use is refused, and nobody dies" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 200m --memory-swap 200m
  for name in one two; do
    succeeds peapod run -d --pod pod --name "$name" "$TOOLS" test-tool eat 50
    eventually logHas "$name" eaten
  done
  fails 125 'updating pod pod.*in use' peapod pod update --memory 60m --memory-swap 60m pod
  equal "$(podLimit pod Memory)" $((200 << 20))
  hasStatus one running
  hasStatus two running
  succeeds peapod pod update --memory 150m --memory-swap 150m pod
  equal "$(podLimit pod Memory)" $((150 << 20))
}

@test "update: what it refuses" {
  onlyPeapod
  sleeper one
  fails 125 'no limit to change' peapod update one
  fails 125 'no such container|no container' peapod update --memory 64m nobody
  fails 125 'no such pod|no pod' peapod pod update --memory 64m nobody
  fails 125 '--memory' peapod update --memory 1m one
  fails 125 '--memory-swap' peapod update --memory-swap 64m one
  fails 125 '--memory-swappiness -1' peapod update --memory-swappiness -1 one
}
