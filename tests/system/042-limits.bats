#!/usr/bin/env bats
# Each limit holds, or is refused with what is missing.
load helpers

teardown() {
  removeAll
  if [[ -n ${loop:-} ]]; then
    echo none >"$scheduler"
    busybox losetup -d "$loop"
  fi
}

hasV1() { [[ -e /sys/fs/cgroup/memory/memory.limit_in_bytes ]]; }

# cpuOf CONTAINER: clock ticks of its first process.
cpuOf() { awk '{print $14 + $15}' "/proc/$(pidOf "$1")/stat"; }

# One that anybody with access to the file may open: $device and its $numbers.
device() {
  for device in /dev/fuse /dev/loop-control /dev/rtc0; do
    [[ -c $device ]] && numbers=$(printf '%d %d' "0x$(stat -c %t "$device")" "0x$(stat -c %T "$device")") && return
  done
  skip "no harmless device here"
}

@test "--cpu-quota and --cpu-period of a pod, and a container that asks for more than the pod has" {
  onlyPeapod
  succeeds peapod pod create --name pod --cpu-quota 15000 --cpu-period 50000
  succeeds peapod run -d --name one --pod pod --cpus 2 "$TOOLS" test-tool spin
  succeeds peapod run -d --name two --pod pod --cpus 0.1 "$TOOLS" test-tool spin
  oneBefore=$(cpuOf one) twoBefore=$(cpuOf two) began=$EPOCHREALTIME
  sleep 2
  one=$(($(cpuOf one) - oneBefore)) two=$(($(cpuOf two) - twoBefore))
  hundredths=$(awk "BEGIN {print int(100 * ($one + $two) / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  ((hundredths <= 50)) || die "$hundredths % of a core where the pod has 30 %"
  ((one > two)) || die "the one with 10 % had $two ticks, the other one $one"
}

@test "--cpuset-cpus of a pod binds its containers, and one may have less" {
  succeeds peapod pod create --name pod --cpuset-cpus 0
  succeeds peapod run --rm --pod pod "$TOOLS" grep Cpus_allowed_list /proc/self/status
  matches "$output" $'^Cpus_allowed_list:[ \t]+0$'
  exits 125 peapod run --rm --cpuset-cpus 0-4000 "$TOOLS" true
}

@test "--pids-limit of a pod bounds the sum of its containers" {
  onlyPeapod
  succeeds peapod pod create --name pod --pids-limit 30
  bomb='(for i in $(seq 40); do sleep 1000 & done); sleep 1000'
  succeeds peapod run -d --pod pod --name one "$TOOLS" sh -c "$bomb"
  eventually logHas one fork
  processes=$(peapod pod top pod hpid | tail -n +2 | wc -l)
  ((processes <= 30 && processes >= 20)) || die "$processes processes where 30 is the limit"
  run peapod run -d --pod pod --name two "$TOOLS" sh -c "$bomb"
  processes=$(peapod pod top pod hpid | tail -n +2 | wc -l)
  ((processes <= 30)) || die "$processes processes where 30 is the limit"
}

# The $disk that the containers' file systems are on.
needDisk() {
  disk=/dev/$(lsblk -ndo PKNAME "$(findmnt -nro SOURCE -T /var/tmp)" 2>/dev/null) || true
  [[ $disk != /dev/ ]] || disk=$(findmnt -nro SOURCE -T /var/tmp)
  [[ -b $disk ]] || skip "the containers' file system is on no block device ($disk)"
}

@test "--device-read-bps slows reading down" {
  needDisk
  succeeds peapod run -d --name slow --device-read-bps "$disk:2mb" "$TOOLS" sh -c \
    'dd if=/dev/zero of=/file bs=1M count=6 conv=fsync 2>/dev/null; echo written; sleep 1000'
  eventually logHas slow written
  sync -f /var/tmp
  began=$EPOCHREALTIME
  succeeds peapod exec slow dd if=/file of=/dev/null bs=1M iflag=direct
  rate=$(awk "BEGIN {print int(6 * 1024 / ($EPOCHREALTIME - $began))}")
  ((rate < 4 * 1024)) || die "$rate KiB/s where 2048 is the limit"
  [[ $ENGINE == podman ]] && return
  fails 125 '/dev/zero: not a block device' peapod run --rm --device-read-bps /dev/zero:1mb "$TOOLS" true
  fails 125 '/dev/nothing: .*No such file' peapod run --rm --device-write-iops /dev/nothing:1 "$TOOLS" true
}

@test "--device-write-bps, --device-read-iops and --device-write-iops slow down" {
  onlyPeapod
  needDisk
  # takes OPTION COMMAND: the command needs two seconds at the limit, in a container that has it; most of one must go by.
  takes() {
    succeeds peapod run -d --name slow "$1" "$TOOLS" sh -c 'dd if=/dev/zero of=/file bs=4k count=64 2>/dev/null; echo written; sleep 1000'
    eventually logHas slow written
    sync -f /var/tmp
    began=$EPOCHREALTIME
    succeeds peapod exec slow sh -c "$2"
    tenths=$(awk "BEGIN {print int(10 * ($EPOCHREALTIME - $began))}")
    ((tenths >= 10)) || die "$1: $2: only $tenths tenths of a second"
    succeeds peapod rm -f -t 0 slow
  }
  fails 125 '4294967295 operations' peapod run --rm --device-read-iops "$disk:4294967296" "$TOOLS" true
  takes "--device-read-iops=$disk:32" 'dd if=/file of=/dev/null bs=4k count=64 iflag=direct'
  takes "--device-write-iops=$disk:32" 'dd if=/dev/zero of=/file bs=4k count=64 oflag=direct conv=notrunc'
  takes "--device-write-bps=$disk:128k" 'dd if=/dev/zero of=/file bs=4k count=64 oflag=direct conv=notrunc'
}

# A disk with the scheduler BFQ: the loop device $loop, until the test ends.
needBfq() {
  truncate -s 4G "$BATS_TEST_TMPDIR/disk"
  loop=$(busybox losetup -f) && busybox losetup "$loop" "$BATS_TEST_TMPDIR/disk" || { loop=; skip "no loop device is to be had"; }
  scheduler=/sys/block/${loop#/dev/}/queue/scheduler
  echo bfq >"$scheduler" || skip "no scheduler BFQ here"
  echo 0 >"/sys/block/${loop#/dev/}/queue/iosched/low_latency" # it would favour who has just begun
}

@test "--blkio-weight: refused where no scheduler has weights; who has more reads more" {
  onlyPeapod
  if ! grep -qs '\[bfq\]' /sys/block/*/queue/scheduler && ! grep -qs enable=1 /sys/fs/cgroup/io.cost.qos; then
    fails 125 'the io controller .* weights only with the scheduler bfq' peapod run --name one --blkio-weight 200 "$TOOLS" true
    noContainer one
    succeeds peapod pod create --name pod --blkio-weight 200
    fails 125 'weights only with the scheduler bfq' peapod pod start pod
  fi
  needBfq
  for name in much:1000 little:10; do
    succeeds peapod run -d --name "${name%:*}" --blkio-weight "${name#*:}" --device "$loop:/dev/disk" "$TOOLS" sh -c \
      'for i in 0 1 2 3; do dd if=/dev/disk of=/dev/null bs=64k skip=$((i * 16000)) iflag=direct & done; wait'
  done
  equal "$(peapod inspect --format '{{.Budget.Limits.BlkioWeight}}' much)" 1000 "weight in force"
  has() { echo $(($(peapod stats --no-stream --format '{{.BlockInput}}' "$1") >> 20)); } # MiB
  muchBefore=$(has much) littleBefore=$(has little)
  enough() { (($(has much) - muchBefore + $(has little) - littleBefore > 100)); }
  eventually enough
  much=$(($(has much) - muchBefore)) little=$(($(has little) - littleBefore))
  ((much > 2 * little)) || die "100 to 1 was asked for: $much to $little"
}

@test "--hugetlb: huge pages are had up to the limit" {
  onlyPeapod
  if ! grep -q '^hugetlb.*1$' /proc/cgroups || { hasV1 && [[ ! -e /sys/fs/cgroup/hugetlb ]]; }; then
    fails 125 'no hugetlb controller' peapod run --name one --hugetlb 2MB:4m "$TOOLS" true
    noContainer one
  else
    echo 8 >/proc/sys/vm/nr_hugepages
    succeeds peapod pod create --name pod --hugetlb 2MB:8m
    succeeds peapod run --rm --pod pod "$TOOLS" test-tool huge 8
    equal "$output" had
    exits 135 peapod run --rm --pod pod --hugetlb 2MB:4m "$TOOLS" test-tool huge 8
    succeeds peapod pod update --hugetlb 2MB:2m pod
    exits 135 peapod run --rm --pod pod "$TOOLS" test-tool huge 4
    equal "$(peapod pod inspect --format '{{index .Budget.Limits.Hugetlb "2MB"}}' pod)" $((2 << 20))
    echo 0 >/proc/sys/vm/nr_hugepages
  fi
  fails 125 'no huge pages of that size .*2MB' peapod run --name one --hugetlb 3MB:6m "$TOOLS" true
  fails 125 'hugetlb' peapod run --name one --hugetlb 2MB "$TOOLS" true
}

@test "--cpu-rt-runtime: a process of the real-time class has so much of each period" {
  onlyPeapod
  parent=/sys/fs/cgroup/cpu/peapod-test-realtime
  if ! hasV1; then
    fails 125 'cpu controller of cgroup v2 has no real-time' peapod run --name one --cpu-rt-runtime 1000 "$TOOLS" true
    return
  elif [[ ! -e /sys/fs/cgroup/cpu/cpu.rt_runtime_us ]]; then
    fails 125 'no cpu.rt_runtime_us' peapod run --name one --cpu-rt-runtime 1000 "$TOOLS" true
    return
  fi
  # Its level has nothing to give unless somebody gives it.
  fails 125 'the cgroup above has 0 microseconds to give' peapod run --name one --cpu-rt-runtime 200000 "$TOOLS" true
  noContainer one
  mkdir "$parent"
  echo 300000 >"$parent/cpu.rt_runtime_us"
  succeeds peapod run -d --name one --cgroup-parent /peapod-test-realtime --cpu-rt-period 1000000 --cpu-rt-runtime 200000 \
    --cap-add SYS_NICE --cpuset-cpus 0 "$TOOLS" test-tool spin-in-real-time
  before=$(cpuOf one) began=$EPOCHREALTIME
  sleep 3
  hundredths=$(awk "BEGIN {print int(100 * ($(cpuOf one) - $before) / $(getconf CLK_TCK) / ($EPOCHREALTIME - $began))}")
  ((hundredths <= 35 && hundredths >= 5)) || die "$hundredths % of a core where 20 % is the limit"
  removeAll
  eventually rmdir "$parent"
  find /sys/fs/cgroup -depth -type d -path '*/peapod-test-realtime*' -exec rmdir {} +
}

@test "--device: only what is allowed of rwm; --device-cgroup-rule" {
  device
  succeeds peapod run --rm --device "$device:/dev/log" "$TOOLS" sh -c 'true 3<>/dev/log && echo both'
  equal "$output" both
  succeeds peapod run --rm --device "$device:/dev/log:r" "$TOOLS" sh -c 'true 3</dev/log && echo read; true 3>/dev/log'  || true
  equal "$output" read
  contains "$stderr" "Operation not permitted"
  make="mknod /dev/mine c $numbers && true 3>/dev/mine && echo open"
  exits 1 peapod run --rm --cap-add MKNOD "$TOOLS" sh -c "$make"
  contains "$stderr" "Operation not permitted"
  succeeds peapod run --rm --cap-add MKNOD --device-cgroup-rule "c ${numbers/ /:} rw" "$TOOLS" sh -c "$make"
  equal "$output" open
  exits 125 peapod run --rm --device-cgroup-rule "x 1:11 rw" "$TOOLS" true
  exits 125 peapod run --rm --device-cgroup-rule "c 1:11 q" "$TOOLS" true
}

@test "pod create --device: every container has it" {
  device
  succeeds peapod pod create --name pod --device "$device:/dev/log"
  succeeds peapod run --rm --pod pod "$TOOLS" sh -c 'true 3<>/dev/log && echo both'
  equal "$output" both
}

@test "--oom-kill-disable: who runs out of memory waits, and can be removed" {
  hasV1 || {
    fails 125 'memory controller of cgroup v2 has no oom-kill-disable' peapod run --rm --oom-kill-disable "$TOOLS" true
    return 0
  }
  onlyPeapod
  succeeds peapod run -d --name waits --memory 32m --memory-swap 32m --oom-kill-disable "$TOOLS" test-tool eat 100
  underOom() { grep -qx 'under_oom 1' "/sys/fs/cgroup/memory$(peapod inspect --format '{{.State.CgroupPath}}' waits)/memory.oom_control"; }
  eventually underOom
  hasStatus waits running
  succeeds peapod rm -f -t 0 waits
}

@test "what the layout cannot enforce is an error that names it, and leaves nothing" {
  onlyPeapod
  if hasV1; then
    fails 125 'memory.high is a file of cgroup v2' peapod run --name one --cgroup-conf memory.high=64m "$TOOLS" true
    succeeds peapod run --rm --memory-swappiness 10 "$TOOLS" true
  else
    fails 125 'swappiness' peapod run --name one --memory-swappiness 10 "$TOOLS" true
    fails 125 'real-time' peapod run --name one --cpu-rt-runtime 1000 "$TOOLS" true
    fails 125 'no nonsense controller' peapod run --name one --cgroup-conf nonsense.max=1 "$TOOLS" true
    succeeds peapod run --rm --cgroup-conf memory.high=67108864 "$TOOLS" true
  fi
  fails 125 'cgroup.freeze' peapod run --name one --cgroup-conf cgroup.freeze=1 "$TOOLS" true
  fails 125 'need a cgroup' peapod run --name one --cgroups disabled --memory 64m "$TOOLS" true
}

# bats test_tags=everywhere
@test "bad values of limits are refused before anything is made" {
  onlyPeapod
  options=(--memory=99999999999999999999 --memory=1m --memory=-1 --cpus=-1 --cpus=nan --cpus=1e400 --cpu-quota=10 --cpu-period=10
    --cpu-period=-5 --cpu-shares=1 --cpu-shares=999999999999999999999 --pids-limit=-5 --pids-limit=99999999999 --pids-limit=x
    --cpuset-cpus=4-1 --cpuset-cpus=99999 --cpuset-mems=77 --memory-swap=5m --memory-reservation=-1 --memory-swappiness=101
    --blkio-weight=5 --device-read-bps=/dev/zero:1mb --device-read-bps=1mb --cpu-rt-runtime=-1
    --cpu-quota=-5 --memory=9223372036854775808 --hugetlb=2MB:-5)
  for option in "${options[@]}"; do
    fails 125 "" peapod pod create --name pod "$option"
    noPod pod
    fails 125 "" peapod run --name one "$option" "$TOOLS" true
    noContainer one
  done
}
