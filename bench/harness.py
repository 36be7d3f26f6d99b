"""What is timed, and how: commands, the CPU time of everything that they start, samples, interleaving."""
import os
import pathlib
import statistics
import tempfile
import time

SETTLE = 0.3  # seconds before a sample, in which the kernel ends what the one before left: namespaces, devices
LATE = 0.1  # seconds after it, in which helpers end that nobody waits for; their CPU time is the sample's


def own_cgroup():
    """Of this process, where CPU time is accounted."""
    lines = [line.split(":", 2) for line in pathlib.Path("/proc/self/cgroup").read_text().splitlines()]
    return next((path for _, names, path in lines if "cpuacct" in names.split(",")),
                next(path for _, names, path in lines if not names))


def spawn(argv, env=None, output=None, stdin=None):
    """Starts a command; as little of our own as Python allows: no pipes, no fork."""
    argv = [str(a) for a in argv]
    null = os.open("/dev/null", os.O_RDWR)
    actions = [(os.POSIX_SPAWN_DUP2, stdin if stdin is not None else null, 0)]
    actions += [(os.POSIX_SPAWN_DUP2, null if output is None else output, fd) for fd in (1, 2)]
    try:
        return os.posix_spawnp(argv[0], argv, env or os.environ, file_actions=actions)
    finally:
        os.close(null)


def call(argv, env=None, cwd=None):
    """Runs a command that must succeed; its output."""
    argv = ["env", "-C", cwd, *argv] if cwd else list(argv)
    with tempfile.TemporaryFile(dir="/dev/shm") as output:
        status = os.waitstatus_to_exitcode(os.waitpid(spawn(argv, env, output.fileno()), 0)[1])
        output.seek(0)
        text = output.read().decode(errors="replace").strip()
    if status != 0:
        raise RuntimeError(f"{' '.join(map(str, argv))}: {text or status}")
    return text


class Accounting:
    """The CPU time of all that is measured: a cgroup of the bench's own, with the engines' cgroups below it.

    What the commands start inherits it, and pods and containers are given it as their parent. So it has the commands,
    conmon and keepers, helpers that outlive the command, and the containers' own start; neither the rest of the
    machine, nor kernel threads that take namespaces apart, nor this harness.
    """

    name = f"peapod-bench-{os.getpid()}"

    def __init__(self):
        root = pathlib.Path("/sys/fs/cgroup")
        self.hierarchies = [root] if (root / "cgroup.controllers").exists() else [p for p in root.iterdir() if p.is_dir()]
        self.own = next((root / d / self.name for d in ("cpuacct", "cpu,cpuacct") if (root / d).is_dir()), root / self.name)
        self.origin = self.own.parent / own_cgroup().lstrip("/")
        (self.own / "self").mkdir(parents=True)  # in v2 no process is in a node that has others below it
        (self.own / "self" / "cgroup.procs").write_text("0")

    def processes(self):
        """All that is measured now, but this harness."""
        found = {int(pid) for file in self.own.rglob("cgroup.procs") for pid in file.read_text().split()}
        return found - {os.getpid()}

    def seconds(self):
        usage = self.own / "cpuacct.usage"
        if usage.exists():
            used = int(usage.read_text()) / 1e9
        else:
            used = int((self.own / "cpu.stat").read_text().split()[1]) / 1e6
        return used - time.process_time()

    def close(self):
        (self.origin / "cgroup.procs").write_text("0")
        deadline = time.monotonic() + 5
        while self.processes() and time.monotonic() < deadline:
            time.sleep(0.01)  # helpers that nobody waits for
        for hierarchy in self.hierarchies:
            for pattern in (self.name, "peapod-floor-*"):
                for top in hierarchy.glob(pattern):
                    for directory, _, _ in os.walk(top, topdown=False):
                        try:
                            os.rmdir(directory)
                        except OSError:
                            pass  # somebody is in it: better left than killed


class Sampler:
    def __init__(self, accounting):
        self.accounting = accounting

    def timed(self, work):
        """Wall and CPU seconds of a call."""
        time.sleep(SETTLE)
        cpu, start = self.accounting.seconds(), time.perf_counter()
        work()
        wall = time.perf_counter() - start
        time.sleep(LATE)
        return wall, self.accounting.seconds() - cpu

    def sample(self, engine, operation):
        """Of the engine's method of that name, with before_NAME and after_NAME around it where it has them."""
        getattr(engine, f"before_{operation}", nothing)()
        result = self.timed(getattr(engine, operation))
        getattr(engine, f"after_{operation}", nothing)()
        return result

    def interleaved(self, engines, operation, count, methods=()):
        """A B C A B C: rows in milliseconds, and who cannot do it, with the reason.

        Of the method of the operation's name, or of several; begin_OPERATION and end_OPERATION once around all samples.
        """
        methods = methods or (operation,)
        samples, failed, begun = {}, {}, []
        for engine in (e for e in engines if any(hasattr(e, m) for m in methods)):
            begun.append(engine)
            try:
                getattr(engine, f"begin_{operation}", nothing)()
            except (RuntimeError, OSError) as error:
                failed[f"{engine.name} {operation}"] = reason(error)
                begun.remove(engine)
                continue
            for method in (m for m in methods if hasattr(engine, m)):
                try:
                    self.sample(engine, method)  # warms up, and shows whether the engine has it
                    samples[method, engine] = []
                except (RuntimeError, OSError) as error:
                    failed[f"{engine.name} {method}"] = reason(error)
        for _ in range(count):
            for (method, engine), taken in samples.items():
                taken.append(self.sample(engine, method))
        for engine in begun:
            getattr(engine, f"end_{operation}", nothing)()
        rows = [row(method, engine.name, [w * 1e3 for w, _ in taken], "ms", statistics.mean(c for _, c in taken) * 1e3)
                for (method, engine), taken in samples.items()]
        return sorted(rows, key=lambda r: methods.index(r["operation"])), failed


def reason(error):
    return (str(error) or repr(error)).splitlines()[-1]


def nothing():
    pass


def row(operation, engine, values, unit, cpu=None):
    """`cpu` in milliseconds, or what the operation says; it is a mean where the value is a median."""
    values = values if isinstance(values, list) else [values]
    return {"operation": operation, "engine": engine, "median": statistics.median(values), "min": min(values),
            "unit": unit, "cpu": cpu, "samples": len(values)}
