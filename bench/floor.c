// The floor: what the kernel charges for what peapod does, by a program that makes the same calls
// and nothing else: the namespaces, mounts, masked paths, cgroups and the seccomp filter of a
// container. No options, no database, no image names, no logs, no errors handled beyond saying
// which call failed, and one process where peapod has commands, a keeper and pause.
//
//   floor run none|bridge    one isolated process with a root file system, from start to exit
//   floor cycle none|bridge  a pause process that holds shared namespaces, two containers in them,
//   all killed floor exec PID           a process in the namespaces of PID
//
// A working directory (FLOOR_DIR) has lower/ (a root file system with /bin/true and /bin/sleep) and
// is writable. With bridge it makes the veth pair on the bridge "floor0", which exists.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

static void check(long result, const char* call) {
  if (result < 0) {
    fprintf(stderr, "floor: %s: %s\n", call, strerror(errno));
    _exit(99);
  }
}
#define CHECK(call) check((long)(call), #call)

static pid_t cloneWith(unsigned long long flags, int* pidfd) {
  struct clone_args args = {.flags = flags | (pidfd ? CLONE_PIDFD : 0),
                            .pidfd = (unsigned long)pidfd,
                            .exit_signal = SIGCHLD};
  const pid_t pid = syscall(SYS_clone3, &args, sizeof args);
  CHECK(pid);
  return pid;
}

// Where a container's cgroup is made, whichever of these there are; the first is for v2, the rest
// for v1 and hybrid.
static const char* const hierarchies[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory",
                                          "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/pids"};

static void cgroupPath(char* path, size_t size, int i, const char* name, const char* file) {
  snprintf(path, size, "%s/peapod-floor-%s%s", hierarchies[i], name, file);
}

static void makeCgroups(const char* name) {
  char path[128];
  for (int i = 0; i < 4; ++i) {
    cgroupPath(path, sizeof path, i, name, "");
    mkdir(path, 0755);
  }
}

static void enterCgroups(const char* name) {
  char path[128];
  for (int i = 1; i < 4; ++i) {
    cgroupPath(path, sizeof path, i, name, "/tasks");
    const int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd >= 0) {
      CHECK(write(fd, "0", 1));
      close(fd);
    }
  }
}

static void removeCgroups(const char* name) {
  char path[128];
  for (int i = 0; i < 4; ++i) {
    cgroupPath(path, sizeof path, i, name, "");
    rmdir(path);
  }
}

static void bindOn(const char* source, const char* target, unsigned long flags) {
  if (mount(source, target, NULL, MS_BIND | MS_REC, NULL) == 0 && flags != 0) {
    CHECK(mount(NULL, target, NULL, MS_REMOUNT | MS_BIND | flags, NULL));
  }
}

// The files that a container sees of its pod, the cgroups, and what is hidden from it.
static void cover(const char* name) {
  static const char* const files[] = {"etc/hosts", "etc/resolv.conf", "etc/hostname"};
  for (unsigned i = 0; i < 3; ++i) {
    close(open(files[i], O_WRONLY | O_CREAT | O_CLOEXEC, 0644));
    bindOn("/etc/hostname", files[i], 0);
  }
  CHECK(mount("tmpfs", "sys/fs/cgroup", "tmpfs", MS_NOSUID | MS_NODEV | MS_NOEXEC, "mode=755"));
  for (int i = 0; i < 4; ++i) {
    char path[128], target[64];
    cgroupPath(path, sizeof path, i, name, "");
    snprintf(target, sizeof target, "sys/fs/cgroup/%s", strrchr(hierarchies[i], '/') + 1);
    CHECK(mkdir(target, 0755));
    bindOn(path, target, MS_RDONLY);
  }
  CHECK(mount(NULL, "sys/fs/cgroup", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL));
  static const char* const readOnly[] = {"proc/bus", "proc/fs", "proc/irq", "proc/sys",
                                         "proc/sysrq-trigger"};
  for (unsigned i = 0; i < sizeof readOnly / sizeof *readOnly; ++i) {
    bindOn(readOnly[i], readOnly[i], MS_RDONLY);
  }
  static const char* const masked[] = {"proc/kcore", "proc/keys", "proc/latency_stats",
                                       "proc/timer_list", "proc/sched_debug"};
  for (unsigned i = 0; i < sizeof masked / sizeof *masked; ++i) {
    bindOn("/dev/null", masked[i], 0);
  }
  static const char* const emptied[] = {"proc/acpi", "proc/scsi", "sys/firmware"};
  for (unsigned i = 0; i < sizeof emptied / sizeof *emptied; ++i) {
    mount("tmpfs", emptied[i], "tmpfs", MS_RDONLY, "size=0k");
  }
}

// As long as the default profile's, with nothing in it that is refused.
static void filterCalls(void) {
  static struct sock_filter program[680];
  const unsigned length = sizeof program / sizeof *program;
  for (unsigned i = 0; i + 1 < length; ++i) {
    program[i] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0);
  }
  program[length - 1] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
  const struct sock_fprog filter = {.len = length, .filter = program};
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter));
}

static void mountRoot(const char* name) {
  char upper[64], work[64], merged[64], options[256];
  snprintf(upper, sizeof upper, "%s.upper", name);
  snprintf(work, sizeof work, "%s.work", name);
  snprintf(merged, sizeof merged, "%s.merged", name);
  CHECK(mkdir(upper, 0755));
  CHECK(mkdir(work, 0755));
  CHECK(mkdir(merged, 0755));
  CHECK(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL));
  snprintf(options, sizeof options, "lowerdir=lower,upperdir=%s,workdir=%s,volatile", upper, work);
  CHECK(mount("overlay", merged, "overlay", 0, options));
  CHECK(chdir(merged));
  CHECK(mount("proc", "proc", "proc", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  CHECK(mount("tmpfs", "dev", "tmpfs", MS_NOSUID, "mode=755,size=64k"));
  static const struct {
    const char* path;
    int major, minor;
  } nodes[] = {{"dev/null", 1, 3},   {"dev/zero", 1, 5},    {"dev/full", 1, 7},
               {"dev/random", 1, 8}, {"dev/urandom", 1, 9}, {"dev/tty", 5, 0}};
  for (unsigned i = 0; i < sizeof nodes / sizeof *nodes; ++i) {
    CHECK(mknod(nodes[i].path, S_IFCHR | 0666, makedev(nodes[i].major, nodes[i].minor)));
  }
  CHECK(mkdir("dev/pts", 0755));
  CHECK(mkdir("dev/mqueue", 0755));
  CHECK(mkdir("dev/shm", 0755));
  CHECK(mount("devpts", "dev/pts", "devpts", MS_NOSUID | MS_NOEXEC, "newinstance,ptmxmode=0666"));
  CHECK(mount("mqueue", "dev/mqueue", "mqueue", MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  CHECK(mount("shm", "dev/shm", "tmpfs", MS_NOSUID | MS_NODEV, "size=64m"));
  CHECK(mount("sysfs", "sys", "sysfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, NULL));
  cover(name);
  CHECK(syscall(SYS_pivot_root, ".", "."));
  CHECK(umount2(".", MNT_DETACH));
  filterCalls();
}

static void execute(const char* program) {
  char* const arguments[] = {(char*)program, "1000", NULL};
  char* const environment[] = {"PATH=/bin", NULL};
  execve(program, arguments, environment);
  check(-1, program);
}

struct Message {
  struct nlmsghdr header;
  char data[1024];
};

static struct rtattr* put(struct Message* message, int type, const void* data, int length) {
  struct rtattr* attribute =
      (struct rtattr*)((char*)message + NLMSG_ALIGN(message->header.nlmsg_len));
  attribute->rta_type = type;
  attribute->rta_len = RTA_LENGTH(length);
  if (length > 0) {
    memcpy(RTA_DATA(attribute), data, length);
  }
  message->header.nlmsg_len =
      NLMSG_ALIGN(message->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
  return attribute;
}

static void end(struct Message* message, struct rtattr* nest) {
  nest->rta_len = (char*)message + message->header.nlmsg_len - (char*)nest;
}

static struct Message* begin(int type, int flags, const void* family, int length) {
  static struct Message message;
  memset(&message, 0, sizeof message);
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK | flags;
  message.header.nlmsg_len = NLMSG_LENGTH(length);
  memcpy(NLMSG_DATA(&message.header), family, length);
  return &message;
}

static void request(int socket, struct Message* message, const char* what) {
  CHECK(send(socket, message, message->header.nlmsg_len, 0));
  struct Message answer;
  CHECK(recv(socket, &answer, sizeof answer, 0));
  errno = -((struct nlmsgerr*)NLMSG_DATA(&answer.header))->error;
  check(errno == 0 ? 0 : -1, what);
}

// The caller is in the new namespace; hostNamespace is where the bridge is.
static void makeInterface(int hostNamespace, unsigned bridge) {
  const int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  const int inside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  CHECK(setns(hostNamespace, CLONE_NEWNET));
  const int outside = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  char name[16];
  // The namespace of the run before may still be dying, with its device.
  unsigned unique = 0;
  CHECK(getrandom(&unique, sizeof unique, 0));
  snprintf(name, sizeof name, "fl%x", unique);
  const struct ifinfomsg up = {.ifi_flags = IFF_UP, .ifi_change = IFF_UP}, peer = {0};
  struct Message* link = begin(RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, &up, sizeof up);
  put(link, IFLA_IFNAME, name, strlen(name) + 1);
  put(link, IFLA_MASTER, &bridge, 4);
  struct rtattr* info = put(link, IFLA_LINKINFO, NULL, 0);
  put(link, IFLA_INFO_KIND, "veth", 4);
  struct rtattr* data = put(link, IFLA_INFO_DATA, NULL, 0);
  struct rtattr* end2 = put(link, VETH_INFO_PEER, NULL, 0);
  memcpy((char*)link + NLMSG_ALIGN(link->header.nlmsg_len), &peer, sizeof peer);
  link->header.nlmsg_len = NLMSG_ALIGN(link->header.nlmsg_len) + sizeof peer;
  put(link, IFLA_IFNAME, "eth0", 5);
  put(link, IFLA_NET_NS_FD, &own, 4);
  end(link, end2);
  end(link, data);
  end(link, info);
  request(outside, link, "veth");
  CHECK(setns(own, CLONE_NEWNET));
  const struct in_addr address = {htonl(0x0a630000 | (2 + getpid() % 60000))},
                       gateway = {htonl(0x0a630001)};
  const struct ifaddrmsg assign = {.ifa_family = AF_INET, .ifa_prefixlen = 16, .ifa_index = 2};
  struct Message* message = begin(RTM_NEWADDR, NLM_F_CREATE | NLM_F_EXCL, &assign, sizeof assign);
  put(message, IFA_LOCAL, &address, 4);
  put(message, IFA_ADDRESS, &address, 4);
  request(inside, message, "address");
  for (int index = 1; index <= 2; ++index) {
    const struct ifinfomsg raise = {.ifi_index = index, .ifi_flags = IFF_UP, .ifi_change = IFF_UP};
    request(inside, begin(RTM_NEWLINK, 0, &raise, sizeof raise), "link up");
  }
  const struct rtmsg via = {.rtm_family = AF_INET,
                            .rtm_table = RT_TABLE_MAIN,
                            .rtm_protocol = RTPROT_BOOT,
                            .rtm_scope = RT_SCOPE_UNIVERSE,
                            .rtm_type = RTN_UNICAST};
  message = begin(RTM_NEWROUTE, NLM_F_CREATE | NLM_F_EXCL, &via, sizeof via);
  put(message, RTA_GATEWAY, &gateway, 4);
  request(inside, message, "route");
  close(inside);
  close(outside);
  close(own);
}

static int hostNamespace;
static unsigned bridge;

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

static void cycle(int network) {
  int ready[2], pauseFd = -1;
  char byte;
  CHECK(pipe2(ready, O_CLOEXEC));
  const pid_t pausePid =
      cloneWith(CLONE_NEWNS | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET, &pauseFd);
  if (pausePid == 0) {
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
  pid_t containers[2];
  for (int i = 0; i < 2; ++i) {
    int executed[2];
    CHECK(pipe2(executed, O_CLOEXEC));
    makeCgroups(i == 0 ? "a" : "b");
    containers[i] = cloneWith(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWCGROUP, NULL);
    if (containers[i] == 0) {
      CHECK(setns(pauseFd, CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET));
      enterCgroups(i == 0 ? "a" : "b");
      mountRoot(i == 0 ? "a" : "b");
      execute("/bin/sleep");
    }
    close(executed[1]);
    if (read(executed[0], &byte, 1) != 0) {
      _exit(99);
    }
    close(executed[0]);
  }
  for (int i = 0; i < 2; ++i) {
    CHECK(kill(containers[i], SIGKILL));
  }
  CHECK(kill(pausePid, SIGKILL));
  for (int i = 0; i < 3; ++i) {
    CHECK(waitpid(-1, NULL, 0));
  }
  removeCgroups("a");
  removeCgroups("b");
}

static void enter(pid_t target) {
  const int pidfd = syscall(SYS_pidfd_open, target, 0);
  CHECK(pidfd);
  CHECK(setns(pidfd, CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWNET));
  const pid_t pid = vfork();
  if (pid == 0) {
    execute("/bin/true");
  }
  CHECK(waitpid(pid, NULL, 0));
}

int main(int count, char** arguments) {
  const char* directory = getenv("FLOOR_DIR");
  if (count != 3 || directory == NULL) {
    fprintf(stderr, "usage: FLOOR_DIR=... floor run|cycle none|bridge, floor exec PID\n");
    return 2;
  }
  CHECK(chdir(directory));
  const int network = strcmp(arguments[2], "bridge") == 0;
  if (network) {
    hostNamespace = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
    bridge = if_nametoindex("floor0");
  }
  if (strcmp(arguments[1], "run") == 0) {
    run(network);
  } else if (strcmp(arguments[1], "cycle") == 0) {
    cycle(network);
  } else {
    enter(atoi(arguments[2]));
  }
  return 0;
}
