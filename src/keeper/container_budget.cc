#include "keeper/container.h"
#include "keeper/diary.h"
#include "keeper/place.h"

/// A container's limits: what is met at them, and their change.
namespace keeper {

void Container::watchBudget() {
  state_.cpuBefore = state_.cpuSystemBefore = 0;
  if (cgroup_ && budget_) {
    budget_->restart();
    const CgroupStats used = cgroup_->stats();
    state_.cpuBefore = used.cpuUsec;
    state_.cpuSystemBefore = used.cpuSystemUsec;
  } else if (cgroup_) {
    budget_.emplace(
        around_.loop, *cgroup_, [this] { return around_.sandbox.oomEvents(); },
        [this] { onBudget(); });
  }
}

void Container::onBudget() {
  attempt("reading a container's cgroup", [this] {
    if (phase_ == Phase::running && readBudget()) {
      writeState();
    }
  });
}

/// Tells what has been met at the limits since the last look. False for nothing new.
bool Container::readBudget() {
  const ContainerState before = state_;
  if (!budget_->update(state_)) {
    return false;
  }
  if (state_.oomKills != before.oomKills) {
    note(cat("container ", config_.name, ": ", state_.oomKills,
             " of its processes killed for want of memory",
             state_.oomLimit.empty() ? "" : cat(" at the limit of the ", state_.oomLimit)));
    recordEvent("oom");
  }
  if (state_.pidsRefused != 0 && before.pidsRefused == 0) {
    note(cat("container ", config_.name, ": refused a further process at the limit of the ",
             state_.pidsLimit));
  }
  return true;
}

void Container::update(const CgroupLimits& limits) {
  if (!cgroup_) {
    throw Error(ErrorKind::in_use,
                cat("updating container ", config_.name, ": it does not run, or has no cgroup"));
  }
  cgroup_->apply(limits);
  weighOwnScope(limits);
  merge(config_.limits, limits);
  writeConfig();
}

void Container::renewCpuLimit() {
  if (cgroup_ && config_.limits.cpuQuota.value_or(0) > 0) {
    CgroupLimits limits;
    limits.cpuQuota = config_.limits.cpuQuota;
    limits.cpuPeriod = config_.limits.cpuPeriod;
    attempt("renewing a container's CPU limit", [&] { cgroup_->apply(limits); });
  }
}

void Container::weighOwnScope(const CgroupLimits& limits) const {
  if (!around_.sandbox.config().pod) {
    weighScope(around_.cgroups, config_.cgroup, limits);
  }
}

}  // namespace keeper
