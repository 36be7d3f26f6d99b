#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/json_fwd.h"

/// The OCI image specification's documents (image-spec 1.0: descriptor.md, manifest.md, config.md),
/// as far as an image is stored and run from them. Docker's schema 2 documents have the same
/// members and other media types.
namespace oci {

struct Descriptor {
  std::string mediaType, digest;  ///< digest: "sha256:" and 64 hexadecimal digits
  std::uint64_t size = 0;
  std::map<std::string, std::string> annotations;
};

struct Manifest {
  std::string mediaType;
  Descriptor config;
  std::vector<Descriptor> layers;  ///< lowest first
  std::map<std::string, std::string> annotations;
};

struct ImageConfig {
  std::string created, author, architecture, os, variant;
  struct {
    std::string user, workingDir, stopSignal;
    std::vector<std::string> env, entrypoint, cmd;
    std::map<std::string, std::string> labels;
    std::vector<std::string> exposedPorts;  ///< "80/tcp"
    std::vector<std::string> volumes;
  } config;
  std::vector<std::string>
      diffIds;          ///< rootfs.diff_ids: digests of the uncompressed layers, lowest first
  std::string history;  ///< the array as JSON text; empty: none
};

void to_json(Json& json, const Descriptor& descriptor);
void from_json(const Json& json, Descriptor& descriptor);
void to_json(Json& json, const Manifest& manifest);
void from_json(const Json& json, Manifest& manifest);
void to_json(Json& json, const ImageConfig& image);
void from_json(const Json& json, ImageConfig& image);

}  // namespace oci
