#include "spec/image.h"

#include <array>
#include <string_view>

#include "base/json.h"
#include "spec/members.h"

namespace oci {
namespace {

using StringList = std::vector<std::string>;

/// A digest becomes a file name, so nothing else may pass.
void requireDigest(const std::string& digest) {
  constexpr std::string_view prefix = "sha256:";
  if (digest.size() != prefix.size() + 64 || !digest.starts_with(prefix) ||
      digest.find_first_not_of("0123456789abcdef", prefix.size()) != std::string::npos) {
    throw Error(ErrorKind::invalid,
                cat("the digest \"", digest, "\" is not sha256 and 64 hexadecimal digits"));
  }
}

/// ExposedPorts and Volumes: sets are objects whose values are empty objects.
template <typename Visitor>
void visitSet(Visitor& visit, const char* key, StringList& names) {
  using Set = std::map<std::string, Json>;
  visit.as(
      key, names,
      [](const StringList& from) {
        Set set;
        for (const std::string& name : from) {
          set.emplace(name, Json::object());
        }
        return set;
      },
      [](const Set& set) {
        StringList out;
        for (const auto& [name, empty] : set) {
          out.push_back(name);
        }
        return out;
      });
}

/// Old images have a text where a list is meant.
StringList listOf(const Json& config, const char* key) {
  StringList list;
  const auto member = config.find(key);
  if (member != config.end() && member->is_string()) {
    list.push_back(member->get<std::string>());
  } else {
    spec_detail::Reader visit(config);
    visit(key, list);
  }
  return list;
}

using RunConfig = decltype(ImageConfig::config);

template <typename Visitor>
void runMembers(Visitor& visit, RunConfig& config) {
  visit("User", config.user);
  visitSet(visit, "ExposedPorts", config.exposedPorts);
  visit("Env", config.env);
  visitSet(visit, "Volumes", config.volumes);
  visit("WorkingDir", config.workingDir);
  visit("Labels", config.labels);
  visit("StopSignal", config.stopSignal);
}

template <typename Visitor>
void headMembers(Visitor& visit, ImageConfig& config) {
  visit("created", config.created);
  visit("author", config.author);
  visit("architecture", config.architecture);
  visit("os", config.os);
  visit("variant", config.variant);
}

void requireManifestType(const std::string& mediaType) {
  constexpr std::array<std::string_view, 3> known{
      "", "application/vnd.oci.image.manifest.v1+json",
      "application/vnd.docker.distribution.manifest.v2+json"};
  for (const std::string_view type : known) {
    if (mediaType == type) {
      return;
    }
  }
  throw Error(ErrorKind::invalid, cat("\"", mediaType, "\" is not an image manifest"));
}

}  // namespace

template <typename Visitor>
void members(Visitor& visit, Descriptor& descriptor) {
  visit("mediaType", descriptor.mediaType);
  visit("digest", descriptor.digest);
  visit("size", descriptor.size);
  visit("annotations", descriptor.annotations);
}

template <typename Visitor>
void members(Visitor& visit, Manifest& manifest) {
  visit("mediaType", manifest.mediaType);
  visit("config", manifest.config);
  visit.always("layers", manifest.layers);
  visit("annotations", manifest.annotations);
}

void to_json(Json& json, const Descriptor& descriptor) {
  json = spec_detail::toJson(descriptor);
}

void from_json(const Json& json, Descriptor& descriptor) {
  spec_detail::fromJson(json, descriptor);
  requireDigest(descriptor.digest);
}

void to_json(Json& json, const Manifest& manifest) {
  json = Json::object();
  json["schemaVersion"] = 2;
  json.update(spec_detail::toJson(manifest));
}

void from_json(const Json& json, Manifest& manifest) {
  requireObject(json, "an image manifest");
  int version = 2;
  spec_detail::Reader visit(json);
  visit("schemaVersion", version);
  if (version != 2) {
    throw Error(ErrorKind::invalid, cat("image manifests of schema version ", version,
                                        " are too old to be read; convert it with skopeo copy"));
  }
  spec_detail::fromJson(json, manifest);
  requireManifestType(manifest.mediaType);
  requireDigest(manifest.config.digest);
  for (const Descriptor& layer : manifest.layers) {
    requireDigest(layer.digest);
  }
}

void to_json(Json& json, const ImageConfig& image) {
  // A Writer reads only; the descriptions above serve both directions.
  ImageConfig copy = image;
  json = Json::object();
  spec_detail::Writer visit(json);
  headMembers(visit, copy);
  Json config = Json::object();
  spec_detail::Writer visitConfig(config);
  runMembers(visitConfig, copy.config);
  visitConfig("Entrypoint", copy.config.entrypoint);
  visitConfig("Cmd", copy.config.cmd);
  json["config"] = std::move(config);
  json["rootfs"] = Json{{"type", "layers"}, {"diff_ids", image.diffIds}};
  if (!image.history.empty()) {
    json["history"] = parseJson(image.history, "history");
  }
}

void from_json(const Json& json, ImageConfig& image) {
  requireObject(json, "an image configuration");
  spec_detail::Reader visit(json);
  headMembers(visit, image);
  const auto config = json.find("config");
  if (config != json.end() && !config->is_null()) {
    requireObject(*config, "\"config\"");
    within("\"config\"", [&] {
      spec_detail::Reader visitConfig(*config);
      runMembers(visitConfig, image.config);
      image.config.entrypoint = listOf(*config, "Entrypoint");
      image.config.cmd = listOf(*config, "Cmd");
    });
  }
  visit.object("rootfs", [&](auto& rootfs) { rootfs("diff_ids", image.diffIds); });
  for (const std::string& digest : image.diffIds) {
    requireDigest(digest);
  }
  const auto history = json.find("history");
  if (history != json.end() && history->is_array()) {
    image.history = printJson(*history);
  }
}

}  // namespace oci
