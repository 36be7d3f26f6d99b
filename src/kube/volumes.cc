#include <array>
#include <filesystem>

#include "base/file.h"
#include "kube/pod_fields.h"

namespace kube {

namespace {

/// hostPath.type: what must be there.
void checkKind(const Field& type, const std::string& path) {
  using std::filesystem::file_type;
  constexpr std::array<std::pair<std::string_view, file_type>, 5> kinds{{
      {"Directory", file_type::directory},
      {"File", file_type::regular},
      {"Socket", file_type::socket},
      {"CharDevice", file_type::character},
      {"BlockDevice", file_type::block},
  }};
  const std::string text = type.text();
  if (text.empty()) {
    return;
  }
  for (const auto& [name, kind] : kinds) {
    if (name == text) {
      std::error_code none;
      if (std::filesystem::status(path, none).type() != kind) {
        type.refuse(cat(path, " is not a ", text));
      }
      return;
    }
  }
  throw Error(ErrorKind::unsupported, cat(type.path(), ": ", text, " is not supported yet"));
}

Mount readHostPath(const Field& field) {
  Fields fields(field);
  const Field path = fields.require("path");
  if (!path.text().starts_with('/')) {
    path.refuse("it must be an absolute path");
  }
  if (const auto type = fields.find("type")) {
    checkKind(*type, path.text());
  }
  fields.finish({});
  return {"bind", Path(path.text()).lexically_normal(), "", {}};
}

std::string propagationOf(const std::optional<Field>& field) {
  const std::string text = field ? field->text() : "None";
  if (text == "Bidirectional") {
    return "rshared";
  }
  if (text != "None" && text != "HostToContainer") {
    field->refuse("it must be None, HostToContainer or Bidirectional");
  }
  return text == "None" ? "rprivate" : "rslave";
}

}  // namespace

std::map<std::string, Mount> readVolumes(const std::vector<Field>& volumes) {
  std::map<std::string, Mount> all;
  for (const Field& volume : volumes) {
    Fields fields(volume);
    const Field name = fields.require("name");
    const auto hostPath = fields.find("hostPath");
    for (const auto& [kind, value] : volume.members()) {
      if (kind != "name" && kind != "hostPath") {
        value.refuseForNow("use hostPath");
      }
    }
    if (!hostPath) {
      volume.refuseForNow("without a kind it is an emptyDir; use hostPath");
    }
    if (!all.emplace(name.text(), readHostPath(*hostPath)).second) {
      name.refuse(cat("there are two volumes of the name \"", name.text(), "\""));
    }
  }
  return all;
}

std::vector<Mount> readVolumeMounts(const std::vector<Field>& mounts,
                                    const std::map<std::string, Mount>& volumes) {
  constexpr std::array<std::string_view, 3> later{"subPath", "subPathExpr", "recursiveReadOnly"};
  std::vector<Mount> all;
  for (const Field& field : mounts) {
    Fields fields(field);
    const Field name = fields.require("name"), path = fields.require("mountPath");
    const auto volume = volumes.find(name.text());
    if (volume == volumes.end()) {
      name.refuse(cat("there is no volume of the name \"", name.text(), "\""));
    }
    if (!path.text().starts_with('/')) {
      path.refuse("it must be an absolute path");
    }
    Mount mount = volume->second;
    mount.target = path.text();
    mount.options = {"rbind", fields.truth("readOnly") ? "ro" : "rw",
                     propagationOf(fields.find("mountPropagation"))};
    fields.finish(later);
    all.push_back(std::move(mount));
  }
  return all;
}

}  // namespace kube
