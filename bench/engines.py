"""Who is measured. Each has methods of the operations' names, where it has the operation."""
import json
import os
import shutil
import signal

from harness import call, spawn

IMAGE = "docker.io/library/busybox"
LISTED = 20, 3  # pods and containers in each, where lists are timed


class Engine:
    """A program with Podman's command line."""

    def __init__(self, name, argv, environment=None):
        self.name, self.argv = name, argv
        self.environment = {**os.environ, **(environment or {})}

    def __call__(self, *words):
        return call([*self.argv, *words], env=self.environment)

    def make_pod(self, name, *words, containers=2):
        self("pod", "create", "--name", name, *words)
        for _ in range(containers):
            self("run", "-d", "--pod", name, IMAGE, "sleep", "10000")

    def remove_pod(self, name="p"):
        self("pod", "rm", "-f", "-t0", name)

    def remove_pods(self):
        self("pod", "rm", "-f", "-a", "-t0")

    def close(self):
        self.remove_pods()
        self("rm", "-f", "-a", "-t0")

    def nothing(self):
        self("version")

    def empty_list(self):
        self("ps", "-a")

    def run_none(self):
        self("run", "--rm", "--network", "none", IMAGE, "true")

    def run_bridge(self):
        self("run", "--rm", IMAGE, "true")

    def before_run_pod(self):
        self.make_pod("p", containers=1)

    def run_pod(self):
        self("run", "-d", "--pod", "p", IMAGE, "sleep", "10000")

    def after_run_pod(self):
        self.remove_pod()

    def begin_exec(self):
        self("run", "-d", "--name", "bench-exec", "--network", "none", IMAGE, "sleep", "10000")

    def exec(self):
        self("exec", "bench-exec", "true")

    def end_exec(self):
        self("rm", "-f", "-t0", "bench-exec")

    def cycle(self, *words):
        self.make_pod("p", *words)
        self.remove_pod()

    def cycle_none(self):
        self.cycle("--network", "none")

    def cycle_bridge(self):
        self.cycle("-p", "18080:80")

    def before_pod_rm_none(self):
        self.make_pod("p", "--network", "none")

    def before_pod_rm_bridge(self):
        self.make_pod("p")

    pod_rm_none = pod_rm_bridge = remove_pod

    def begin_lists(self):
        pods, containers = LISTED
        for i in range(pods):
            self.make_pod(f"list-{i}", "--network", "none", containers=containers)

    def end_lists(self):
        self.remove_pods()

    def ps(self):
        self("ps")

    def pod_ps(self):
        self("pod", "ps")

    def stats(self):
        self("stats", "--no-stream")


class Floor:
    name = "floor"

    def __init__(self, program, directory):
        self.program, self.directory = program, directory
        self.environment = {"FLOOR_DIR": str(directory)}

    def __call__(self, *words):
        return call([self.program, *words], env=self.environment)

    def clear(self):
        for made in self.directory.glob("*.*"):
            shutil.rmtree(made)

    def close(self):
        pass

    def hold(self, network, pods):
        """Starts pods; the process ids of pause and the containers of each. Until release()."""
        self.clear()
        stdin, self.gate = os.pipe2(os.O_CLOEXEC)
        output = os.open(self.directory, os.O_TMPFILE | os.O_RDWR | os.O_CLOEXEC)
        self.holder = spawn([self.program, "hold", network, pods], self.environment, output, stdin)
        os.close(stdin)
        lines = []
        while len(lines) < pods and os.waitpid(self.holder, os.WNOHANG) == (0, 0):
            lines = os.pread(output, 1 << 20, 0).decode().splitlines()
        os.close(output)
        return [line.split() for line in lines]

    def release(self):
        os.close(self.gate)
        os.waitpid(self.holder, 0)

    def nothing(self):
        self("nothing", "none")

    before_run_none = before_run_bridge = before_cycle_none = before_cycle_bridge = clear

    def run_none(self):
        self("run", "none")

    def run_bridge(self):
        self("run", "bridge")

    def cycle_none(self):
        self("cycle", "none")

    def cycle_bridge(self):
        self("cycle", "bridge")

    def before_run_pod(self):
        self.pids = self.hold("bridge", 1)[0]

    def run_pod(self):
        self.started = int(self("start", self.pids[0], "more"))

    def after_run_pod(self):
        os.kill(self.started, signal.SIGKILL)
        self.release()

    def begin_exec(self):
        self.pids = self.hold("none", 1)[0]

    def exec(self):
        self("exec", self.pids[1])

    def end_exec(self):
        self.release()

    def before_pod_rm_none(self):
        self.pids = self.hold("none", 1)[0]

    def before_pod_rm_bridge(self):
        self.pids = self.hold("bridge", 1)[0]

    def pod_rm_none(self):
        self("remove", "0", *self.pids)

    pod_rm_bridge = pod_rm_none
    after_pod_rm_none = after_pod_rm_bridge = release


class Runtime:
    """A bare OCI runtime with a bundle of the same root file system."""

    def __init__(self, name, directory):
        self.name, self.directory = name, directory / name
        self.state = directory / "run" / name
        self.rootfs = directory / "floor" / "lower"
        self.bundle("true")
        self.bundle("sleep", "10000")

    def bundle(self, *command, mounts=()):
        """A directory with a config.json for the command; its path."""
        path = self.directory / command[0]
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        call([self.name, "spec", "--bundle", path])
        config = json.loads((path / "config.json").read_text())
        config["process"].update(terminal=False, args=list(command))
        config["root"].update(path=str(self.rootfs), readonly=True)
        config["linux"]["cgroupsPath"] = f"/peapod-bench/{self.name}-{command[0]}"
        config["mounts"] += mounts
        (path / "config.json").write_text(json.dumps(config))
        return path

    def __call__(self, *words):
        return call([self.name, "--root", self.state, *words])

    def close(self):
        pass

    def run_none(self):
        self("run", "-b", self.directory / "true", "bench")

    def begin_exec(self):
        self("run", "-d", "-b", self.directory / "sleep", "bench-exec")

    def exec(self):
        self("exec", "bench-exec", "true")

    def end_exec(self):
        self("delete", "-f", "bench-exec")
