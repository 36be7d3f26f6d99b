#!/usr/bin/env bats
load helpers

status() { peapod run --rm "$@" "$TOOLS" cat /proc/self/status; }

@test "capabilities are Podman's default" {
  equal "$(status | awk '/^CapEff/ {print $2}')" 00000000800405fb "effective"
  equal "$(status | awk '/^CapBnd/ {print $2}')" 00000000800405fb "bounding"
  equal "$(status -u alice | awk '/^CapEff/ {print $2}')" 0000000000000000 "effective, of a user"
}

@test "--cap-drop, --cap-add, --privileged" {
  equal "$(status --cap-drop all | awk '/^CapEff/ {print $2}')" 0000000000000000 "none"
  equal "$(status --cap-drop all --cap-add CHOWN | awk '/^CapEff/ {print $2}')" 0000000000000001 "chown"
  equal "$(status --cap-add net_admin | awk '/^CapEff/ {print $2}')" 00000000800415fb "net_admin"
  different "$(status --privileged | awk '/^CapEff/ {print $2}')" 00000000800405fb "privileged"
  exits 125 peapod run --rm --cap-add NO_SUCH "$TOOLS" true
}

@test "seccomp is on, filters what it should, and can be turned off" {
  equal "$(status | awk '/^Seccomp:/ {print $2}')" 2 "seccomp mode"
  equal "$(status --security-opt seccomp=unconfined | awk '/^Seccomp:/ {print $2}')" 0 "seccomp mode, unconfined"
  # kexec_load, getpid, getpriority
  succeeds peapod run --rm "$TOOLS" test-tool syscall 246
  different "$output" allowed "kexec_load"
  succeeds peapod run --rm "$TOOLS" test-tool syscall 39
  equal "$output" allowed "getpid"
  printf '{"defaultAction":"SCMP_ACT_ALLOW","syscalls":[{"names":["getpriority"],"action":"SCMP_ACT_ERRNO","errnoRet":95}]}' >"$TEST_DIR/tmp/profile.json"
  equal "$(peapod run --rm --security-opt "seccomp=$TEST_DIR/tmp/profile.json" "$TOOLS" test-tool syscall 140)" "Operation not supported" "own profile"
  rm "$TEST_DIR/tmp/profile.json"
}

@test "what a seccomp profile asks for in vain is refused" {
  onlyPeapod
  printf '{"defaultAction":"SCMP_ACT_ALLOW","flags":["SECCOMP_FILTER_FLAG_LOG"]}' >"$TEST_DIR/tmp/profile.json"
  fails 125 "seccomp profile $TEST_DIR/tmp/profile.json: seccomp flag \"SECCOMP_FILTER_FLAG_LOG\" is not supported" \
    peapod run --rm --security-opt "seccomp=$TEST_DIR/tmp/profile.json" "$TOOLS" true
  rm "$TEST_DIR/tmp/profile.json"
}

@test "no_new_privs on request" {
  equal "$(status | awk '/^NoNewPrivs:/ {print $2}')" 0
  equal "$(status --security-opt no-new-privileges | awk '/^NoNewPrivs:/ {print $2}')" 1
}

@test "masked and read-only paths" {
  sleeper one
  for path in /proc/kcore /proc/keys /proc/timer_list; do
    equal "$(peapod exec one head -c 1 $path | wc -c)" 0 "$path"
  done
  for path in /proc/acpi /proc/scsi /sys/firmware; do
    equal "$(peapod exec one sh -c "ls $path 2>/dev/null | wc -l")" 0 "entries of $path"
  done
  for path in /proc/sys /proc/sysrq-trigger /proc/irq /proc/bus; do
    run peapod exec one sh -c "[ ! -e $path ] || grep -q ' $path [a-z]* ro' /proc/mounts"
    equal "$status" 0 "$path is read-only"
  done
  exits 1 peapod exec one sh -c 'echo 1 >/proc/sys/kernel/pid_max'
  exits 1 peapod exec one sh -c 'echo x >/sys/x'
}

@test "the usual devices and no others" {
  succeeds peapod run --rm "$TOOLS" sh -c 'ls /dev | sort | paste -sd " "'
  for device in full null ptmx pts random shm stderr stdin stdout tty urandom zero fd mqueue; do
    contains " $output " " $device " "/dev"
  done
  lacks "$output" "mem"
  lacks "$output" "kmsg"
  lacks "$output" "vda"
  # A node that is made inside cannot be opened where the devices controller is in force.
  run peapod run --rm --cap-add MKNOD "$TOOLS" sh -c 'mknod /dev/mem2 c 1 1 && head -c 1 /dev/mem2'
  ((status != 0)) || die "/dev/mem was read"
}

@test "only descriptors 0, 1 and 2, in run and exec" {
  succeeds peapod run --rm "$TOOLS" test-tool descriptors
  equal "$output" "0 1 2 "
  sleeper one
  succeeds peapod exec one test-tool descriptors
  equal "$output" "0 1 2 "
  succeeds "$BATS_TEST_DIRNAME/terminal" -- peapod run --rm -it "$TOOLS" test-tool descriptors
  contains "$output" "0 1 2 "
}

@test "a detached container keeps none of the caller's descriptors" {
  onlyPeapod
  mkfifo "$TEST_DIR/tmp/fifo"
  (exec 9>"$TEST_DIR/tmp/fifo"; "$PEAPOD" --root "$TEST_DIR/root" --runroot "$TEST_DIR/run" run -d --name one "$TOOLS" sleep 1000 >/dev/null 3>&- 4>&-) &
  run timeout 20 cat "$TEST_DIR/tmp/fifo"
  equal "$status" 0 "reading to the end"
  rm "$TEST_DIR/tmp/fifo"
}

@test "/proc/1/fd of pause is closed to the containers of its process namespace" {
  succeeds peapod pod create --name pod --share net,pid
  sleeper one --pod pod
  if [[ $ENGINE == peapod ]]; then
    # Which numbers are open may be listed; what they are, and the way in, may not.
    succeeds peapod exec one sh -c 'for fd in /proc/1/fd/*; do readlink $fd && echo read; (exec 3<$fd) 2>/dev/null && echo opened; done; true'
    equal "$output" "" "what the descriptors of pause gave"
    exits 1 peapod exec one ls /proc/1/root/
  fi
  run peapod exec one kill -9 1
  hasStatus one running
  equal "$(peapod exec one awk '/^CapEff/ {print $2}' /proc/1/status)" "$([[ $ENGINE == podman ]] && echo 00000000800405fb || echo 0000000000000000)" "capabilities of pause"
}

@test "/proc/self/exe of an exec does not lead to the host's program" {
  onlyPeapod
  sleeper one --cap-add SYS_PTRACE
  # The container's own file is a script that names the entering program as its interpreter (CVE-2019-5736).
  succeeds peapod exec one sh -c 'printf "#!/proc/self/exe\n" >/bin/trap; chmod 755 /bin/trap'
  before=$(sha256sum "$PEAPOD")
  run peapod exec one /bin/trap --version
  run peapod exec one sh -c 'for pid in /proc/[0-9]*; do (echo x >$pid/exe) 2>/dev/null; done; true'
  equal "$(sha256sum "$PEAPOD")" "$before" "the program"
}

@test "paths of the container's root that lead out through symlinks stay in" {
  mkdir -p "$TEST_DIR/tmp/outside"
  "$BATS_TEST_DIRNAME/archive" --busybox --name localhost/evil oci "$TEST_DIR/tmp/evil.tar" "symlink=data=$TEST_DIR/tmp/outside" "symlink=work=../../../../../../$TEST_DIR/tmp/outside"
  succeeds peapod load -i "$TEST_DIR/tmp/evil.tar"
  run peapod run --rm -w /work localhost/evil sh -c 'echo x >file'
  mkdir "$TEST_DIR/tmp/volume"
  run peapod run --rm -v "$TEST_DIR/tmp/volume:/data/new" localhost/evil sh -c 'echo x >/data/new/file'
  equal "$(ls "$TEST_DIR/tmp/outside")" "" "files outside"
  succeeds peapod rmi -f localhost/evil
  rm -rf "$TEST_DIR/tmp/outside" "$TEST_DIR/tmp/volume" "$TEST_DIR/tmp/evil.tar"
}

@test "the host's mounts are not the container's, and its are not the host's" {
  before=$(wc -l </proc/self/mountinfo)
  sleeper one
  [[ $ENGINE == podman ]] || equal "$(wc -l </proc/self/mountinfo)" "$before" "mounts of the host"
  succeeds peapod exec one cat /proc/self/mountinfo
  lacks "$output" " /var/tmp" "mounts of the container"
  succeeds peapod exec one ls /
  lacks "$output" "old" "root directory"
}

@test "the environment of the caller is not the container's" {
  export SECRET_OF_THE_CALLER=1
  succeeds peapod run --rm "$TOOLS" env
  lacks "$output" SECRET_OF_THE_CALLER
  contains "$output" "container=" "the variable that says that this is a container"
  contains "$output" "PATH=" PATH
}

@test "umask, oom score" {
  succeeds peapod run --rm "$TOOLS" sh -c umask
  equal "$output" 0022
  succeeds peapod run --rm --oom-score-adj 123 "$TOOLS" cat /proc/self/oom_score_adj
  equal "$output" 123
}

@test "rlimits" {
  succeeds peapod run --rm --ulimit nofile=77:88 "$TOOLS" sh -c 'ulimit -n; ulimit -Hn'
  equal "$output" $'77\n88'
}

@test "sysctls of the container's own namespaces only" {
  succeeds peapod run --rm --sysctl net.ipv4.ip_default_ttl=77 "$TOOLS" cat /proc/sys/net/ipv4/ip_default_ttl
  equal "$output" 77
  exits 125 peapod run --rm --sysctl kernel.pid_max=4096 "$TOOLS" true || exits 126 peapod run --rm --sysctl kernel.pid_max=4096 "$TOOLS" true
}
