"""Where peapod is meant to get, as ratios in one run: of an operation's median to another's, at most (or at least)."""

# operation, of whom, factor; more is better where the unit is MB/s
TARGETS = [
    ("cycle_bridge", "podman", 1 / 60),
    ("cycle_bridge", "floor", 2.5),
    ("cycle_none", "podman", 1 / 60),
    ("run_none", "podman", 1 / 40),
    ("run_none", "crun", 0.4),
    ("run_none", "runc", 0.2),
    ("run_pod", "podman", 1 / 40),
    ("exec", "podman", 1 / 50),
    ("exec", "crun", 0.4),
    ("pod_rm_bridge", "podman", 1 / 60),
    ("50_remove", "podman", 1 / 100),
    ("ps", "podman", 1 / 25),
    ("pod_ps", "podman", 1 / 25),
    ("stats", "podman", 1 / 25),
    ("50_pss", "podman", 1 / 4),
    ("50_memfree", "podman", 1 / 4),
    ("logs_120", "conmon", 4),
    ("logs_none", "conmon", 1),
    ("logs_2", "conmon", 10),
    ("logs_120_cpu", "conmon", 1 / 4),
    ("logs_none_cpu", "conmon", 1 / 4),
    ("logs_2_cpu", "conmon", 1 / 4),
]
# The same between two operations of peapod itself.
WITHIN = [
    ("parallel_64", "parallel_64_ideal", 1.2),
    ("500_start_480_to_500", "500_start_1_to_20", 1.3),
    ("port_1001st", "port_first", 1.1),
    ("500_ps_at_500", "500_ps_at_50", 10),
]


def compared(rows):
    """What was wanted, what came out, whether it is met."""
    values = {(r["operation"], r["engine"]): r for r in rows}
    for operation, whom, factor in TARGETS:
        own, other = values.get((operation, "peapod")), values.get((operation, whom))
        if own and other and other["median"]:
            yield operation, whom, factor, own["median"] / other["median"], own["unit"] == "MB/s"
    for operation, base, factor in WITHIN:
        own, other = values.get((operation, "peapod")), values.get((base, "peapod"))
        if own and other and other["median"]:
            yield operation, base, factor, own["median"] / other["median"], False
    removed, of_podman = values.get(("500_remove", "peapod")), values.get(("50_remove", "podman"))
    if removed and of_podman:
        yield "500_remove", "podman (10 x 50)", 1 / 100, removed["median"] / of_podman["median"] / 10, False


def ratio(value):
    return f"1/{1 / value:.1f}" if 0 < value < 0.9 else f"{value:.2f}"


def show_targets(rows):
    for operation, whom, factor, found, is_more_better in compared(rows):
        met = found >= factor if is_more_better else found <= factor
        print(f"{'met   ' if met else 'MISSED'} {operation}: {ratio(found)} of {whom}, wanted "
              f"{'at least' if is_more_better else 'at most'} {ratio(factor)}")
