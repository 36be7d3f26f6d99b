#!/usr/bin/env bats
load helpers

setup() {
  onlyPeapod
  build=$(cd "$(dirname "$PEAPOD")/.." && pwd)
  [[ -f $build/CPackConfig.cmake ]] || skip "not a build tree"
}

teardown() { rm -rf "$TEST_DIR/other" "$TEST_DIR/tmp/package" "$TEST_DIR/tmp/staged"; }

@test "the .deb has the programs and runs from where it is unpacked" {
  mkdir -p "$TEST_DIR/tmp/package"
  succeeds cpack --config "$build/CPackConfig.cmake" -B "$TEST_DIR/tmp/package"
  deb=$(echo "$TEST_DIR"/tmp/package/*.deb)
  matches "${deb##*/}" '^peapod_[0-9.]+_[a-z0-9]+\.deb$' "name"
  contents=$(dpkg-deb -c "$deb" | awk '{print $6}')
  for file in bin/peapod libexec/peapod/peapod-keeper libexec/peapod/peapod-scope libexec/peapod/peapod-unpack libexec/peapod/pause share/peapod/seccomp.json; do
    contains "$contents"$'\n' "./usr/$file"$'\n' "contents"
  done
  for package in libarchive13 nftables; do
    contains "$(dpkg-deb -f "$deb" Depends)" "$package" "Depends"
  done
  contains "$(dpkg-deb -f "$deb" Recommends)" catatonit "Recommends"
  succeeds dpkg-deb -x "$deb" "$TEST_DIR/tmp/package/tree"
  succeeds "$TEST_DIR/tmp/package/tree/usr/bin/peapod" version
  # Its helpers are found beside it: the keeper, pause and what unpacks.
  unpacked() { timeout 60 "$TEST_DIR/tmp/package/tree/usr/bin/peapod" --root "$TEST_DIR/other/root" --runroot "$TEST_DIR/other/run" "$@" 3>&- 4>&-; }
  succeeds unpacked load -q -i "$TEST_DIR/archives/busybox.tar"
  succeeds unpacked pod create --name pod
  succeeds unpacked run --rm --pod pod busybox echo hello
  equal "$output" hello
  succeeds unpacked pod rm -f -t 0 pod
}

@test "installation goes below DESTDIR" {
  DESTDIR=$TEST_DIR/tmp/staged succeeds cmake --install "$build" --prefix /usr
  succeeds "$TEST_DIR/tmp/staged/usr/bin/peapod" version
}
