#!/usr/bin/env bats
load helpers

@test "a pod has an address of its own, its containers reach each other on localhost" {
  succeeds peapod pod create --name pod
  succeeds peapod run -d --pod pod --name server "$TOOLS" sh -c 'echo page >/tmp/index.html; httpd -f -p 80 -h /tmp'
  sleeper client --pod pod
  eventually peapod exec client wget -q -O - http://localhost/
  equal "$(addressOf server)" "$(addressOf client)" "address"
  equal "$(peapod exec client wget -q -O - "http://$(addressOf server)/")" page "by the pod's address"
}

@test "pods reach each other by address, and the host" {
  for name in one two; do
    succeeds peapod pod create --name pod-$name
    succeeds peapod run -d --pod pod-$name --name $name "$TOOLS" sh -c "echo $name >/tmp/index.html; httpd -f -p 80 -h /tmp"
  done
  different "$(addressOf one)" "$(addressOf two)" "address"
  eventually peapod exec one wget -q -O - "http://$(addressOf two)/"
  equal "$(peapod exec two wget -q -O - "http://$(addressOf one)/")" one "page of one"
  equal "$(curl -s "http://$(addressOf two)/")" two "page of two, from the host"
}

@test "there is a default route, by the bridge's address" {
  sleeper one --cap-add NET_RAW
  gateway=$(peapod exec one ip route | awk '/^default/ {print $3}')
  matches "$gateway" '^[0-9.]+$' "gateway"
  succeeds ip -4 -o addr show to "$gateway"
  contains "$output" "$gateway/" "the host's address on the bridge"
  succeeds peapod exec one ping -c 1 -W 5 "$gateway"
}

@test "IPv6: address, default route, neighbours" {
  sleeper one --cap-add NET_RAW
  sleeper two
  address=$(peapod exec two ip -6 -o addr show eth0 scope global | awk '{sub("/.*", "", $4); print $4}')
  matches "$address" ':' "IPv6 address"
  contains "$(peapod exec one ip -6 route)" "default via" "IPv6 routes"
  succeeds peapod exec one ping -6 -c 1 -W 5 "$address"
}

@test "a pod takes no addresses and routes from who says to be a router" {
  onlyPeapod
  sleeper one
  equal "$(peapod exec one cat /proc/sys/net/ipv6/conf/eth0/accept_ra)" 0
}

@test "an address that was given back is given out again, one that is in use is not" {
  sleeper one
  sleeper two
  first=$(addressOf one)
  different "$first" "$(addressOf two)" "address"
  succeeds peapod rm -f -t 0 one
  for i in 1 2 3; do
    sleeper "next$i"
    different "$(addressOf "next$i")" "$(addressOf two)" "address of next$i"
  done
}

@test "what a container sends outward has the host's address" {
  # The outside: a network namespace that knows no way to the containers.
  unshare --net sleep 60 3>&- &
  outside=$!
  outsideIsThere() { [[ $(readlink /proc/$outside/ns/net) != "$(readlink /proc/self/ns/net)" ]]; }
  eventually outsideIsThere
  inOutside() { nsenter -t $outside -n "$@"; }
  ip link add out0 type veth peer name eth0 netns $outside
  ip addr add 192.0.2.1/24 dev out0 && ip link set out0 up
  inOutside ip addr add 192.0.2.2/24 dev eth0 && inOutside ip link set eth0 up
  inOutside socat -T 5 TCP-LISTEN:9000,reuseaddr SYSTEM:'echo from $SOCAT_PEERADDR' 3>&- &
  server=$!
  listening() { inOutside ss -Hltn 'sport = :9000' | grep -q .; }
  eventually listening
  run peapod run --rm "$TOOLS" sh -c 'nc 192.0.2.2 9000 </dev/null'
  kill $server $outside 2>/dev/null || true
  ip link del out0 2>/dev/null || true
  equal "$output" "from 192.0.2.1"
}

@test "--network none has loopback alone" {
  succeeds peapod run --rm --network none "$TOOLS" ls /sys/class/net
  equal "$output" lo
  succeeds peapod run --rm --network none --cap-add NET_RAW "$TOOLS" ping -c 1 -W 5 127.0.0.1
  succeeds peapod pod create --name pod --network none
  succeeds peapod run --rm --pod pod "$TOOLS" ls /sys/class/net
  equal "$output" lo
}

@test "--network host is the host's" {
  succeeds peapod run --rm --network host "$TOOLS" readlink /proc/self/ns/net
  equal "$output" "$(readlink /proc/self/ns/net)"
  succeeds peapod pod create --name pod --network host
  succeeds peapod run --rm --pod pod "$TOOLS" readlink /proc/self/ns/net
  equal "$output" "$(readlink /proc/self/ns/net)"
}

@test "/etc/hosts has localhost and the pod's and its containers' names" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod --cap-add NET_RAW
  succeeds peapod exec one cat /etc/hosts
  matches "$output" $'127\.0\.0\.1[ \t]+localhost' "/etc/hosts"
  matches "$output" $'[ \t]pod( |\t|\n|$)' "/etc/hosts"
  matches "$output" $'[ \t]one( |\t|\n|$)' "/etc/hosts"
  succeeds peapod exec one ping -c 1 -W 5 one
}

@test "a later container of the pod is in /etc/hosts of the earlier" {
  succeeds peapod pod create --name pod
  sleeper one --pod pod --cap-add NET_RAW
  sleeper two --pod pod
  succeeds peapod exec one ping -c 1 -W 5 two
}

@test "--add-host, --dns, --dns-search, --no-hosts" {
  succeeds peapod run --rm --add-host db.example:192.0.2.7 "$TOOLS" cat /etc/hosts
  matches "$output" $'192\.0\.2\.7[ \t]+db\.example' "/etc/hosts"
  succeeds peapod run --rm --dns 192.0.2.53 --dns-search example.org --dns-option ndots:3 "$TOOLS" cat /etc/resolv.conf
  contains "$output" "nameserver 192.0.2.53" "/etc/resolv.conf"
  contains "$output" "search example.org" "/etc/resolv.conf"
  contains "$output" "options ndots:3" "/etc/resolv.conf"
  succeeds peapod pod create --name pod --add-host db.example:192.0.2.8
  succeeds peapod run --rm --pod pod "$TOOLS" cat /etc/hosts
  matches "$output" $'192\.0\.2\.8[ \t]+db\.example' "/etc/hosts of the pod"
}

@test "--ip and --mac-address" {
  sleeper one
  address=$(addressOf one)
  wanted=${address%.*}.231
  succeeds peapod run --rm --ip "$wanted" --mac-address 02:11:22:33:44:55 "$TOOLS" ip addr show eth0
  contains "$output" "inet $wanted/" "address"
  contains "$output" "02:11:22:33:44:55" "link"
}

@test "an address in use is refused" {
  onlyPeapod
  sleeper one
  fails 125 "$(addressOf one)" peapod run --name second --ip "$(addressOf one)" busybox true
  noContainer second
}

@test "inspect tells the address" {
  sleeper one
  equal "$(peapod inspect --format '{{.NetworkSettings.IPAddress}}' one)" "$(addressOf one)"
}
