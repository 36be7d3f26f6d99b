#pragma once

#include <memory>

#include "base/rollback.h"
#include "engine/namespaces.h"
#include "network/lease.h"

/// Keepers with what they set up before their first container: of a pod, or of a single container.
namespace engine {

/// A keeper that is setting up its sandbox while its client goes on with other things. What was
/// made for it is undone at the end of this, unless wait() has returned.
class StartingSandbox {
 public:
  /// `started` is called when it has been set up.
  explicit StartingSandbox(keeper::Client client, std::unique_ptr<Rollback> undo = nullptr,
                           std::function<void()> started = nullptr)
      : client_(std::move(client)), undo_(std::move(undo)), started_(std::move(started)) {}
  /// Of a keeper that was there; `otherwise` where it is about to end.
  StartingSandbox(keeper::Client client, std::function<StartingSandbox()> otherwise)
      : client_(std::move(client)), otherwise_(std::move(otherwise)) {}
  StartingSandbox(const StartingSandbox&) = delete;
  StartingSandbox& operator=(const StartingSandbox&) = delete;
  ~StartingSandbox();

  keeper::Client wait();

 private:
  keeper::Client client_;
  std::unique_ptr<Rollback> undo_;
  std::function<void()> started_;
  std::function<StartingSandbox()> otherwise_;
};

/// The pod's keeper with its sandbox, both started where they are not, and with them those whose
/// namespaces the pod joins. What was started here is stopped with `undo`, unless somebody else has
/// come to use it. What is passed must outlive what is returned.
StartingSandbox ensurePodSandbox(Context& context, const PodRecord& pod, Rollback& undo);

/// A pod's sandbox on its way, with what it needs until then. Unless `undo` is committed, it is
/// stopped at the end where it was started here.
struct SandboxAhead {
  SandboxAhead(Context& context, PodRecord forPod)
      : pod(std::move(forPod)), sandbox(ensurePodSandbox(context, pod, undo)) {}

  const PodRecord pod;
  Rollback undo;
  StartingSandbox sandbox;
};

/// The keeper of a container outside any pod. What was made for it is undone with `undo`.
StartingSandbox startOwnSandbox(Context& context, const ContainerRecord& container,
                                const NamespacePlan& plan, Rollback& undo);

/// The interface of a network namespace that is new, its address leased (and released with `undo`).
/// The bridge is the keeper's to set up, which lives on.
network::Interface prepareInterface(Context& context, const std::string& owner,
                                    const NetworkRequest& request, Rollback& undo);

/// The ports that are published now of a pod or single container; those it would publish where it
/// does not run.
std::vector<network::PublishedPort> publishedPorts(const Context& context,
                                                   const std::string& sandbox,
                                                   const NetworkRequest& request);

}  // namespace engine
