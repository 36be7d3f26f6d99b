#include "runtime/mount_options.h"

#include <sys/mount.h>

#include <algorithm>
#include <array>

#include "base/error.h"

namespace runtime {

namespace {

struct Attribute {
  std::string_view name;
  std::uint64_t set, clear;
};

// mount(8), "FILESYSTEM-INDEPENDENT MOUNT OPTIONS". Access times are one field of several bits, so
// that one of them is chosen by clearing the field.
constexpr std::array<Attribute, 18> attributeOptions{{
    {"ro", MOUNT_ATTR_RDONLY, 0},
    {"rw", 0, 0},
    {"nosuid", MOUNT_ATTR_NOSUID, 0},
    {"suid", 0, MOUNT_ATTR_NOSUID},
    {"nodev", MOUNT_ATTR_NODEV, 0},
    {"dev", 0, MOUNT_ATTR_NODEV},
    {"noexec", MOUNT_ATTR_NOEXEC, 0},
    {"exec", 0, MOUNT_ATTR_NOEXEC},
    {"nosymfollow", MOUNT_ATTR_NOSYMFOLLOW, 0},
    {"symfollow", 0, MOUNT_ATTR_NOSYMFOLLOW},
    {"noatime", MOUNT_ATTR_NOATIME, MOUNT_ATTR__ATIME},
    {"relatime", MOUNT_ATTR_RELATIME, MOUNT_ATTR__ATIME},
    {"strictatime", MOUNT_ATTR_STRICTATIME, MOUNT_ATTR__ATIME},
    {"nodiratime", MOUNT_ATTR_NODIRATIME, 0},
    {"diratime", 0, MOUNT_ATTR_NODIRATIME},
    {"atime", 0, MOUNT_ATTR__ATIME},
    {"defaults", 0, 0},
    {"async", 0, 0},
}};

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 4> propagations{{
    {"private", MS_PRIVATE},
    {"slave", MS_SLAVE},
    {"shared", MS_SHARED},
    {"unbindable", MS_UNBINDABLE},
}};

std::optional<Attribute> attributeByName(std::string_view name) {
  const auto found = std::find_if(attributeOptions.begin(), attributeOptions.end(),
                                  [&](const Attribute& entry) { return entry.name == name; });
  return found == attributeOptions.end() ? std::nullopt : std::optional(*found);
}

}  // namespace

std::optional<std::uint64_t> propagationByName(std::string_view name) {
  for (const auto& [known, value] : propagations) {
    if (name == known || (name.front() == 'r' && name.substr(1) == known)) {
      return value;
    }
  }
  return std::nullopt;
}

MountOptions MountOptions::parse(const std::vector<std::string>& options) {
  MountOptions result;
  for (const std::string& option : options) {
    if (option.empty()) {
      continue;
    }
    auto attribute = attributeByName(option);
    if (!attribute && option.front() == 'r') {
      attribute = attributeByName(std::string_view(option).substr(1));
      result.recursiveAttributes |= attribute.has_value();
    }
    if (attribute) {
      result.attributes.set = (result.attributes.set & ~attribute->clear) | attribute->set;
      result.attributes.clear |= attribute->clear;
      if (option == "rw") {
        result.attributes.set &= ~std::uint64_t{MOUNT_ATTR_RDONLY};
      }
    } else if (const auto propagation = propagationByName(option)) {
      result.attributes.propagation = *propagation;
    } else if (option == "bind" || option == "rbind") {
      result.bind = true;
      result.recursive |= option == "rbind";
    } else {
      const auto equals = option.find('=');
      result.data.emplace_back(option.substr(0, equals),
                               equals == std::string::npos ? "" : option.substr(equals + 1));
    }
  }
  if (result.bind && !result.data.empty()) {
    throw Error(ErrorKind::invalid,
                cat("a bind mount has no option \"", result.data.front().first, "\""));
  }
  return result;
}

bool MountOptions::has(std::string_view option) const {
  return std::any_of(data.begin(), data.end(),
                     [&](const auto& entry) { return entry.first == option; });
}

}  // namespace runtime
