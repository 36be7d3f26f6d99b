"""What many pods, much output and many commands at once cost. Each takes seconds to minutes and, but for logs, is measured
once.

Every operation is a generator of rows; it takes the engines, the sampler and what only some need from `bench`.
"""
import os
import pathlib
import re
import shutil
import signal
import statistics
import time

from engines import IMAGE, Engine, Floor, Runtime
from harness import call, processes, row, spawn

PODS = 50
MANY = 500
PORTS = 1000
PARALLEL = 64
LOGS = {"120": (120, 256 << 20), "none": (0, 512 << 20), "2": (2, 16 << 20)}  # line, bytes
LOG_ROUNDS = 7
PATIENCE = 120  # seconds for one measurement of a log


def engines_of(engines, kind):
    return [e for e in engines if isinstance(e, kind)]


def timed(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def free_kilobytes():
    """MemFree without caches, once nothing that was used before is still being freed: what is left of cgroups and
    file systems goes only when the caches are dropped again and again."""
    time.sleep(2)
    most, unchanged = 0, 0
    for _ in range(40):
        os.sync()
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")
        time.sleep(0.3)
        free = int(re.search(r"MemFree:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text()).group(1))
        unchanged = unchanged + 1 if free - most < 1024 else 0
        most = max(most, free)
        if unchanged == 3:
            break
    return most


def pss_kilobytes(pids):
    """Of those that are not the workload."""
    total = 0
    for pid in pids:
        try:
            if pathlib.Path(f"/proc/{pid}/cmdline").read_bytes().startswith(b"sleep\0"):
                continue
            total += int(re.search(r"^Pss:\s+(\d+)", pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M).group(1))
        except (OSError, AttributeError):
            pass  # a kernel thread, or one that has ended
    return total


def fifty(engines, sampler, bench):
    """50 pods of 2, bridge: made, their memory beside that of the workload, removed at once."""
    free = free_kilobytes()
    sleeps = [spawn([bench.busybox, "sleep", "10000"]) for _ in range(2 * PODS)]
    workload = free - free_kilobytes()
    for pid in sleeps:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
    for engine in engines_of(engines, (Floor, Engine)):
        is_floor = isinstance(engine, Floor)
        if not is_floor:
            engine.make_pod("warm")
            engine.remove_pod("warm")
        free, before = free_kilobytes(), processes()

        def make():
            if is_floor:
                engine.hold("bridge", PODS)
            else:
                for i in range(PODS):
                    engine.make_pod(f"p{i}")
        made, cpu = sampler.timed(make)
        yield row("50_make", engine.name, made * 1e3, "ms", cpu * 1e3)
        pids = processes() - before - ({engine.holder} if is_floor else set())
        yield row("50_pss", engine.name, pss_kilobytes(pids) / PODS, "kB/pod")
        yield row("50_memfree", engine.name, (free - free_kilobytes() - workload) / PODS, "kB/pod")
        removed, cpu = sampler.timed(engine.release if is_floor else engine.remove_pods)
        yield row("50_remove", engine.name, removed * 1e3, "ms", cpu * 1e3)


def many(engines, _, __):
    """500 running pods of 2, bridge, of peapod: the starts, the lists, the removal."""
    for engine in (e for e in engines if e.name == "peapod"):
        engine.make_pod("warm")
        engine.remove_pod("warm")
        starts, lists = [], {}
        for i in range(1, MANY + 1):
            starts.append(timed(lambda: engine.make_pod(f"p{i}")) * 1e3)
            if i in (1, 50, 100, 250, MANY):
                for command in (("ps",), ("pod", "ps")):
                    lists[i, "_".join(command)] = [timed(lambda: engine(*command)) * 1e3 for _ in range(5)]
        yield row("500_start_1_to_20", engine.name, starts[:20], "ms")
        yield row("500_start_480_to_500", engine.name, starts[-20:], "ms")
        for (pods, command), times in lists.items():
            yield row(f"500_{command}_at_{pods}", engine.name, times, "ms")
        yield row("500_remove", engine.name, timed(engine.remove_pods) * 1e3, "ms")


def ports(engines, sampler, _):
    """A pod with one published port is started: the first on the host, and beside 1,000."""
    for engine in engines_of(engines, Engine):
        def start(name, port):
            engine("pod", "create", "--name", name, "-p", f"{port}:80")
            times.append(sampler.timed(lambda: engine("pod", "start", name))[0] * 1e3)
            engine.remove_pod(name)
        count = 7 if engine.name == "peapod" else 3
        for label in ("first", "1001st"):
            times = []
            for i in range(count):
                start(f"one-{i}", 30000 + i)
            yield row(f"port_{label}", engine.name, times, "ms")
            if label == "first":
                engine("pod", "create", "--name", "thousand", "-p", f"20000-{20000 + PORTS - 1}:20000-{20000 + PORTS - 1}")
                yield row("port_1000_at_once", engine.name, timed(lambda: engine("pod", "start", "thousand")) * 1e3, "ms")
        yield row("port_1000_removed", engine.name, timed(lambda: engine.remove_pod("thousand")) * 1e3, "ms")


def parallel(engines, sampler, _):
    """64 `run --rm --network none` at once; the ideal is 64 times one's CPU time, spread over the cores."""
    cores = len(os.sched_getaffinity(0))
    for engine in engines_of(engines, Engine):
        own = statistics.median(sampler.timed(engine.run_none)[1] for _ in range(15))
        failed = []

        def all_at_once():
            command = [*engine.argv, "run", "--rm", "--network", "none", IMAGE, "true"]
            pids = [spawn(command, engine.environment) for _ in range(PARALLEL)]
            failed.extend(status for _, status in (os.waitpid(pid, 0) for pid in pids) if status != 0)
        wall, cpu = sampler.timed(all_at_once)
        yield row("parallel_64", engine.name, wall * 1e3, "ms", cpu * 1e3)
        yield row("parallel_64_ideal", engine.name, own * PARALLEL / cores * 1e3, "ms", own * 1e3)
        yield row("parallel_64_failed", engine.name, len(failed), "runs")


def logs(engines, _, bench):
    """What a container's output costs until it is in the log: MB/s, and the logger's CPU time in ns per byte. Interleaved
    and repeated, as what a file system's cache costs changes from one moment to the next."""
    loggers = dict(filter(None, map(logger_of, engines_of(engines, (Floor, Engine, Runtime)))))
    for name in LOGS:
        samples = {logger: [] for logger in loggers}
        for _ in range(LOG_ROUNDS):
            for logger, start in loggers.items():
                samples[logger].append(log_sample(name, start, bench))
        for logger, taken in samples.items():
            speeds, cpus = zip(*taken)
            yield row(f"logs_{name}", logger, list(speeds), "MB/s", statistics.mean(cpus))
            yield row(f"logs_{name}_cpu", logger, list(cpus), "ns/byte")


def logger_of(engine):
    """Its name, and what begins to log: that gives the logger's process and the call that ends all."""
    if isinstance(engine, Floor):
        return "floor", with_pipe
    if isinstance(engine, Engine):
        return engine.name, lambda args, bench: with_engine(engine, args, bench)
    if engine.name == "runc" and shutil.which("conmon"):
        return "conmon", lambda args, bench: with_conmon(engine, args, bench)
    return None


def log_sample(name, start, bench):
    line, size = LOGS[name]
    done = bench.output / "done"
    done.unlink(missing_ok=True)
    os.sync()  # what was logged before has been written
    logger, end = start((line, size, bench.output), bench)
    try:
        deadline = time.monotonic() + PATIENCE
        while not done.exists():
            if time.monotonic() > deadline:
                raise RuntimeError(f"{size} bytes have not been logged in {PATIENCE} s")
            time.sleep(0.01)
        cpu = scheduled_nanoseconds(logger)
        took = int(done.read_text())
    finally:
        end()
    return size / took * 1e3, cpu / size


def scheduled_nanoseconds(pid):
    return sum(int((task / "schedstat").read_text().split()[0]) for task in pathlib.Path(f"/proc/{pid}/task").iterdir())


def with_pipe(args, bench):
    line, size, output = args
    reader, writer = os.pipe2(os.O_CLOEXEC)
    log = bench.directory / "floor.log"
    drain = spawn([bench.writer, "log", line, log], stdin=reader)
    pid = spawn([bench.writer, line, size, output / "done"], output=writer)
    os.close(reader)
    os.close(writer)

    def end():
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        os.waitpid(drain, 0)
        log.unlink()
    return drain, end


def with_engine(engine, args, bench):
    line, size, output = args
    engine("run", "-d", "--name", "log", "--network", "none", "--log-driver", "k8s-file", "-v", f"{output}:/out", IMAGE,
               "writer", line, size, "/out/done")
    if engine.name == "podman":
        logger = engine("inspect", "-f", "{{.ConmonPidFile}}", "log")
        logger = pathlib.Path(logger).read_text().strip()
    else:
        pid = engine("inspect", "-f", "{{.State.Pid}}", "log")
        logger = re.search(r"PPid:\s+(\d+)", pathlib.Path(f"/proc/{pid}/status").read_text()).group(1)
    return logger, lambda: engine("rm", "-f", "-t0", "log")


def with_conmon(runtime, args, bench):
    """conmon as Podman drives it: it creates the container by the runtime, then the runtime starts it."""
    line, size, output = args
    bundle = runtime.bundle("writer", str(line), str(size), "/tmp/done", mounts=[
        {"destination": "/tmp", "type": "bind", "source": str(output), "options": ["bind"]}])
    run = bench.directory / "run" / "conmon"
    run.mkdir(exist_ok=True)
    pidfile = run / "conmon.pid"
    call(["conmon", "--api-version", "1", "-c", "log", "-u", "log", "-r", f"/usr/sbin/{runtime.name}", "-b", bundle,
          "-p", run / "pid", "-n", "log", "--exit-dir", run, "--full-attach", "-l",
          f"k8s-file:{bench.directory / 'conmon.log'}", "--log-level", "error", "--conmon-pidfile", pidfile,
          "--runtime-arg", f"--root={runtime.state}"], cwd=run)
    deadline = time.monotonic() + 5
    while not (run / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    runtime("start", "log")

    def end():
        runtime("kill", "log", "KILL")
        deadline = time.monotonic() + 30
        while not (run / "log").exists() and time.monotonic() < deadline:
            time.sleep(0.01)
        runtime("delete", "-f", "log")
        for file in run.iterdir():
            file.unlink()
        (bench.directory / "conmon.log").unlink(missing_ok=True)
    return pidfile.read_text().strip(), end


SCALE = {f.__name__: f for f in (fifty, logs, parallel, many, ports)}
