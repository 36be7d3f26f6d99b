#include "keeper/budget_watch.h"

#include <sys/epoll.h>
#include <unistd.h>

#include <array>

#include "keeper/diary.h"

namespace keeper {

using namespace std::chrono_literals;

namespace {

/// The kernel reports a file as changed until it has been read (kernfs).
void markSeen(int fd) {
  std::array<char, 512> text{};
  (void)!pread(fd, text.data(), text.size(), 0);
}

}  // namespace

std::string pidsLimitReached(const Cgroup& cgroup) {
  if (cgroup.pidsRefused() == 0) {
    return "";
  }
  const CgroupStats stats = cgroup.stats();
  return stats.pidsMax && stats.pidsPeak >= *stats.pidsMax ? "container" : "pod";
}

BudgetWatch::BudgetWatch(Loop& loop, const Cgroup& cgroup,
                         std::function<std::uint64_t()> podOomEvents, std::function<void()> changed)
    : loop_(loop),
      cgroup_(cgroup),
      podOomEvents_(std::move(podOomEvents)),
      changed_(std::move(changed)) {
  // Without them the container runs all the same; only why it ended is then less well known.
  attempt("watching a container's memory", [&] { oom_ = cgroup_.watchOom(); });
  attempt("watching a container's processes", [&] { pids_ = cgroup_.watchPids(); });
  if (oom_.fd) {
    if (oom_.events != EPOLLIN) {
      markSeen(oom_.fd.get());
    }
    oomWatch_ =
        loop_.watch(oom_.fd.get(), oom_.events, [this](std::uint32_t /*events*/) { onOom(); });
  }
  podEvents_ = podOomEvents_();
  watchPids();
}

void BudgetWatch::restart() {
  kills_ = cgroup_.oomKills();
  ownEvents_ = ownOomEvents();
  podEvents_ = podOomEvents_();
  refused_ = cgroup_.pidsRefused();
  watchPids();
}

void BudgetWatch::watchPids() {
  if (pids_ && !pidsWatch_) {
    markSeen(pids_.get());
    pidsWatch_ = loop_.watch(pids_.get(), EPOLLPRI, [this](std::uint32_t /*events*/) { onPids(); });
  }
}

std::uint64_t BudgetWatch::ownOomEvents() const {
  return oom_.fd ? cgroup_.oomEvents(oom_) : 0;
}

void BudgetWatch::onOom() {
  if (oom_.events == EPOLLIN) {
    ownOomEvents();  // takes the count out of the eventfd
  } else {
    markSeen(oom_.fd.get());
  }
  // v1 tells of it before it kills, and not again afterwards.
  later_ = loop_.after(20ms, [this] { changed_(); });
}

/// Once for each run: a fork bomb must not keep the keeper busy.
void BudgetWatch::onPids() {
  markSeen(pids_.get());
  if (cgroup_.pidsRefused() > refused_) {
    pidsWatch_.reset();
    changed_();
  }
}

bool BudgetWatch::update(ContainerState& state) {
  const std::uint64_t kills = cgroup_.oomKills() - kills_;
  const std::uint64_t refused = cgroup_.pidsRefused() - refused_;
  if (kills == state.oomKills && refused == state.pidsRefused) {
    return false;
  }
  if (kills != state.oomKills) {
    const std::uint64_t pod = podOomEvents_() - podEvents_;
    const std::uint64_t own = ownOomEvents() - ownEvents_;
    state.oomKills = kills;
    // What runs out at the pod's limit is an event of each container in it, too.
    state.oomLimit = own > pod ? "container" : pod > 0 ? "pod" : "";
    podEvents_ += pod;
    ownEvents_ += own;
  }
  if (refused != state.pidsRefused) {
    if (state.pidsRefused == 0) {
      state.pidsLimit = pidsLimitReached(cgroup_);
    }
    state.pidsRefused = refused;
  }
  return true;
}

}  // namespace keeper
