#include "engine/init.h"

#include <unistd.h>

#include <array>

#include "engine/namespaces.h"

namespace engine {

namespace {

/// Static programs: a container need not have their libraries.
constexpr std::array<const char*, 3> knownPrograms{"/usr/libexec/podman/catatonit",
                                                   "/usr/bin/catatonit", "/usr/bin/tini-static"};

}  // namespace

std::string findInit(const ContainerSpec& spec) {
  if (!spec.initPath.empty()) {
    if (::access(spec.initPath.c_str(), X_OK) != 0) {
      const Error cause = systemError("container-init binary ", spec.initPath);
      throw Error(cause.code() == ENOENT ? ErrorKind::not_found : ErrorKind::invalid, cause.what(),
                  cause.code());
    }
    return spec.initPath;
  }
  for (const char* known : knownPrograms) {
    if (::access(known, X_OK) == 0) {
      return known;
    }
  }
  throw Error(ErrorKind::not_found,
              "container-init binary not found on the host: install the package catatonit, or name "
              "a static program with --init-path");
}

void checkInit(const ContainerSpec& spec, const PodRecord* pod) {
  const NamespaceMode mode = effectiveMode(NamespaceKind::pid, spec, pod);
  if (!spec.init || mode.source == NamespaceMode::Source::own) {
    return;
  }
  const bool shared = mode.source == NamespaceMode::Source::pod;
  throw Error(ErrorKind::invalid,
              cat("cannot add init binary as PID 1 (PID namespace isn't private): ",
                  shared ? cat("the pause process of pod ", pod->row.name, " reaps already")
                         : cat("--pid is ", ::toText(mode))));
}

}  // namespace engine
