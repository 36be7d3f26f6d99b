#!/usr/bin/env bats
load helpers

setup() { onlyPeapod; }

@test "the benchmark measures peapod beside the floor, and leaves nothing" {
  mkdir -p "$TEST_DIR/tmp/bench"
  succeeds "$BATS_TEST_DIRNAME/../../bench/run" --directory "$TEST_DIR/tmp/bench" --engines floor,peapod -n 1 \
    --json "$TEST_DIR/tmp/bench.json" run_none
  contains "$output" run_none "table"
  for engine in floor peapod; do
    equal "$(jq --arg engine "$engine" '.rows[] | select(.engine == $engine) | .median > 0' "$TEST_DIR/tmp/bench.json")" true "$engine"
  done
  equal "$(jq -c .missing "$TEST_DIR/tmp/bench.json")" '{}' "what does not run"
  rmdir "$TEST_DIR/tmp/bench" # which is empty
}
