// What a container needs: cgroups, a root file system, masked paths, the seccomp filter.
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "floor.h"

// Where a container's cgroup is made, whichever of these there are; the first is for v2, the rest
// for v1 and hybrid.
static const char* const hierarchies[] = {"/sys/fs/cgroup/unified", "/sys/fs/cgroup/memory",
                                          "/sys/fs/cgroup/cpuacct", "/sys/fs/cgroup/pids"};

static void cgroupPath(char* path, size_t size, int i, const char* name, const char* file) {
  snprintf(path, size, "%s/peapod-floor-%s%s", hierarchies[i], name, file);
}

void makeCgroups(const char* name) {
  char path[128];
  for (int i = 0; i < 4; ++i) {
    cgroupPath(path, sizeof path, i, name, "");
    mkdir(path, 0755);
  }
}

void enterCgroups(const char* name) {
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

void removeCgroups(const char* name) {
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

void mountRoot(const char* name) {
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
