#!/usr/bin/env bats
# What --share shares is one namespace, by the kernel's own word, and what it does not is not.
load helpers

kinds=(net ipc uts pid cgroup)

# The five links of two containers of a pod and of the host, compared with what the list says.
checkCombination() {
  local list=$1 pod=share kind first second
  # Podman wants the containers' cgroups outside the pod's where the cgroup namespace is shared.
  local options=()
  [[ $list != *cgroup* || $ENGINE != podman ]] || options=(--share-parent=false)
  succeeds peapod pod create --name "$pod" --share "$list" "${options[@]}"
  sleeper one --pod "$pod"
  sleeper two --pod "$pod"
  local links
  links=$(for container in one two; do
    peapod exec "$container" sh -c 'cd /proc/self/ns && for kind in net ipc uts pid cgroup mnt; do echo '"$container"' $kind $(readlink $kind); done'
  done)
  linkOf() { awk -v c="$1" -v k="$2" '$1 == c && $2 == k {print $3}' <<<"$links"; }
  for kind in "${kinds[@]}"; do
    first=$(linkOf one "$kind")
    second=$(linkOf two "$kind")
    matches "$first" "^$kind:\[[0-9]+\]$" "$kind link with --share $list"
    if [[ ,$list, == *,$kind,* ]]; then
      equal "$second" "$first" "$kind namespaces with --share $list"
    elif [[ $kind == cgroup && $ENGINE == podman && $(peapod info --format '{{.Host.CgroupsVersion}}') == v1 ]]; then
      equal "$first" "$(readlink /proc/self/ns/cgroup)" "cgroup namespace, the host's by default in Podman on cgroup v1"
      continue
    else
      different "$second" "$first" "$kind namespaces with --share $list"
    fi
    different "$first" "$(readlink "/proc/self/ns/$kind")" "$kind namespaces of container and host with --share $list"
  done
  different "$(linkOf one mnt)" "$(linkOf two mnt)" "mnt namespaces"
  removeAll
}

# All subsets of the five, a quarter per test so that a failure says where.
checkSubsets() {
  local number bit list
  for ((number = $1; number <= $2; number++)); do
    list=
    for bit in 0 1 2 3 4; do
      ((number >> bit & 1)) && list+=,${kinds[bit]}
    done
    list=${list#,}
    checkCombination "${list:-none}"
  done
}

@test "every combination of net, ipc and uts" { checkSubsets 0 7; }
@test "every combination of net, ipc and uts with pid" { checkSubsets 8 15; }
@test "every combination of net, ipc and uts with cgroup" { checkSubsets 16 23; }
@test "every combination of net, ipc and uts with pid and cgroup" { checkSubsets 24 31; }

@test "without --share it is net, ipc and uts" {
  succeeds peapod pod create --name pod
  succeeds peapod pod inspect --format '{{join .SharedNamespaces " "}}' pod
  equal "$(tr ' ' '\n' <<<"$output" | sort | paste -sd ' ')" "ipc net uts"
}

@test "+pid adds to the default" {
  succeeds peapod pod create --name pod --share +pid
  succeeds peapod pod inspect --format '{{join .SharedNamespaces " "}}' pod
  equal "$(tr ' ' '\n' <<<"$output" | sort | paste -sd ' ')" "ipc net pid uts"
}

@test "--share given several times adds up" {
  succeeds peapod pod create --name pod --share net --share pid,uts
  succeeds peapod pod inspect --format '{{join .SharedNamespaces " "}}' pod
  equal "$(tr ' ' '\n' <<<"$output" | sort | paste -sd ' ')" "net pid uts"
}

@test "--share none shares nothing and the budget still holds all" {
  succeeds peapod pod create --name pod --share none --memory 64m
  sleeper one --pod pod
  sleeper two --pod pod
  for kind in net ipc uts pid; do
    different "$(namespaceOf one $kind)" "$(namespaceOf two $kind)" "$kind"
  done
  parent=$(dirname "$(awk -F: '$2 == "memory" || $1 == 0 && $2 == "" {print $3; exit}' "/proc/$(pidOf one)/cgroup")")
  contains "$(cat "/proc/$(pidOf two)/cgroup")" "$parent/" "cgroup of the second"
}

@test "a container may keep a namespace of its own, or the host's, in a pod that shares it" {
  succeeds peapod pod create --name pod --share net,ipc,uts,pid
  sleeper one --pod pod
  sleeper own --pod pod --ipc private --pid private --uts private
  for kind in ipc pid uts; do
    different "$(namespaceOf one $kind)" "$(namespaceOf own $kind)" "$kind"
  done
  equal "$(namespaceOf one net)" "$(namespaceOf own net)" net
  sleeper host --pod pod --pid host --ipc host
  for kind in ipc pid; do
    equal "$(namespaceOf host $kind)" "$(readlink /proc/self/ns/$kind)" "$kind"
  done
}

@test "a restarted container is in the pod's namespaces again" {
  succeeds peapod pod create --name pod --share net,ipc,uts,pid
  sleeper one --pod pod
  sleeper two --pod pod
  succeeds peapod restart -t 0 one
  eventually hasStatus one running
  for kind in net ipc uts pid; do
    equal "$(namespaceOf one $kind)" "$(namespaceOf two $kind)" "$kind"
  done
}
