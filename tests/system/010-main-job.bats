#!/usr/bin/env bats
# The lines of the README, as they stand.
load helpers

@test "nginx and a busybox client share network and processes of a pod" {
  # Podman 4.3 refuses to publish a port from a container that joins, and of several --share it takes the last.
  if [[ $ENGINE == podman ]]; then
    podOptions=(--share net,pid -p 8080:80) containerPort=()
  else
    podOptions=(--share net --share pid) containerPort=(-p 8080:80)
  fi

  succeeds peapod pod create --name my-shared-pod "${podOptions[@]}"
  matches "$output" '^[0-9a-f]{64}$' "id of the pod"
  succeeds peapod run -d --pod my-shared-pod --name nginx-server "${containerPort[@]}" docker.io/library/nginx
  matches "$output" '^[0-9a-f]{64}$' "id of nginx-server"
  succeeds peapod run -d --pod my-shared-pod --name busybox-client docker.io/library/busybox sh -c "while true; do wget -O - http://localhost:80/ || echo 'failed'; sleep 5; done"

  if [[ $ENGINE == podman ]]; then
    succeeds peapod pod ps --filter name=my-shared-pod
  else
    succeeds peapod pod ps my-shared-pod
  fi
  matches "${lines[0]}" '^POD ID +NAME +STATUS +CREATED +INFRA ID +# OF CONTAINERS$' "header"
  matches "${lines[1]}" '^[0-9a-f]{12} +my-shared-pod +Running +.* ago +[0-9a-f]{12} +3$' "row"

  eventually curl -sf http://localhost:8080
  succeeds curl -s http://localhost:8080
  page=$output
  contains "$page" "nginx" "page"

  succeeds peapod exec busybox-client wget -q -O - http://localhost:80
  equal "$output" "$page" "page over the pod's localhost"

  succeeds peapod exec busybox-client ps aux
  contains "$output" "nginx: master process" "process tree"
  contains "$output" "nginx: worker process" "process tree"
  contains "$output" "while true; do wget" "process tree"
  matches "$output" $'\n +1 [^\n]*(pause|catatonit)' "process 1 of the tree"

  eventually logHas busybox-client "nginx"

  succeeds peapod pod inspect my-shared-pod
  output=$(jq 'if type == "array" then .[0] else . end' <<<"$output") # Podman 5 has an array, 4 has not
  equal "$(jq -r .Name <<<"$output")" my-shared-pod "name"
  equal "$(jq -r '.SharedNamespaces | sort | join(" ")' <<<"$output")" "net pid" "shared namespaces"
  equal "$(jq -r '[.Containers[].Name | select(endswith("-infra") | not)] | sort | join(" ")' <<<"$output")" \
    "busybox-client nginx-server" "containers"
  equal "$(jq -r '.InfraConfig.PortBindings["80/tcp"][0].HostPort' <<<"$output")" 8080 "published port"

  succeeds peapod pod stop my-shared-pod
  succeeds peapod pod rm my-shared-pod
  noPod my-shared-pod
  noContainer nginx-server
  noContainer busybox-client
}

# bats test_tags=everywhere
@test "short names find the same images" {
  succeeds peapod pod create --name my-shared-pod --share net,pid
  succeeds peapod run -d --pod my-shared-pod --name nginx-server nginx
  succeeds peapod run --rm --pod my-shared-pod busybox sh -c 'for i in $(seq 100); do wget -q -O - http://localhost && break; sleep 0.1; done'
  contains "$output" "nginx" "page"
  equal "$(peapod inspect --format '{{.ImageName}}' nginx-server)" docker.io/library/nginx:latest "image name"
}

# bats test_tags=everywhere
@test "a local name goes before docker.io's" {
  succeeds peapod run --rm tools cat /etc/not-executable
  equal "$output" "not a program"
}

@test "a debug container comes into a running pod with a budget, with a terminal" {
  succeeds peapod pod create --cpus=1.5 --memory=6g mypod
  sleeper member --pod mypod
  exits 7 "$BATS_TEST_DIRNAME/terminal" expect='# ' send='tty; hostname\r' expect='/dev/pts/0.*mypod' size=30x100 \
    send='until [ "$(stty size)" = "30 100" ]; do sleep 0.1; done; exit 7\r' -- peapod run --pod mypod --rm -it busybox sh
  equal "$(peapod ps -a --format '{{.Names}}' | grep -v infra)" member "containers left"
  equal "$(peapod pod inspect --format '{{.CPUQuota}} {{.MemoryLimit}}' mypod)" "150000 $((6 << 30))" "cpu quota, memory limit"
}

@test "--cpus=4 of a pod as the documentation has it, with fewer cores too" {
  succeeds peapod pod create --cpus=4 --memory=6g mypod
  succeeds peapod run --pod mypod --rm busybox echo inside
  equal "$output" inside
}
