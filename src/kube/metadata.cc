#include "kube/metadata.h"

#include <algorithm>
#include <array>

#include "base/id.h"

namespace kube {

namespace {

/// A random UUID (RFC 4122, version 4).
std::string newUid() {
  std::string uid = newId().substr(0, 32);
  uid[12] = '4';
  uid[16] = "89ab"[(uid[16] >= 'a' ? uid[16] - 'a' + 10 : uid[16] - '0') % 4];
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) {
    uid.insert(dash, "-");
  }
  return uid;
}

/// It becomes part of a cgroup's name.
std::string checkedUid(const Field& field) {
  constexpr std::size_t longest = 64;
  std::string uid = field.text();
  const bool allowed = std::all_of(uid.begin(), uid.end(), [](unsigned char letter) {
    return std::isalnum(letter) != 0 || letter == '-';
  });
  const bool dashes =
      uid.starts_with('-') || uid.ends_with('-') || uid.find("--") != std::string::npos;
  if (uid.empty() || uid.size() > longest || !allowed || dashes) {
    field.refuse(cat("\"", uid, "\" is not an identifier such as a UUID"));
  }
  return uid;
}

}  // namespace

Metadata readMetadata(const Field& field) {
  constexpr std::array<std::string_view, 1> later{"generateName"};
  Metadata metadata;
  Fields fields(field);
  const Field name = fields.require("name");
  metadata.name = name.text();
  if (!isValidName(metadata.name)) {
    name.refuse(cat("\"", metadata.name, "\" is not the name of a pod"));
  }
  const auto uid = fields.find("uid");
  metadata.uid = uid ? checkedUid(*uid) : newUid();
  if (const auto labels = fields.find("labels")) {
    metadata.labels = labels->textMap();
  }
  if (const auto annotations = fields.find("annotations")) {
    metadata.annotations = annotations->textMap();
  }
  // What a cluster keeps about its objects.
  fields.ignore({"namespace", "creationTimestamp", "deletionTimestamp",
                 "deletionGracePeriodSeconds", "finalizers", "generation", "managedFields",
                 "ownerReferences", "resourceVersion", "selfLink"});
  fields.finish(later);
  return metadata;
}

}  // namespace kube
