#!/usr/bin/env bats
# Who was killed or refused, and by whose limit.
load helpers

state() { peapod inspect --format "{{.State.$2}}" "$1"; }

@test "whose limit it was: the container's, or the pod's" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 96m --memory-swap 96m
  sleeper neighbour --pod pod
  succeeds peapod run -d --pod pod --name small --memory 32m --memory-swap 32m "$TOOLS" test-tool eat 100
  succeeds peapod wait small
  equal "$output $(state small OOMKilled) $(state small OOMKilledBy)" "137 true container"
  matches "$(peapod ps -a --filter name=small --format '{{.Status}}')" '^Exited \(137\) .* ago \(out of the container.s memory\)$'
  succeeds peapod run -d --pod pod --name big "$TOOLS" test-tool eat 200
  succeeds peapod wait big
  equal "$output $(state big OOMKilled) $(state big OOMKilledBy)" "137 true pod"
  matches "$(peapod ps -a --filter name=big --format '{{.Status}}')" '\(out of the pod.s memory\)$'
  hasStatus neighbour running
  equal "$(state neighbour OOMKills)" 0
}

@test "a process that is killed beside the first one is counted while the container runs" {
  onlyPeapod
  succeeds peapod run -d --name one --memory 48m --memory-swap 48m "$TOOLS" sh -c 'test-tool eat 100; echo "ended $?"; sleep 1000'
  eventually logHas one 'ended 137'
  counted() { [[ $(state one OOMKills) == 1 ]]; }
  eventually counted
  equal "$(state one OOMKilledBy) $(state one Status)" "container running"
  equal "$(peapod inspect --format '{{.Budget.OomKills}}' one)" 1
  succeeds peapod restart -t 0 one
  eventually logHas one 'ended 137'
}

@test "forks that a limit refuses: the container's, or the pod's" {
  onlyPeapod
  bomb='(for i in $(seq 40); do sleep 1000 & done); sleep 1000'
  succeeds peapod run -d --name one --pids-limit 20 "$TOOLS" sh -c "$bomb"
  known() { [[ -n $(state "$1" PidsLimitReached) ]]; }
  eventually known one
  equal "$(state one PidsLimitReached)" container
  succeeds peapod pod create --name pod --pids-limit 20
  succeeds peapod run -d --pod pod --name two "$TOOLS" sh -c "$bomb"
  eventually logHas two fork
  hasV1=$([[ -e /sys/fs/cgroup/pids/tasks ]] && echo yes || echo no)
  [[ $hasV1 == no ]] || { eventually known two; equal "$(state two PidsLimitReached)" pod; }
}

@test "who falls first: neither pause nor the keeper, nor a shell that somebody started in a container" {
  onlyPeapod
  score() { cat "/proc/$1/oom_score_adj"; }
  sh -c 'echo 200 >/proc/self/oom_score_adj; exec "$@"' - peapod pod create --name pod --memory 96m --memory-swap 96m
  succeeds sh -c 'echo 200 >/proc/self/oom_score_adj; exec "$@"' - peapod run -d --name one --pod pod "$TOOLS" sleep 1000
  equal "$(score "$(pidOf one)")" 200 "of a container that says nothing of it"
  infra=$(peapod pod inspect --format '{{.InfraContainerID}}' pod)
  pause=$(pidOf "$infra") keeper=$(awk '{print $4}' "/proc/$(pidOf one)/stat")
  (($(score "$pause") < 200 && $(score "$keeper") < 200)) || die "pause $(score "$pause"), keeper $(score "$keeper")"
  sleeper two --pod pod --oom-score-adj 100
  succeeds sh -c 'echo 500 >/proc/self/oom_score_adj; exec "$@"' - peapod exec -d two sleep 2345
  shellOf() { shell=$(peapod top two hpid args | awk '/sleep 2345/ {print $1}') && [[ -n $shell ]]; }
  eventually shellOf
  equal "$(score "$(pidOf two)") $(score "$shell")" "100 100" "of a container, and of what is executed in it"
  succeeds peapod run -d --name eater --pod pod "$TOOLS" test-tool eat 200
  succeeds peapod wait eater
  equal "$output" 137
  test -d "/proc/$shell" || die "the shell fell"
  test -d "/proc/$pause" || die "pause fell"
}

@test "the sum rule under pressure: three that may each have the whole pod never pass it together" {
  onlyPeapod
  succeeds peapod pod create --name pod --memory 120m --memory-swap 120m
  sleeper watcher --pod pod
  for name in one two three; do
    succeeds peapod run -d --pod pod --name "$name" --memory 120m --memory-swap 120m "$TOOLS" sh -c 'test-tool eat 60'
  done
  # Two of 60 MB do not fit beside one another.
  exited() { (($(peapod ps -a --filter status=exited -q | wc -l) >= 2)); }
  eventually exited
  peak=$(peapod pod inspect --format '{{.Budget.Usage.MemoryPeak}}' pod)
  ((peak <= 120 << 20)) || die "the pod's peak is $peak"
  for name in $(peapod ps -a --filter status=exited --format '{{.Names}}'); do
    equal "$(state "$name" ExitCode) $(state "$name" OOMKilledBy)" "137 pod" "$name"
  done
  hasStatus watcher running
  hasPodState pod Degraded
  infra=$(peapod pod inspect --format '{{.InfraContainerID}}' pod)
  equal "$(state "$infra" Status)" running "pause"
}
