#include "engine/spec_builder.h"

namespace engine {

oci::RuntimeSpec buildRuntimeSpec(const SpecInput& input) {
  oci::RuntimeSpec spec;
  spec.root = {"rootfs", input.spec.readOnly};
  spec.process = buildProcess(input);
  if (input.plan.fresh.contains(NamespaceKind::uts)) {
    spec.hostname = input.hostname;
  }
  spec.mounts = buildMounts(input);
  spec.annotations = input.spec.annotations;
  spec.linux_.namespaces = input.plan.specified;
  spec.linux_.cgroupsPath = input.cgroup;
  buildLinux(input, spec);
  return spec;
}

}  // namespace engine
