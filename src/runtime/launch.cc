#include "runtime/launch.h"

#include <fcntl.h>

#include "base/error.h"
#include "kernel/pidfd.h"
#include "runtime/child.h"
#include "runtime/pending_child.h"

namespace runtime {

struct Launch::State : PendingChild {};

namespace {

void fillStdio(LaunchOptions& options) {
  for (UniqueFd* stream : {&options.stdin_, &options.stdout_, &options.stderr_}) {
    if (!*stream) {
      stream->reset(open("/dev/null", O_RDWR | O_CLOEXEC));
      if (!*stream) {
        throw systemError("opening /dev/null");
      }
    }
  }
}

void check(const oci::RuntimeSpec& spec) {
  if (spec.process.args.empty() || spec.process.args.front().empty()) {
    throw Error(ErrorKind::invalid, "no command to execute");
  }
  if (!spec.process.apparmorProfile.empty()) {
    throw Error(ErrorKind::unsupported, "AppArmor profiles are not supported");
  }
}

}  // namespace

Launch::Launch(std::unique_ptr<State> state) : state_(std::move(state)) {}
Launch::Launch(Launch&&) noexcept = default;

Launch& Launch::operator=(Launch&& other) noexcept {
  state_.swap(other.state_);
  return *this;
}

Launch::~Launch() = default;

Launch Launch::container(const oci::RuntimeSpec& spec, LaunchOptions options) {
  check(spec);
  if (!spec.process.terminal) {
    fillStdio(options);
  }
  ChildPlan plan{spec, options, NamespacePlan(spec.linux_.namespaces), {}, {}};
  const auto& pid = plan.namespaces.pid();
  auto state = std::make_unique<State>();
  state->start({.flags = plan.namespaces.cloneFlags(),
                .pidNamespace = pid ? pid->fd() : -1,
                .cgroup = options.cgroup,
                .steps = [&](Reporter& reporter, std::vector<UniqueFd> cgroupFiles) {
                  plan.cgroupFiles = std::move(cgroupFiles);
                  runContainerChild(plan, reporter);
                }});
  return Launch(std::move(state));
}

Launch Launch::exec(pid_t container, const oci::RuntimeSpec& spec, LaunchOptions options) {
  check(spec);
  if (!spec.process.terminal) {
    fillStdio(options);
  }
  ChildPlan plan{spec, options, {}, {}, openPidfd(container)};
  auto state = std::make_unique<State>();
  state->start({.pidNamespace = plan.target.get(),
                .cgroup = options.cgroup,
                .steps = [&](Reporter& reporter, std::vector<UniqueFd> cgroupFiles) {
                  plan.cgroupFiles = std::move(cgroupFiles);
                  runExecChild(plan, reporter);
                }});
  return Launch(std::move(state));
}

int Launch::fd() const {
  return state_->fd();
}
int Launch::pidfd() const {
  return state_->pidfd();
}
pid_t Launch::pid() const {
  return state_->pid();
}
std::optional<Started> Launch::finish() {
  return state_->advance(false);
}
Started Launch::wait() {
  return std::move(*state_->advance(true));
}

}  // namespace runtime
