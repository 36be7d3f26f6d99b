#pragma once

#include <map>
#include <string>
#include <vector>

#include "base/json.h"
#include "image/platform.h"
#include "image/sha256.h"
#include "image/test_support.h"

/// Image archives of every form, made in memory.
namespace image::test {

struct TestLayer {
  std::string tar, blob;  ///< the blob is the tar, or the tar compressed
  explicit TestLayer(const std::string& bytes) : tar(bytes), blob(bytes) {}
  TestLayer(const std::string& bytes, const std::string& compressor)
      : tar(bytes), blob(through(compressor, bytes)) {}
};

inline TestLayer layerWith(const std::string& name, const std::string& content) {
  return TestLayer(Tar().file(name, content).bytes());
}

inline std::string configOf(const std::vector<TestLayer>& layers, const std::string& label = "") {
  Json ids = Json::array();
  for (const TestLayer& layer : layers) {
    ids.push_back(sha256(layer.tar));
  }
  return Json{{"created", "2026-01-02T03:04:05Z"},
              {"architecture", hostArchitecture()},
              {"os", "linux"},
              {"config", {{"Cmd", {"sh"}}, {"Labels", {{"label", label}}}}},
              {"rootfs", {{"type", "layers"}, {"diff_ids", ids}}}}
      .dump();
}

/// Files of an archive by their names, to be damaged before they are packed.
using Files = std::map<std::string, std::string>;

inline std::string pack(const Files& files) {
  Tar tar;
  for (const auto& [name, content] : files) {
    tar.file(name, content);
  }
  return tar.bytes();
}

inline void addDockerImage(Files& files, const std::vector<std::string>& tags,
                           const std::vector<TestLayer>& layers, const std::string& label = "") {
  const std::string config = configOf(layers, label);
  Json manifest =
      files.contains("manifest.json") ? Json::parse(files["manifest.json"]) : Json::array();
  Json names = Json::array();
  for (const TestLayer& layer : layers) {
    names.push_back(hexOf(sha256(layer.blob)) + "/layer.tar");
    files[names.back()] = layer.blob;
  }
  const std::string configName = hexOf(sha256(config)) + ".json";
  files[configName] = config;
  manifest.push_back({{"Config", configName}, {"RepoTags", tags}, {"Layers", names}});
  files["manifest.json"] = manifest.dump();
}

inline std::string addBlob(Files& files, const std::string& text) {
  files["blobs/sha256/" + hexOf(sha256(text))] = text;
  return sha256(text);
}

inline Json descriptor(Files& files, const std::string& type, const std::string& text) {
  return {{"mediaType", type}, {"digest", addBlob(files, text)}, {"size", text.size()}};
}

inline Json ociManifest(Files& files, const std::vector<TestLayer>& layers,
                        const std::string& label = "") {
  const std::string type = "application/vnd.oci.image.manifest.v1+json";
  Json list = Json::array();
  for (const TestLayer& layer : layers) {
    list.push_back(descriptor(files, "application/vnd.oci.image.layer.v1.tar", layer.blob));
  }
  const Json manifest{{"schemaVersion", 2},
                      {"mediaType", type},
                      {"config", descriptor(files, "application/vnd.oci.image.config.v1+json",
                                            configOf(layers, label))},
                      {"layers", list}};
  return descriptor(files, type, manifest.dump());
}

inline Json named(Json descriptor, const std::string& key, const std::string& name) {
  descriptor["annotations"] = {{key, name}};
  return descriptor;
}

inline std::string indexOf(const std::vector<Json>& manifests) {
  return Json{{"schemaVersion", 2}, {"manifests", manifests}}.dump();
}

inline Files ociLayout(Files files, const std::vector<Json>& manifests) {
  files["oci-layout"] = R"({"imageLayoutVersion":"1.0.0"})";
  files["index.json"] = indexOf(manifests);
  return files;
}

constexpr const char* refName = "org.opencontainers.image.ref.name";
constexpr const char* indexType = "application/vnd.oci.image.index.v1+json";

}  // namespace image::test
