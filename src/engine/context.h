#pragma once

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/engine.h"
#include "engine/trash.h"
#include "keeper/live_states.h"
#include "kernel/cgroup/cgroup.h"
#include "kernel/cgroup/knobs.h"

/// What every file of the engine works with: where the state lives, and the rows with their
/// requests read.
namespace engine {

struct PodRecord {
  store::PodRow row;
  PodSpec spec;

  const std::string& id() const { return row.id; }
  bool shares(NamespaceKind kind) const { return spec.infra && spec.share.contains(kind); }
};

struct ContainerRecord {
  store::ContainerRow row;
  ContainerSpec spec;

  const std::string& id() const { return row.id; }
  /// Whose keeper runs it: the pod's, or its own.
  const std::string& sandbox() const { return row.pod.empty() ? row.id : row.pod; }
};

struct SandboxAhead;

/// One list, or sample, of many: live states are read once, and by `work` where it was begun early.
struct Listing {
  SharedWork work;
  keeper::LiveStates states;
  std::optional<KnobShortcuts> shortcuts;  ///< for samples of all
};

struct Context {
  explicit Context(keeper::Layout where, std::string cgroupManager = "",
                   Purpose purpose = Purpose::any);
  Context(const Context&) = delete;
  Context& operator=(const Context&) = delete;
  ~Context();

  keeper::Layout layout;
  store::Registry registry;
  image::Store images;
  Trash trash;
  /// Of pods whose keepers have been asked to end them (beginRemovingPods), by their id.
  std::map<std::string, keeper::Client> ending;
  /// To those that have ended their pods but for the cgroups, by the pods' ids.
  std::vector<std::pair<std::string, keeper::Client>> unfinished;
  /// To keepers that have ended their pods: what nobody waits for they do once these hang up.
  std::vector<keeper::Client> ended;
  bool removesMany = false;  ///< beginRemovingPods() was called
  /// Of the pod of a container that is being made, for its start.
  std::unique_ptr<SandboxAhead> ahead;
  /// Of the container that was made last.
  std::optional<image::Image> image;

  /// To where the cgroups of most containers are.
  std::vector<Path> usualCgroups();
  /// That which was begun with this object, or a new one.
  std::unique_ptr<Listing> takeListing();
  /// The network of this instance.
  network::Bridge bridge() const { return network::bridgeFor(layout.root); }
  /// Found at the first use.
  const CgroupLayout& cgroups();
  /// Who manages the cgroup of an object with this --cgroup-parent (engine/cgroup_tree.h).
  std::string cgroupManagerFor(const std::string& parent);

  PodRecord pod(const std::string& reference) const;  ///< Error (not_found)
  /// Error (not_found); of a pod's pause process, which has no record, (invalid).
  ContainerRecord container(const std::string& reference) const;
  std::vector<ContainerRecord> containersOf(const std::string& pod) const;  ///< oldest first
  /// The pod whose pause process the reference names, by id, a prefix of it, or name; nothing where
  /// it names a container.
  std::optional<PodRecord> podOfInfra(const std::string& reference) const;
  /// The pod that the container is in; nothing outside pods.
  std::optional<PodRecord> podOf(const ContainerRecord& container) const;

 private:
  std::optional<CgroupLayout> cgroups_;
  std::string askedManager_;
  /// Begun with this object; last, as its work uses the rest.
  std::unique_ptr<Listing> listing_;
};

struct Engine::State : Context {
  using Context::Context;
};

PodRecord read(store::PodRow row);
ContainerRecord read(store::ContainerRow row);
std::string toText(const PodSpec& spec);
std::string toText(const ContainerSpec& spec);

/// The id of a pod's pause process where containers are listed: fixed by the pod's.
std::string infraId(const std::string& pod);
std::string infraName(const std::string& pod);

}  // namespace engine
