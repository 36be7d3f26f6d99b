#pragma once

#include "spec/members.h"
#include "spec/runtime.h"

/// The "linux" object of a runtime specification (config-linux.md).
namespace oci {

template <typename Visitor>
void members(Visitor& visit, LinuxNamespace& space) {
  visit("type", space.type);
  visit("path", space.path);
}

template <typename Visitor>
void members(Visitor& visit, Device& device) {
  visit("path", device.path);
  visit("type", device.type);
  visit("major", device.major);
  visit("minor", device.minor);
  visit("fileMode", device.fileMode);
  visit("uid", device.uid);
  visit("gid", device.gid);
}

template <typename Visitor>
void members(Visitor& visit, Resources& resources) {
  visit.object("memory", [&](auto& memory) {
    memory("limit", resources.memory.limit);
    memory("reservation", resources.memory.reservation);
    memory("swap", resources.memory.swap);
  });
  visit.object("cpu", [&](auto& cpu) {
    cpu("shares", resources.cpu.shares);
    cpu("quota", resources.cpu.quota);
    cpu("period", resources.cpu.period);
    cpu("cpus", resources.cpu.cpus);
    cpu("mems", resources.cpu.mems);
  });
  visit.object("pids", [&](auto& pids) { pids("limit", resources.pidsLimit); });
}

template <typename Visitor>
void members(Visitor& visit, SeccompArg& arg) {
  visit("index", arg.index);
  visit("value", arg.value);
  visit.unlessZero("valueTwo", arg.valueTwo);
  visit("op", arg.op);
}

template <typename Visitor>
void members(Visitor& visit, SeccompRule& rule) {
  visit("names", rule.names);
  visit("action", rule.action);
  visit("errnoRet", rule.errnoRet);
  visit("args", rule.args);
}

template <typename Visitor>
void members(Visitor& visit, Seccomp& seccomp) {
  visit("defaultAction", seccomp.defaultAction);
  visit("defaultErrnoRet", seccomp.defaultErrnoRet);
  visit("architectures", seccomp.architectures);
  visit("flags", seccomp.flags);
  visit("syscalls", seccomp.syscalls);
}

template <typename Visitor>
void members(Visitor& visit, Linux& linuxPart) {
  visit("namespaces", linuxPart.namespaces);
  visit("devices", linuxPart.devices);
  visit("cgroupsPath", linuxPart.cgroupsPath);
  visit("resources", linuxPart.resources);
  visit("rootfsPropagation", linuxPart.rootfsPropagation);
  visit("seccomp", linuxPart.seccomp);
  visit("sysctl", linuxPart.sysctl);
  visit("maskedPaths", linuxPart.maskedPaths);
  visit("readonlyPaths", linuxPart.readonlyPaths);
}

}  // namespace oci
