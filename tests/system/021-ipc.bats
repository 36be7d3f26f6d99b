#!/usr/bin/env bats
# One container's IPC objects are another's where ipc is shared.
load helpers

setupPair() {
  succeeds peapod pod create --name pod --share "$1"
  sleeper one --pod pod
  sleeper two --pod pod
}
in1() { peapod exec one test-tool "$@"; }
in2() { peapod exec two test-tool "$@"; }

@test "a semaphore of one container is raised and lowered in another" {
  setupPair net,ipc
  succeeds in1 sem-create 4711 3
  succeeds in2 sem-add 4711 -2
  succeeds in1 sem-get 4711
  equal "$output" 1 "value"
}

@test "a message sent in one container is received in another" {
  setupPair net,ipc
  succeeds in1 msg-send 4711 "from one"
  succeeds in2 msg-receive 4711
  equal "$output" "from one"
}

@test "a shared memory segment of one container is read in another" {
  setupPair net,ipc
  succeeds in1 shm-write 4711 "written in one"
  succeeds in2 shm-read 4711
  equal "$output" "written in one"
}

@test "a POSIX message queue of one container is another's" {
  setupPair net,ipc
  succeeds in1 mq-send /queue "from one"
  succeeds in2 mq-receive /queue
  equal "$output" "from one"
  succeeds peapod exec two ls /dev/mqueue
  equal "$output" queue "/dev/mqueue"
}

@test "/dev/shm is one tmpfs" {
  setupPair net,ipc
  succeeds peapod exec one sh -c 'echo text >/dev/shm/file'
  succeeds peapod exec two cat /dev/shm/file
  equal "$output" text
  equal "$(peapod exec one stat -c %d /dev/shm)" "$(peapod exec two stat -c %d /dev/shm)" "device of /dev/shm"
  succeeds peapod exec two stat -f -c '%b %S' /dev/shm
  matches "$output" '^(16384|16000) 4096$' "size of /dev/shm: 64m, of whichever kind"
}

@test "what a container put into /dev/shm outlives it in the pod" {
  setupPair net,ipc
  succeeds peapod exec one sh -c 'echo text >/dev/shm/file'
  succeeds peapod rm -f -t 0 one
  succeeds peapod run --rm --pod pod "$TOOLS" cat /dev/shm/file
  equal "$output" text
}

@test "nothing of it is seen where ipc is not shared" {
  setupPair net,uts
  succeeds in1 sem-create 4711 3
  succeeds in1 msg-send 4711 "from one"
  succeeds in1 shm-write 4711 "written in one"
  succeeds in1 mq-send /queue "from one"
  succeeds peapod exec one sh -c 'echo text >/dev/shm/file'
  exits 1 in2 sem-get 4711
  exits 1 in2 msg-receive 4711
  exits 1 in2 shm-read 4711
  exits 1 in2 mq-receive /queue
  exits 1 peapod exec two cat /dev/shm/file
}

@test "nothing of it is left on the host" {
  before=$(ipcs -a; ls /dev/shm 2>/dev/null)
  setupPair net,ipc
  succeeds in1 sem-create 4711 3
  succeeds in1 shm-write 4711 "written in one"
  equal "$(ipcs -a; ls /dev/shm 2>/dev/null)" "$before" "the host's IPC objects"
}

@test "--shm-size of a container" {
  succeeds peapod run --rm --shm-size 1m "$TOOLS" stat -f -c '%b %S' /dev/shm
  equal "$output" "256 4096"
}

@test "--shm-size of a pod bounds what its containers have in /dev/shm, and is not a container's to change" {
  succeeds peapod pod create --name pod --shm-size 1m
  exits 1 peapod run --rm --pod pod "$TOOLS" dd if=/dev/zero of=/dev/shm/file bs=1M count=3
  contains "$stderr" "No space left on device"
  onlyPeapod
  fails 125 '/dev/shm is that of pod pod, which has 1048576 bytes' peapod run --name one --pod pod --shm-size 2m "$TOOLS" true
  noContainer one
  fails 125 'no /dev/shm of its own' peapod run --name one --ipc host --shm-size 2m "$TOOLS" true
}

@test "--ipc none has no /dev/shm" {
  succeeds peapod run --rm --ipc none "$TOOLS" sh -c 'grep -c " /dev/shm " /proc/mounts || true'
  equal "$output" 0
}
