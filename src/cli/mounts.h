#pragma once

#include <string>

#include "spec/request.h"

namespace cli {

/// `--volume SOURCE:TARGET[:OPTIONS]`: a directory or file of the host, a path that starts with "/"
/// or ".".
Mount parseVolume(const std::string& text);
/// `--mount type=bind,src=...,dst=...,...` or type=tmpfs.
Mount parseMount(const std::string& text);
/// `--tmpfs TARGET[:OPTIONS]`.
Mount parseTmpfs(const std::string& text);

}  // namespace cli
