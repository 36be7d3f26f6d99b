#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "base/error.h"
#include "base/text.h"
#include "keeper/place.h"
#include "keeper/scope/systemd.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/self.h"
#include "kernel/selfexe.h"

namespace {

Path directoryOf(const std::string& cgroup) {
  const auto mount = CgroupLayout::detect().mount("");
  if (!mount) {
    throw Error(ErrorKind::unsupported, "no cgroup v2 file system is mounted");
  }
  return *mount / Path(cgroup).relative_path();
}

/// Into the leaf of the scope, since in the scope itself controllers are going to be on
/// (cgroups(7), "no internal processes").
void enter(const std::string& keeperCgroup) {
  const Path leaf = directoryOf(keeperCgroup);
  if (mkdir(leaf.c_str(), 0755) != 0 && errno != EEXIST) {
    throw systemError("creating cgroup ", leaf.native());
  }
  writeKnob(leaf / "cgroup.procs", "0");
}

/// The scope of a keeper that died still has the pod in it; one whose keeper is just ending may go
/// away meanwhile.
void takePlace(const Systemd::Scope& scope, const std::string& keeperCgroup) {
  const std::string& unit = scope.unit;
  const std::string before = ownCgroup("").value_or("/");
  Systemd systemd;
  constexpr int attempts = 10;
  for (int attempt = 1;; ++attempt) {
    const bool isNew = systemd.startScope(scope);
    try {
      enter(keeperCgroup);
      if (isNew || systemd.isActive(unit)) {
        return;
      }
    } catch (const Error&) {
      if (isNew || attempt == attempts) {
        throw;
      }
    }
    if (attempt == attempts) {
      throw Error(ErrorKind::system, cat("systemd keeps ending ", unit));
    }
    // It is on its way out, and stays there while somebody is in it, be it ourselves.
    writeKnob(directoryOf(before) / "cgroup.procs", "0");
    systemd.awaitRemoval(unit);
  }
}

}  // namespace

/// peapod-scope UNIT SLICE KEEPER-CGROUP ROOT RUNROOT ID [OWN-SLICE...]: becomes peapod-keeper ROOT
/// RUNROOT ID in a scope of systemd's. It is started as a keeper is; what fails is the keeper's to
/// tell.
int main(int count, char** arguments) {
  if (count < 7) {
    return 125;
  }
  try {
    try {
      takePlace({arguments[1],
                 arguments[2],
                 "peapod: a pod and its keeper",
                 {arguments + 7, arguments + count}},
                arguments[3]);
    } catch (const Error& error) {
      setenv(keeper::scopeFailure, error.what(), 1);
    }
    std::vector<std::string> environment;
    for (char** variable = environ; *variable != nullptr; ++variable) {
      environment.emplace_back(*variable);
    }
    SealedProgram(program("peapod-keeper"))
        .execute({"peapod-keeper", arguments[4], arguments[5], arguments[6]}, environment);
  } catch (const std::exception&) {
    return 125;
  }
}
