// The floor: what the kernel charges for what peapod does, by a program that makes the same calls
// and nothing else: the namespaces, mounts, masked paths, cgroups and the seccomp filter of a
// container. No options, no database, no image names, no logs, no errors handled beyond saying
// which call failed, and one process where peapod has commands, a keeper and pause.
//
// FLOOR_DIR has lower/ (a root file system with /bin/true and /bin/sleep) and is writable. With
// bridge there is a veth pair on the bridge "floor0", which exists.
#include "floor.h"

#include <fcntl.h>
#include <linux/sched.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <sys/wait.h>

static const char usage[] =
    "usage: FLOOR_DIR=... floor\n"
    "  nothing none             its own start and end\n"
    "  run none|bridge          an isolated process with a root file system, from start to exit\n"
    "  cycle none|bridge        a pause process that holds namespaces, two containers, all killed\n"
    "  hold none|bridge PODS    so many of them, until stdin ends; prints PAUSE A B of each\n"
    "  start PAUSE NAME         one more container of a pod that is held; prints its process\n"
    "  exec PID                 a process in the namespaces of another\n"
    "  remove N PAUSE A B       the end of a pod that is held, by its number from 0\n";

static int hostNamespace;
static unsigned bridge;

static pid_t cloneWith(unsigned long long flags, int* pidfd) {
  struct clone_args args = {.flags = flags | (pidfd ? CLONE_PIDFD : 0),
                            .pidfd = (unsigned long)pidfd,
                            .exit_signal = SIGCHLD};
  const pid_t pid = syscall(SYS_clone3, &args, sizeof args);
  CHECK(pid);
  return pid;
}

static int openProcess(pid_t pid) {
  const int pidfd = syscall(SYS_pidfd_open, pid, 0);
  CHECK(pidfd);
  return pidfd;
}

static void execute(const char* program) {
  char* const arguments[] = {(char*)program, "10000", NULL};
  char* const environment[] = {"PATH=/bin", NULL};
  execve(program, arguments, environment);
  check(-1, program);
}

static void run(int network) {
  makeCgroups("run");
  const pid_t pid = cloneWith(
      CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP | CLONE_NEWNET,
      NULL);
  if (pid == 0) {
    if (network) {
      makeInterface(hostNamespace, bridge);
    }
    enterCgroups("run");
    mountRoot("run");
    CHECK(sethostname("floor", 5));
    execute("/bin/true");
  }
  int status = 0;
  CHECK(waitpid(pid, &status, 0));
  removeCgroups("run");
  if (status != 0) {
    fprintf(stderr, "floor: the process ended with status %x\n", status);
    _exit(99);
  }
}

// Holds a pod's namespaces.
static pid_t startPause(int network, int* pidfd) {
  int ready[2];
  char byte;
  CHECK(pipe2(ready, O_CLOEXEC));
  const pid_t pid = cloneWith(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET, pidfd);
  if (pid == 0) {
    if (network) {
      makeInterface(hostNamespace, bridge);
    }
    CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
    CHECK(sethostname("floor", 5));
    CHECK(write(ready[1], "x", 1));
    for (;;) {
      pause();
    }
  }
  CHECK(read(ready[0], &byte, 1));
  close(ready[0]);
  close(ready[1]);
  return pid;
}

static pid_t startContainer(int pausePidfd, const char* name) {
  int executed[2];
  char byte;
  CHECK(pipe2(executed, O_CLOEXEC));
  makeCgroups(name);
  const pid_t pid = cloneWith(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP, NULL);
  if (pid == 0) {
    CHECK(setns(pausePidfd, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET));
    enterCgroups(name);
    mountRoot(name);
    execute("/bin/sleep");
  }
  close(executed[1]);
  if (read(executed[0], &byte, 1) != 0) {
    _exit(99);
  }
  close(executed[0]);
  return pid;
}

static void cycle(int network) {
  int pause = -1;
  const pid_t pids[] = {startPause(network, &pause), startContainer(pause, "a"),
                        startContainer(pause, "b")};
  for (int i = 2; i >= 0; --i) {
    CHECK(kill(pids[i], SIGKILL));
  }
  for (int i = 0; i < 3; ++i) {
    CHECK(waitpid(-1, NULL, 0));
  }
  removeCgroups("a");
  removeCgroups("b");
}

static void nameContainer(char name[32], int pod, int container) {
  snprintf(name, 32, "%d-%c", pod, 'a' + container);
}

static void hold(int network, int pods) {
  pid_t(*pids)[3] = calloc(pods, sizeof *pids);
  char name[32];
  for (int i = 0; i < pods; ++i) {
    int pause = -1;
    pids[i][0] = startPause(network, &pause);
    for (int j = 0; j < 2; ++j) {
      nameContainer(name, i, j);
      pids[i][1 + j] = startContainer(pause, name);
    }
    close(pause);
    printf("%d %d %d\n", pids[i][0], pids[i][1], pids[i][2]);
  }
  fflush(stdout);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  for (int i = 0; i < 3 * pods; ++i) {
    kill(pids[i / 3][i % 3], SIGKILL);
  }
  while (wait(NULL) > 0) {
  }
  for (int i = 0; i < 2 * pods; ++i) {
    nameContainer(name, i / 2, i % 2);
    removeCgroups(name);
  }
}

static void removePod(int pod, char** pids) {
  int pidfds[3];
  for (int i = 0; i < 3; ++i) {
    pidfds[i] = openProcess(atoi(pids[i]));
  }
  for (int i = 2; i >= 0; --i) {
    CHECK(syscall(SYS_pidfd_send_signal, pidfds[i], SIGKILL, NULL, 0));
  }
  for (int i = 0; i < 3; ++i) {
    struct pollfd event = {pidfds[i], POLLIN, 0};
    CHECK(poll(&event, 1, -1));
  }
  char name[32];
  for (int i = 0; i < 2; ++i) {
    nameContainer(name, pod, i);
    removeCgroups(name);
  }
}

static void enter(pid_t target) {
  CHECK(setns(openProcess(target),
              CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET));
  const pid_t pid = vfork();
  if (pid == 0) {
    execute("/bin/true");
  }
  CHECK(waitpid(pid, NULL, 0));
}

int main(int count, char** arguments) {
  const char* directory = getenv("FLOOR_DIR");
  if (count < 3 || directory == NULL) {
    fputs(usage, stderr);
    return 2;
  }
  CHECK(chdir(directory));
  const char* verb = arguments[1];
  if (strcmp(verb, "nothing") == 0) {
    return 0;
  }
  const int network = strcmp(arguments[2], "bridge") == 0;
  if (network) {
    hostNamespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    bridge = if_nametoindex("floor0");
  }
  if (strcmp(verb, "run") == 0) {
    run(network);
  } else if (strcmp(verb, "cycle") == 0) {
    cycle(network);
  } else if (strcmp(verb, "hold") == 0 && count == 4) {
    hold(network, atoi(arguments[3]));
  } else if (strcmp(verb, "start") == 0 && count == 4) {
    printf("%d\n", startContainer(openProcess(atoi(arguments[2])), arguments[3]));
  } else if (strcmp(verb, "exec") == 0) {
    enter(atoi(arguments[2]));
  } else if (strcmp(verb, "remove") == 0 && count == 6) {
    removePod(atoi(arguments[2]), arguments + 3);
  } else {
    fputs(usage, stderr);
    return 2;
  }
  return 0;
}
