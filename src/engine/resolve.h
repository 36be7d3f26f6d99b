#pragma once

#include "engine/spec_builder.h"
#include "image/store.h"

namespace engine {

/// The request with all that the image decides filled in (command, environment, user, working
/// directory, stop signal, labels, exposed ports for -P), so that nobody has to read the image's
/// configuration later. An image's VOLUMEs that no mount of the request or the pod covers become
/// directories below `volumes`.
ContainerSpec resolve(ContainerSpec spec, const oci::ImageConfig& image, const PodRecord* pod,
                      const Path& volumes);

/// The full name by which the user means this image; its id where it has no name.
std::string imageName(const image::Image& image, const std::string& typed);

}  // namespace engine
