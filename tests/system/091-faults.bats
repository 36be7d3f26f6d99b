#!/usr/bin/env bats
# System calls that fail midway, injected by strace: one line that names what failed, and everything undone.
load helpers

# withFault SYSCALL:ERROR[:when=N] COMMAND...: in the program and all that it starts.
withFault() {
  local call=${1%%:*} fault=$1
  shift
  timeout -k 1 60 strace -f -qq -o /dev/null -e "trace=$call" -e "inject=$fault" -e signal=none \
    "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" "$@" 3>&- 4>&-
}

state() {
  peapod ps -a --format '{{.Names}} {{.Status}}' | sort
  peapod pod ps --format '{{.Name}} {{.Status}}' | sort
  ls "$TEST_DIR/root/containers" 2>/dev/null
  ip -o link | awk '{print $2}' | grep -v '^veth' | sort
  echo "nftables $(nft -s list ruleset | sha256sum)"
  peapod ps -a --format '{{.ID}}' | wc -l
}

# faulty FAULT REGEX: a container, then one in a pod, cannot run, and nothing is left of the attempt.
faulty() {
  local before
  onlyPeapod
  [[ -n $(type -P strace) ]] || skip "no strace"
  before=$(state)
  run --separate-stderr withFault "$1" run --name one -p 18099:80 busybox true
  ((status == 125)) || die "with $1: exit code $status" "$output" "$stderr"
  equal "${#stderr_lines[@]}" 1 "lines of message with $1: $stderr"
  matches "$stderr" "^Error: .*$2" "message with $1"
  eventually sameState "$before"
}
sameState() { equal "$(state)" "$1" "what is there"; }

@test "no clone3: a kernel without it" { faulty clone3:error=ENOSYS '(clone3|not supported|not implemented)'; }
@test "the old root cannot be unmounted" { faulty umount2:error=EPERM 'root'; }
@test "where the old root is locked, pivot_root takes its place" {
  onlyPeapod
  [[ -n $(type -P strace) ]] || skip "no strace"
  run --separate-stderr withFault umount2:error=EINVAL:when=1 run --rm -p 18099:80 busybox echo works
  equal "$output" works "with the other way: $stderr"
}
@test "mount fails" { faulty fsmount:error=EPERM '.'; }
@test "no memory for the filter" { faulty seccomp:error=ENOMEM '(seccomp|memory)'; }
@test "exec fails" {
  onlyPeapod
  before=$(state)
  run --separate-stderr withFault execveat:error=EACCES run --name one busybox true
  ((status == 125 || status == 126)) || die "exit code $status" "$stderr"
  equal "${#stderr_lines[@]}" 1 "lines of message: $stderr"
  eventually sameState "$before"
}

@test "a pod's start that fails midway" {
  onlyPeapod
  succeeds peapod pod create --name pod -p 18098:80
  before=$(state)
  run --separate-stderr withFault clone3:error=EAGAIN run --name one --pod pod busybox true
  ((status == 125)) || die "exit code $status" "$output" "$stderr"
  equal "${#stderr_lines[@]}" 1 "lines of message: $stderr"
  eventually sameState "$before"
  succeeds peapod run --rm --pod pod busybox echo works
  equal "$output" works "the pod afterwards"
}
