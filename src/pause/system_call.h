#pragma once

#include <asm/unistd.h>

/// System calls without a C library: the result is the kernel's, a negative errno on failure.
#if defined(__x86_64__)

// NOLINTNEXTLINE(readability-function-size): as many as the kernel takes
inline long systemCall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  long result = 0;
  register long fourth asm("r10") = d;
  register long fifth asm("r8") = e;
  asm volatile("syscall"
               : "=a"(result)
               : "a"(number), "D"(a), "S"(b), "d"(c), "r"(fourth), "r"(fifth)
               : "rcx", "r11", "memory");
  return result;
}

#elif defined(__aarch64__)

// NOLINTNEXTLINE(readability-function-size): as many as the kernel takes
inline long systemCall(long number, long a = 0, long b = 0, long c = 0, long d = 0, long e = 0) {
  register long call asm("x8") = number;
  register long first asm("x0") = a;
  register long second asm("x1") = b;
  register long third asm("x2") = c;
  register long fourth asm("x3") = d;
  register long fifth asm("x4") = e;
  asm volatile("svc 0"
               : "+r"(first)
               : "r"(call), "r"(second), "r"(third), "r"(fourth), "r"(fifth)
               : "memory");
  return first;
}

#else
#error "pause knows the system calls of x86_64 and aarch64"
#endif

template <typename T>
long address(T* pointer) {
  return reinterpret_cast<long>(pointer);
}
