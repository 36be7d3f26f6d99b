#include "cli/mounts.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/file.h"
#include "cli/options.h"

namespace cli {
namespace {

constexpr std::array knownOptions{"ro",          "rw",      "z",          "Z",        "U",
                                  "exec",        "noexec",  "dev",        "nodev",    "suid",
                                  "nosuid",      "bind",    "rbind",      "private",  "rprivate",
                                  "shared",      "rshared", "slave",      "rslave",   "unbindable",
                                  "runbindable", "noatime", "nodiratime", "relatime", "nocopy"};
constexpr std::array propagations{"private", "rprivate", "shared",     "rshared",
                                  "slave",   "rslave",   "unbindable", "runbindable"};

bool contains(const auto& list, std::string_view word) {
  return std::find(std::begin(list), std::end(list), word) != std::end(list);
}

Error invalidMount(const std::string& message) {
  return {ErrorKind::invalid, message};
}

std::string checkedTarget(const std::string& target) {
  if (!target.starts_with('/')) {
    throw invalidMount(cat("the path in the container must be absolute, not \"", target, "\""));
  }
  if (Path(target).lexically_normal() == "/") {
    throw invalidMount("the container's root cannot be mounted over");
  }
  return target;
}

std::string checkedSource(const std::string& source) {
  const bool path = source.starts_with('/') || source.starts_with('.');
  if (!path) {
    throw Error(ErrorKind::unsupported,
                cat("\"", source,
                    "\" is the name of a volume, which is not supported yet: give a path "
                    "that starts with / or ."));
  }
  std::error_code failed;
  const Path absolute = std::filesystem::absolute(source, failed);
  if (failed || !std::filesystem::exists(absolute, failed)) {
    throw Error(ErrorKind::not_found, cat("the path \"", source, "\" does not exist on the host"));
  }
  return absolute.lexically_normal();
}

/// A bind mount is recursive and private unless it is told otherwise.
void completeBind(std::vector<std::string>& options) {
  if (!contains(options, "bind") && !contains(options, "rbind")) {
    options.emplace_back("rbind");
  }
  const bool told = std::any_of(options.begin(), options.end(), [](const std::string& option) {
    return contains(propagations, option);
  });
  if (!told) {
    options.emplace_back("rprivate");
  }
}

void completeTmpfs(std::vector<std::string>& options) {
  for (const std::string flag : {"suid", "dev"}) {
    if (!contains(options, flag) && !contains(options, "no" + flag)) {
      options.push_back("no" + flag);
    }
  }
}

bool isTrue(const std::string& key, const std::string& value) {
  const auto parsed = value.empty() ? std::optional(true) : parseBool(value);
  if (!parsed) {
    throw invalidMount(
        cat("invalid value \"", value, "\" for ", key, ": it must be true or false"));
  }
  return *parsed;
}

/// One "key[=value]" of --mount.
void applyMountKey(Mount& mount, const std::string& key, const std::string& value) {
  auto& options = mount.options;
  if (key == "type") {
    mount.type = value;
  } else if (key == "src" || key == "source") {
    mount.source = value;
  } else if (key == "dst" || key == "target" || key == "destination") {
    mount.target = checkedTarget(value);
  } else if (key == "ro" || key == "readonly") {
    options.emplace_back(isTrue(key, value) ? "ro" : "rw");
  } else if (key == "rw") {
    options.emplace_back(isTrue(key, value) ? "rw" : "ro");
  } else if (key == "bind-propagation" && contains(propagations, value)) {
    options.push_back(value);
  } else if (key == "bind-nonrecursive") {
    options.emplace_back(isTrue(key, value) ? "bind" : "rbind");
  } else if (key == "relabel" && (value == "shared" || value == "private")) {
    options.emplace_back(value == "shared" ? "z" : "Z");
  } else if (key == "U" || key == "chown") {
    if (isTrue(key, value)) {
      options.emplace_back("U");
    }
  } else if (key == "tmpfs-size" || key == "tmpfs-mode") {
    options.push_back(cat(key.substr(6), '=', value));
  } else if (value.empty() && contains(knownOptions, key)) {
    options.push_back(key);
  } else {
    throw invalidMount(
        cat("unknown or malformed part \"", key, value.empty() ? "" : "=", value, "\""));
  }
}

}  // namespace

Mount parseVolume(const std::string& text) {
  return within(cat("volume \"", text, "\""), [&] {
    const auto parts = split(text, ':');
    if (parts.size() == 1) {
      throw Error(ErrorKind::unsupported,
                  "anonymous volumes are not supported yet: give SOURCE:TARGET");
    }
    if (parts.size() > 3 || parts[0].empty()) {
      throw invalidMount("it must be SOURCE:TARGET[:OPTIONS]");
    }
    Mount mount{"bind", checkedSource(parts[0]), checkedTarget(parts[1]), {}};
    if (parts.size() == 3 && !parts[2].empty()) {
      for (const auto& option : split(parts[2], ',')) {
        if (option == "O" || option == "idmap" || option.starts_with("upperdir=")) {
          throw Error(ErrorKind::unsupported, cat("option \"", option, "\" is not supported yet"));
        }
        if (!contains(knownOptions, option)) {
          throw invalidMount(cat("unknown option \"", option, "\""));
        }
        mount.options.push_back(option);
      }
    }
    completeBind(mount.options);
    return mount;
  });
}

Mount parseMount(const std::string& text) {
  return within(cat("mount \"", text, "\""), [&] {
    Mount mount{"volume", "", "", {}};
    for (const auto& part : splitList(text)) {
      const std::size_t equals = part.find('=');
      const bool hasValue = equals != std::string::npos;
      applyMountKey(mount, part.substr(0, equals), hasValue ? part.substr(equals + 1) : "");
    }
    if (mount.type != "bind" && mount.type != "tmpfs") {
      const bool later = mount.type == "volume" || mount.type == "image" ||
                         mount.type == "devpts" || mount.type == "ramfs" || mount.type == "glob";
      throw Error(later ? ErrorKind::unsupported : ErrorKind::invalid,
                  cat(later ? "mounts of type \"" : "unknown type \"", mount.type,
                      later ? "\" are not supported yet" : "\"", ": give type=bind or type=tmpfs"));
    }
    if (mount.target.empty()) {
      throw invalidMount("dst=PATH is missing");
    }
    if (mount.type == "bind") {
      if (mount.source.empty()) {
        throw invalidMount("src=PATH is missing");
      }
      mount.source = checkedSource(mount.source);
      completeBind(mount.options);
    } else {
      if (!mount.source.empty()) {
        throw invalidMount("a tmpfs has no src");
      }
      completeTmpfs(mount.options);
    }
    return mount;
  });
}

Mount parseTmpfs(const std::string& text) {
  return within(cat("tmpfs \"", text, "\""), [&] {
    const auto parts = split(text, ':', 2);
    Mount mount{"tmpfs", "", checkedTarget(parts[0]), {}};
    if (parts.size() == 2 && !parts[1].empty()) {
      mount.options = split(parts[1], ',');
    }
    completeTmpfs(mount.options);
    return mount;
  });
}

}  // namespace cli
