#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "spec/image.h"

namespace image {

/// Applies a line in a Dockerfile's words to an image's configuration: CMD, ENTRYPOINT, ENV,
/// EXPOSE, LABEL, STOPSIGNAL, USER, VOLUME, WORKDIR; "CMD=..." does as well as "CMD ...". Error
/// (invalid) that names the line.
void applyChange(oci::ImageConfig& config, std::string_view line);

}  // namespace image
