#pragma once

#include <string>

#include "kube/fields.h"

namespace kube {

struct Metadata {
  std::string name, uid;  ///< uid: a new one where the manifest has none
  StringMap labels, annotations;
};

Metadata readMetadata(const Field& field);

}  // namespace kube
