#pragma once

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static inline void check(long result, const char* call) {
  if (result < 0) {
    fprintf(stderr, "floor: %s: %s\n", call, strerror(errno));
    _exit(99);
  }
}
#define CHECK(call) check((long)(call), #call)

// container.c; `name` is unique among the containers that are there at the same time.
void makeCgroups(const char* name);
void enterCgroups(const char* name);
void removeCgroups(const char* name);
void mountRoot(const char* name);

// network.c. The caller is in the new namespace; hostNamespace is where the bridge is.
void makeInterface(int hostNamespace, unsigned bridge);
