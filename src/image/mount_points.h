#pragma once

#include "image/layout.h"
#include "image/staging.h"

namespace image {

/// Makes the layer with the places on which every container has something mounted (/proc, /dev,
/// /sys, /etc/hosts and its like) where the image has them not: as the image's topmost layer it
/// spares each container to make them in its own upper directory, and keeps them out of what the
/// container changed. Without such a layer, as for an image in which /etc is a file, each container
/// makes them. Under StoreLock, with the image's layers in place.
void addMountPoints(const Layout& layout, Staging& staging, const std::string& imageId,
                    const std::vector<std::string>& diffIds);

}  // namespace image
