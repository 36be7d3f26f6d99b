"""What is timed, and how: commands, the CPU time of everything that they start, samples, interleaving."""
import os
import pathlib
import statistics
import tempfile
import time

SETTLE = 0.3  # seconds before a sample, in which the kernel ends what the one before left: namespaces, devices
LATE = 0.1  # seconds after it, in which helpers end that nobody waits for; their CPU time is the sample's


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


def cpu_counter():
    """The file that counts the CPU time of the whole machine, and what makes seconds of its text."""
    for name in ("cpuacct", "cpu,cpuacct"):
        usage = pathlib.Path("/sys/fs/cgroup") / name / "cpuacct.usage"
        if usage.exists():
            return usage, lambda text: int(text) / 1e9
    return pathlib.Path("/sys/fs/cgroup/cpu.stat"), lambda text: int(text.split()[1]) / 1e6


COUNTER, SECONDS = cpu_counter()


def cpu_seconds():
    """What all others used: commands, keepers, conmon, containers, kernel threads that take namespaces apart.

    Of the whole machine, since keepers and conmon leave our cgroup and outlive the commands; so it must be idle.
    """
    return SECONDS(COUNTER.read_text()) - time.process_time()


def processes():
    """Of the engines under test: all in our mount namespace, which is private, and their descendants."""
    own, parents, found = os.readlink("/proc/self/ns/mnt"), {}, set()
    for directory in pathlib.Path("/proc").iterdir():
        if directory.name.isdigit():
            try:
                parents[int(directory.name)] = int((directory / "stat").read_text().rsplit(")", 1)[1].split()[1])
                if os.readlink(directory / "ns" / "mnt") == own:
                    found.add(int(directory.name))
            except OSError:
                pass  # it has ended
    found.discard(os.getpid())
    while more := {pid for pid, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def remove_cgroups(*patterns):
    """What the floor and bare runtimes may have left. Podman's and peapod's own parents stay, as on any machine."""
    root = pathlib.Path("/sys/fs/cgroup")
    for pattern in patterns:
        for top in (*root.glob(pattern), *root.glob(f"*/{pattern}")):
            for directory, _, _ in os.walk(top, topdown=False):
                try:
                    os.rmdir(directory)
                except OSError:
                    pass  # somebody is in it: better left than killed


class Sampler:
    def timed(self, work):
        """Wall and CPU seconds of a call."""
        time.sleep(SETTLE)
        cpu, start = cpu_seconds(), time.perf_counter()
        work()
        wall = time.perf_counter() - start
        time.sleep(LATE)
        return wall, cpu_seconds() - cpu

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
