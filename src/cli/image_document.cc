#include "base/json.h"
#include "cli/inspect.h"

namespace cli {
namespace {

/// {"80/tcp": {}}: how the image specification has sets.
Json asSet(const std::vector<std::string>& members) {
  Json set = Json::object();
  for (const auto& member : members) {
    set[member] = Json::object();
  }
  return set;
}

/// Members that are empty are not in Podman's document.
void addUnlessEmpty(Json& object, const char* key, Json value) {
  const bool empty =
      value.is_string() ? value.get_ref<const std::string&>().empty() : value.empty();
  if (!empty) {
    object[key] = std::move(value);
  }
}

Json configDocument(const oci::ImageConfig& image) {
  const auto& config = image.config;
  Json out = Json::object();
  addUnlessEmpty(out, "User", config.user);
  addUnlessEmpty(out, "ExposedPorts", asSet(config.exposedPorts));
  addUnlessEmpty(out, "Env", config.env);
  addUnlessEmpty(out, "Entrypoint", config.entrypoint);
  addUnlessEmpty(out, "Cmd", config.cmd);
  addUnlessEmpty(out, "Volumes", asSet(config.volumes));
  addUnlessEmpty(out, "WorkingDir", config.workingDir);
  addUnlessEmpty(out, "Labels", config.labels);
  addUnlessEmpty(out, "StopSignal", config.stopSignal);
  return out;
}

/// "docker.io/library/nginx@sha256:...", for each name once.
Json repoDigests(const image::Image& image) {
  Json out = Json::array();
  for (const auto& name : image.names) {
    const std::size_t colon = name.rfind(':');
    const std::size_t slash = name.rfind('/');
    const bool tagged = colon != std::string::npos && (slash == std::string::npos || colon > slash);
    out.push_back(cat(tagged ? name.substr(0, colon) : name, "@", image.digest));
  }
  return out;
}

}  // namespace

Json imageDocument(const image::Image& image) {
  Json layers = Json::array();
  for (const auto& diffId : image.config.diffIds) {
    layers.push_back(diffId);
  }
  return {
      {"Id", image.id},
      {"Digest", image.digest},
      {"RepoTags", image.names},
      {"RepoDigests", repoDigests(image)},
      {"Parent", ""},
      {"Comment", ""},
      {"Created", formatTime(image.created)},
      {"Config", configDocument(image.config)},
      {"Version", ""},
      {"Author", image.config.author},
      {"Architecture", image.config.architecture},
      {"Os", image.config.os},
      {"Size", image.size},
      {"VirtualSize", image.size},
      {"RootFS", {{"Type", "layers"}, {"Layers", std::move(layers)}}},
      {"Labels", image.config.config.labels.empty() ? Json() : Json(image.config.config.labels)},
      {"Annotations", Json::object()},
      {"User", image.config.config.user},
      {"History", parseJson(image.config.history.empty() ? "[]" : image.config.history, "history")},
      {"NamesHistory", image.names}};
}

}  // namespace cli
