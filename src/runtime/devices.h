#pragma once

#include "kernel/rootdir.h"
#include "spec/runtime.h"

namespace runtime {

/// The nodes and links that every container has (config-linux.md, "Default Devices"), in this
/// directory.
void createDefaultDevices(int dev);
/// What is at its place already is left alone where it is the same device, else an Error (exists).
void createDevice(const RootDir& root, const oci::Device& device);

}  // namespace runtime
