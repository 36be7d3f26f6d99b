# Loaded by every file of tests.
bats_require_minimum_version 1.5.0

NGINX=docker.io/library/nginx
BUSYBOX=docker.io/library/busybox
TOOLS=localhost/tools

setup() {
  skipRecordedDifference
}

teardown() {
  removeAll
}

removeAll() {
  if [[ $ENGINE == podman ]]; then
    # It refuses to remove what is paused, and what others depend on before those others.
    local attempt
    peapod unpause --all >/dev/null 2>&1 || true
    for attempt in 1 2 3 4 5; do
      peapod pod rm -f -a -t 0 >/dev/null 2>&1 && peapod rm -f -a -t 0 >/dev/null 2>&1 && return
    done
  fi
  peapod pod rm -f -a -t 0 >/dev/null
  peapod rm -f -a -t 0 >/dev/null
}

# tests/parity/differences: what is better here than in Podman on purpose, one test a line with the reason.
skipRecordedDifference() {
  [[ $ENGINE == podman ]] || return 0
  local file name reason
  while IFS=$'\t' read -r file name reason; do
    if [[ $file == "${BATS_TEST_FILENAME##*/}" && $name == "$BATS_TEST_DESCRIPTION" ]]; then
      skip "$reason"
    fi
  done <"$BATS_TEST_DIRNAME/../parity/differences"
}

# -- What is expected ------------------------------------------------------------------------------------------------------

die() {
  printf '# %s\n' "$@" >&2
  return 1
}

# equal ACTUAL EXPECTED WHAT
equal() { [[ $1 == "$2" ]] || die "${3:-value}: is      '$1'" "expected '$2'"; }
different() { [[ $1 != "$2" ]] || die "${3:-value}: both are '$1'"; }
# contains TEXT PART WHAT
contains() { [[ $1 == *"$2"* ]] || die "${3:-text} lacks '$2':" "$1"; }
lacks() { [[ $1 != *"$2"* ]] || die "${3:-text} should not have '$2':" "$1"; }
# matches TEXT REGEX WHAT
matches() { [[ $1 =~ $2 ]] || die "${3:-text} does not match '$2':" "$1"; }

# succeeds COMMAND...: its output is in $output, stdout only; what it says on stderr is shown when it fails.
succeeds() {
  run --separate-stderr "$@"
  ((status == 0)) || die "$*: exit code $status" "$output" "$stderr"
}

# exits CODE COMMAND...
exits() {
  local code=$1
  shift
  if ((code == 127)); then
    run -127 --separate-stderr "$@" # bats warns otherwise
  else
    run --separate-stderr "$@"
  fi
  ((status == code)) || die "$*: exit code $status, expected $code" "$output" "$stderr"
}

# fails CODE REGEX COMMAND...: the command ends with CODE, nothing on stdout, and one line "Error: ..." that matches. Podman
# is not held to one line, nor to our words: REGEX is for ours alone.
fails() {
  local code=$1 regex=$2
  shift 2
  exits "$code" "$@"
  [[ $ENGINE == podman ]] && return
  equal "${#stderr_lines[@]}" 1 "lines on stderr of $* ($stderr)"
  matches "$stderr" "^Error: .*" "$*"
  matches "$stderr" "$regex" "$*"
}

# eventually COMMAND...: it succeeds within a time that is long enough for any machine.
eventually() {
  local attempt
  for ((attempt = 0; attempt < 150; attempt++)); do
    if "$@" >/dev/null 2>&1; then
      return
    fi
    sleep 0.1
  done
  die "never came true: $*" "$("$@" 2>&1)"
}

# -- What is looked at -----------------------------------------------------------------------------------------------------

# A container's pid on the host.
pidOf() { peapod inspect --format '{{.State.Pid}}' "$1"; }
statusOf() { peapod inspect --format '{{.State.Status}}' "$1"; }
hasStatus() { [[ $(statusOf "$1") == "$2" ]]; }
podStateOf() { peapod pod inspect --format '{{.State}}' "$1"; }
hasPodState() { [[ $(podStateOf "$1") == "$2" ]]; }

onV2() { [[ -e /sys/fs/cgroup/cgroup.controllers ]]; }
# cgroupOf PID: in the v2 hierarchy.
cgroupOf() { sed -n "s/^0:://p" "/proc/$1/cgroup"; }
keeperOf() { awk '{print $4}' "/proc/$(pidOf "$1")/stat"; }

needSystemd() {
  onlyPeapod
  [[ -d /run/systemd/system ]] && onV2 || skip "systemd is not init here, or there is cgroup v1"
}
# systemctl wants to see systemd as a process, which from the suite's process namespace it does not.
manager() { busctl call org.freedesktop.systemd1 /org/freedesktop/systemd1 org.freedesktop.systemd1.Manager "$@"; }
isThere() { manager GetUnit s "$1"; }
isGone() { [[ $(manager GetUnit s "$1" 2>&1) == *"not loaded"* ]]; }

# namespaceOf CONTAINER KIND: as the container itself sees it.
namespaceOf() { peapod exec "$1" readlink "/proc/self/ns/$2"; }

# logHas CONTAINER TEXT
logHas() { [[ $(peapod logs "$1" 2>&1) == *"$2"* ]]; }

# addressOf CONTAINER: its IPv4 address.
addressOf() { peapod exec "$1" ip -4 -o addr show eth0 | awk '{sub("/.*", "", $4); print $4}'; }

# sleeper NAME OPTIONS...: a container that does nothing until it is told to end; then it ends at once.
sleeper() { peapod run -d --name "$1" "${@:2}" "$TOOLS" sh -c 'trap "exit 0" TERM; sleep 1000 & wait' >/dev/null; }

# findPid PATTERN: for the shell of a container, the pid of the process whose arguments match; busybox has no pgrep.
findPid() { echo "ps -o pid,args | awk '/$1/ && !/awk/ {print \$1; exit}'"; }

# A port on the host that nothing uses.
freePort() {
  local port
  for ((port = 20000 + RANDOM % 10000; ; port++)); do
    ss -Hlntu "sport = :$port" | grep -q . || { echo "$port"; return; }
  done
}

onlyPeapod() { [[ $ENGINE != podman ]] || skip "about peapod's own working"; }

# Nothing that a failed command could have left: names, cgroups, directories.
noContainer() { exits 1 peapod container exists "$1"; }
noPod() { exits 1 peapod pod exists "$1"; }
