#!/usr/bin/env bats
load helpers

@test "containers of a pod have the pod's name as hostname" {
  succeeds peapod pod create --name my-pod
  sleeper one --pod my-pod
  sleeper two --pod my-pod
  equal "$(peapod exec one hostname)" my-pod "hostname of one"
  equal "$(peapod exec two hostname)" my-pod "hostname of two"
  equal "$(peapod exec one cat /etc/hostname)" my-pod "/etc/hostname"
}

@test "--hostname of a pod" {
  succeeds peapod pod create --name pod --hostname web.example.org
  succeeds peapod run --rm --pod pod busybox hostname
  equal "$output" web.example.org
}

@test "a hostname set in one container is the other's where uts is shared" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod --cap-add SYS_ADMIN
  sleeper two --pod pod
  succeeds peapod exec one hostname renamed
  equal "$(peapod exec two hostname)" renamed
}

@test "a container outside a pod has its id, or --hostname" {
  id=$(peapod run -d --name one "$TOOLS" sleep 1000)
  equal "$(peapod exec one hostname)" "${id:0:12}"
  succeeds peapod run --rm --hostname other busybox hostname
  equal "$output" other
}

@test "--uts host is the host's name" {
  succeeds peapod run --rm --uts host busybox hostname
  equal "$output" "$(hostname)"
}
