#!/usr/bin/env bats
load helpers

# serve NAME PORT OPTIONS...: a web server that answers with its name.
serve() {
  succeeds peapod run -d --name "$1" "${@:3}" "$TOOLS" sh -c "echo $1 >/tmp/index.html; httpd -f -p $2 -h /tmp"
}
fetch() { curl -sf --max-time 5 "$1"; }

@test "a published port is reached on localhost, on the host's addresses and from other pods" {
  port=$(freePort)
  ip addr add 192.0.2.10/32 dev lo
  serve web 80 -p "$port:80"
  eventually fetch "http://localhost:$port"
  equal "$(fetch "http://127.0.0.1:$port")" web "127.0.0.1"
  equal "$(fetch "http://192.0.2.10:$port")" web "the host's address"
  gateway=$(peapod exec web ip route | awk '/^default/ {print $3}')
  succeeds peapod run --rm "$TOOLS" wget -q -O - "http://$gateway:$port/"
  equal "$output" web "from another container"
  ip addr del 192.0.2.10/32 dev lo
}

@test "a published port is reached on the host's IPv6 addresses" {
  # Not on ::1: the kernel translates no addresses of its IPv6 loopback. "localhost" then goes to 127.0.0.1.
  port=$(freePort)
  ip addr add 2001:db8::10/128 dev lo nodad
  succeeds peapod run -d --name web -p "$port:80" "$TOOLS" sh -c 'echo web >/tmp/index.html; httpd -f -p "[::]:80" -h /tmp'
  eventually fetch "http://[2001:db8::10]:$port"
  ip addr del 2001:db8::10/128 dev lo
}

@test "the container reaches its own published port on the host's address" {
  port=$(freePort)
  serve web 80 -p "$port:80"
  eventually fetch "http://localhost:$port"
  gateway=$(peapod exec web ip route | awk '/^default/ {print $3}')
  succeeds peapod exec web wget -q -O - "http://$gateway:$port/"
  equal "$output" web
}

@test "UDP" {
  port=$(freePort)
  succeeds peapod run -d --name echo -p "$port:7/udp" "$TOOLS" test-tool udp-echo 7
  eventually logHas echo ready
  answers() { [[ $(echo -n hello | socat -T 2 - "UDP4:127.0.0.1:$port") == "[hello]" ]]; }
  eventually answers
}

@test "TCP and UDP on one port number" {
  port=$(freePort)
  succeeds peapod pod create --name pod -p "$port:80" -p "$port:7/udp"
  serve web 80 --pod pod
  succeeds peapod run -d --pod pod --name echo "$TOOLS" test-tool udp-echo 7
  eventually fetch "http://localhost:$port"
  answers() { [[ $(echo -n hello | socat -T 2 - "UDP4:127.0.0.1:$port") == "[hello]" ]]; }
  eventually answers
}

@test "a range of ports" {
  first=$(freePort)
  succeeds peapod run -d --name web -p "$first-$((first + 2)):81-83" "$TOOLS" sh -c \
    'for p in 81 82 83; do mkdir /tmp/$p; echo $p >/tmp/$p/index.html; httpd -p $p -h /tmp/$p; done; sleep 1000'
  for i in 0 1 2; do
    eventually fetch "http://localhost:$((first + i))"
    equal "$(fetch "http://localhost:$((first + i))")" $((81 + i)) "port $((first + i))"
  done
  equal "$(peapod port web | wc -l)" 3 "lines of port"
}

@test "a host address takes the port on that address only" {
  port=$(freePort)
  ip addr add 192.0.2.10/32 dev lo
  ip addr add 192.0.2.11/32 dev lo
  serve web 80 -p "192.0.2.10:$port:80"
  eventually fetch "http://192.0.2.10:$port"
  exits 7 fetch "http://192.0.2.11:$port"
  exits 7 fetch "http://127.0.0.1:$port"
  serve other 80 -p "192.0.2.11:$port:80"
  eventually fetch "http://192.0.2.11:$port"
  equal "$(fetch "http://192.0.2.11:$port")" other
  equal "$(fetch "http://192.0.2.10:$port")" web
  ip addr del 192.0.2.10/32 dev lo
  ip addr del 192.0.2.11/32 dev lo
}

@test "a port on 127.0.0.1 only" {
  port=$(freePort)
  ip addr add 192.0.2.10/32 dev lo
  serve web 80 -p "127.0.0.1:$port:80"
  eventually fetch "http://127.0.0.1:$port"
  exits 7 fetch "http://192.0.2.10:$port"
  ip addr del 192.0.2.10/32 dev lo
}

@test "without a host port one is chosen" {
  serve web 80 -p 80
  succeeds peapod port web 80
  matches "$output" '^0\.0\.0\.0:[0-9]+$' "port"
  port=${output##*:}
  eventually fetch "http://localhost:$port"
}

@test "-P publishes what the image exposes" {
  succeeds peapod run -d --name web -P nginx
  succeeds peapod port web
  matches "$output" '^80/tcp -> 0\.0\.0\.0:[0-9]+$' "port"
  eventually fetch "http://localhost:${output##*:}"
}

@test "port lists what is published" {
  port=$(freePort)
  serve web 80 -p "$port:80" -p "127.0.0.1:$((port + 1)):81/udp"
  succeeds peapod port web
  contains "$output" "80/tcp -> 0.0.0.0:$port" "port"
  contains "$output" "81/udp -> 127.0.0.1:$((port + 1))" "port"
  succeeds peapod port web 81/udp
  equal "$output" "127.0.0.1:$((port + 1))"
  exits 125 peapod port web 82
  succeeds peapod ps --format '{{.Ports}}'
  contains "$output" "0.0.0.0:$port->80/tcp" "ps"
}

@test "a port that a container of a running pod brings along is published at once" {
  onlyPeapod
  succeeds peapod pod create --name pod
  serve first 80 --pod pod
  port=$(freePort)
  serve second 81 --pod pod -p "$port:81"
  eventually fetch "http://localhost:$port"
  equal "$(fetch "http://localhost:$port")" second
  succeeds peapod port first
  contains "$output" "81/tcp -> 0.0.0.0:$port" "port of the neighbour, as of the pod"
}

@test "ports stay published over stop and start" {
  port=$(freePort)
  serve web 80 -p "$port:80"
  eventually fetch "http://localhost:$port"
  succeeds peapod stop -t 0 web
  exits 7 fetch "http://localhost:$port"
  succeeds peapod start web
  eventually fetch "http://localhost:$port"
}

@test "a port in use on the host is refused and nothing is left" {
  port=$(freePort)
  socat "TCP-LISTEN:$port,fork" /dev/null 3>&- &
  holder=$!
  listening() { ss -Hltn "sport = :$port" | grep -q .; }
  eventually listening
  before=$(nft -s list ruleset 2>/dev/null)
  run --separate-stderr peapod run -d --name web -p "$port:80" "$TOOLS" sleep 1000
  kill $holder
  ((status == 125 || status == 126)) || die "exit code $status"
  contains "$stderr" "$port" "message"
  contains "$stderr" "in use" "message"
  if [[ $ENGINE == peapod ]]; then
    equal "${#stderr_lines[@]}" 1 "lines of message: $stderr"
    equal "$(nft -s list ruleset)" "$before" "nftables rules"
  fi
}

@test "a port that another pod publishes is refused, and free again after it" {
  port=$(freePort)
  serve web 80 -p "$port:80"
  [[ $ENGINE == podman ]] || fails 125 "$port.*in use" peapod run -d --name other -p "$port:80" "$TOOLS" sleep 1000
  eventually fetch "http://localhost:$port"
  succeeds peapod rm -f -t 0 web
  serve again 80 -p "$port:80"
  eventually fetch "http://localhost:$port"
}

@test "of several ports all are published or none" {
  onlyPeapod
  port=$(freePort)
  serve web 80 -p "$port:80"
  before=$(nft -s list ruleset)
  fails 125 "$port" peapod run -d --name other -p "$((port + 1)):80" -p "$port:81" "$TOOLS" sleep 1000
  equal "$(nft -s list ruleset)" "$before" "nftables rules"
  exits 7 fetch "http://localhost:$((port + 1))"
}

@test "ports out of range and other nonsense" {
  for port in 65536:80 80:65536 0:0 -1:80 8080:x 80-70:80-70 8000-8002:80-81 8080:80/icmp 300.0.0.1:80:80; do
    exits 125 peapod run --name web -p "$port" busybox true
    [[ $ENGINE == podman ]] || equal "${#stderr_lines[@]}" 1 "lines of message for $port: $stderr"
    contains "$stderr" "Error: " "$port"
    noContainer web
  done
}

@test "the cost of ports does not grow with their number: one rule, one map element each" {
  onlyPeapod
  serve web 80 -p 30000:80
  rules=$(nft -a list table inet peapod | grep -c ' handle ')
  serve many 80 -p 30001-30200:1001-1200
  equal "$(nft -a list table inet peapod | grep -c ' handle ')" "$rules" "rules with 200 more ports"
}

@test "what somebody flushed stands again: network reload, and with the next start" {
  onlyPeapod
  nft list ruleset >"$TEST_DIR/tmp/ruleset" # the other instances of this suite have elements too
  port=$(freePort)
  succeeds peapod pod create --name web -p "$port:80"
  succeeds peapod run -d --pod web --name one "$TOOLS" sh -c 'echo page >/tmp/index.html; exec httpd -f -p 80 -h /tmp'
  page() { curl -s --max-time 5 "http://127.0.0.1:$port/"; }
  eventually page
  for way in reload start publish; do
    nft flush ruleset
    run page
    different "$status" 0 "curl after the flush"
    case $way in
      reload)
        succeeds peapod network reload one
        equal "$(page)" page "after network reload"
        ;;
      start)
        sleeper other
        eventually page
        ;;
      publish)
        more=$(freePort)
        succeeds peapod run --rm --pod web -p "$more:80" "$TOOLS" true
        equal "$(page)" page "after publishing another port"
        equal "$(curl -s --max-time 5 "http://127.0.0.1:$more/")" page "the other port"
        ;;
    esac
  done
  exits 125 peapod network reload no-such
  succeeds peapod stop -t 0 other
  exits 125 peapod network reload other
  removeAll
  nft flush ruleset
  nft -f "$TEST_DIR/tmp/ruleset"
  rm "$TEST_DIR/tmp/ruleset"
}
