# What must be as it was before: taken after a warm-up and compared after every file of tests.

takeSnapshot() {
  [[ $ENGINE != podman ]] || return 0
  local to=$1
  mkdir -p "$to"
  awk '{print $3, $4, $5, $9}' /proc/self/mountinfo | sort >"$to/mounts"
  ip -o link 2>/dev/null | awk '{print $2}' | sort >"$to/links"
  nft -s list ruleset 2>/dev/null >"$to/nftables"
  listCgroups | sort >"$to/cgroups"
  listProcesses >"$to/processes"
  # Namespaces die with the last process, mount or descriptor that holds them; processes and mounts are above.
  ls -d /run/netns/* 2>/dev/null | sort >"$to/namespaces"
  find "$TEST_DIR/root" "$TEST_DIR/run" -not -path "$TEST_DIR/root/images*" \
    -not -path "$TEST_DIR/run/cgroups*" -not -name 'state.db*' -not -name '*.bpf' | sort >"$to/files"
  find "$TEST_DIR/root/images" | sort >"$to/images"
  listRows >"$to/registry"
}

# Those that nobody is in, below any parent that peapod makes. What is occupied is of our processes, which are listed too,
# or of another peapod of the machine, whose processes read as 0 here.
listCgroups() {
  local directory
  find /sys/fs/cgroup -mindepth 2 -type d \( -path '*/peapod/*' -o -path '*/peapod-*.scope*' -o -path '*/kubepods*' \) \
    -not -path '*peapod-test*' -not -path '*/peapod/keeper' -links -3 2>/dev/null |
    while read -r directory; do
      [[ -n $(cat "$directory/cgroup.procs" 2>/dev/null) ]] || echo "$directory"
    done
}

# All but the suite itself and the dead.
listProcesses() {
  local status
  for status in /proc/[0-9]*/status; do
    awk '/^Name:/ {name = $2} /^State:/ {state = $2} /^Pid:/ {pid = $2}
         END {if (state != "Z" && state != "" && name !~ /^(suite|awk|sort|tee|bats|bash)$/) print pid, name}' "$status" 2>/dev/null
  done
}

# Number of rows of each table: pods, containers, leases and so on.
listRows() {
  /usr/bin/python3 - "$TEST_DIR/root/state.db" <<'PYTHON'
import sqlite3, sys
db = sqlite3.connect(f"file:{sys.argv[1]}?mode=ro", uri=True)
for (table,) in db.execute("select name from sqlite_master where type = 'table' order by name").fetchall():
    if table != "last_leases":  # remembers where to go on, a row for each family
        print(table, db.execute(f"select count(*) from {table}").fetchone()[0])
PYTHON
}

# reportLeaks BASELINE NAME: prints what is there now and was not, or the other way round. What a killed process leaves to
# the kernel takes a moment to go.
reportLeaks() {
  [[ $ENGINE != podman ]] || return 0 # it leaves cgroups behind
  local now=$TEST_DIR/now attempt
  for attempt in 1 2 3 4 5 6 7 8 9 10; do
    takeSnapshot "$now"
    diff -r "$1" "$now" >/dev/null && return
    sleep 0.3
  done
  local kind
  for kind in "$1"/*; do
    diff -U0 "$kind" "$now/${kind##*/}" | grep -v '^@@\|^---\|^+++' | sed "s/^/# leak: ${kind##*/}: /"
  done
  echo "not ok leaks after $2"
  rm -rf "$1"
  takeSnapshot "$1"  # so that the next file answers for its own only
  return 1
}
