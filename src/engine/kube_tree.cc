#include "engine/kube_tree.h"

#include <algorithm>

#include "base/text.h"

namespace engine {

namespace {

constexpr std::string_view sliceSuffix = ".slice";

/// In a slice's name a dash would be one more level, so a kubelet writes the uid without.
std::string sliceUid(const PodSpec& spec) {
  std::string uid = spec.uid;
  std::replace(uid.begin(), uid.end(), '-', '_');
  return uid;
}

}  // namespace

bool isKube(const PodSpec& spec) {
  return !spec.uid.empty();
}

std::vector<std::string> kubeLevels(const PodSpec& spec) {
  const bool slices = spec.cgroupManager == "systemd";
  std::vector<std::string> names{"kubepods"};
  if (spec.qosClass != "Guaranteed") {
    names.push_back(lower(spec.qosClass));
  }
  std::string whole = spec.cgroupParent;
  if (slices) {
    names.push_back(cat("pod", sliceUid(spec)));
    whole.resize(whole.size() - std::min(whole.size(), sliceSuffix.size()));
  }
  std::vector<std::string> levels;
  for (const std::string& name : names) {
    whole += slices ? cat(whole.empty() ? "" : "-", name) : cat("/", name);
    levels.insert(levels.begin(), slices ? cat(whole, sliceSuffix) : whole);
  }
  return levels;
}

}  // namespace engine
