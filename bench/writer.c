// What writes in a container whose log is measured.
//
//   writer LINE BYTES FILE   writes so many bytes in lines of LINE bytes (0: no newline at all),
//                            waits until all of it has been read from the pipe, writes the
//                            nanoseconds that this took into FILE, and stays until it is killed
//   writer log LINE FILE     the floor of a logger: reads, and writes into FILE as many bytes as a
//   log
//                            of such lines has
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

static char block[60 * 1024];  // whole lines of 2 and of 120 bytes

static long long nanoseconds(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return time.tv_sec * 1000000000LL + time.tv_nsec;
}

static int logger(unsigned line, const char* path) {
  static char buffer[1024 * 1024];
  static const char text[256 * 1024];  // what is in it costs nothing
  const long long prefix = 45;         // the time and " stdout F "
  const int file = open(path, O_WRONLY | O_CREAT | O_APPEND, 0600);
  if (file < 0) {
    return 1;
  }
  fcntl(0, F_SETPIPE_SZ, sizeof buffer);
  long long owed = 0;
  for (ssize_t have; (have = read(0, buffer, sizeof buffer)) > 0;) {
    for (owed += line > 0 ? have * (line + prefix) / line : have; owed >= (long long)sizeof text;) {
      owed -= write(file, text, sizeof text);
    }
  }
  return 0;
}

int main(int count, char** arguments) {
  if (count == 4 && strcmp(arguments[1], "log") == 0) {
    return logger(atoi(arguments[2]), arguments[3]);
  }
  if (count != 4) {
    return 2;
  }
  const unsigned line = atoi(arguments[1]);
  memset(block, 'x', sizeof block);
  for (unsigned i = line; line > 0 && i <= sizeof block; i += line) {
    block[i - 1] = '\n';
  }
  const long long start = nanoseconds();
  for (long long rest = atoll(arguments[2]); rest > 0;) {
    const ssize_t written = write(1, block, rest < (long long)sizeof block ? rest : sizeof block);
    if (written < 0) {
      return 1;
    }
    rest -= written;
  }
  for (int unread = 1; unread > 0;) {
    if (ioctl(1, FIONREAD, &unread) != 0) {
      return 1;
    }
    if (unread > 0) {
      usleep(100);
    }
  }
  const long long took = nanoseconds() - start;
  char made[256];
  snprintf(made, sizeof made, "%s.made", arguments[3]);
  FILE* file = fopen(made, "w");
  if (file == NULL || fprintf(file, "%lld\n", took) < 0 || fclose(file) != 0 ||
      rename(made, arguments[3]) != 0) {
    return 1;
  }
  sleep(10000);
  return 0;
}
