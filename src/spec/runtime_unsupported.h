#pragma once

#include "base/json_text.h"

namespace oci {

/// Error (unsupported) that names the first member of a runtime specification that asks for what
/// peapod does not do. Empty ones ask for nothing. What peapod has types for is judged where it is
/// used.
void refuseUnsupported(const JsonText::Value& document);

}  // namespace oci
