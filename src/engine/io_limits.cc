#include "engine/io_limits.h"

#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "engine/resources.h"

namespace engine {

namespace {

void addLimits(const char* option, const char* key, const std::vector<DeviceLimit>& asked,
               std::vector<IoLimit>& out) {
  for (const DeviceLimit& limit : asked) {
    struct stat status {};
    if (::stat(limit.device.c_str(), &status) != 0) {
      const Error cause = systemError(option, " ", limit.device);
      throw Error(ErrorKind::invalid, cause.what(), cause.code());
    }
    if (!S_ISBLK(status.st_mode)) {
      refuse(cat(option, " ", limit.device, ": not a block device"));
    }
    constexpr std::uint64_t mostOperations = 0xffffffff;
    if (std::string_view(key).ends_with("iops") && limit.value > mostOperations) {
      refuse(cat(option, " ", limit.device, ":", limit.value, ": the kernel takes up to ",
                 mostOperations, " operations per second"));
    }
    out.push_back({key, major(status.st_rdev), minor(status.st_rdev), limit.value});
  }
}

}  // namespace

std::vector<IoLimit> ioLimits(const Resources& resources) {
  std::vector<IoLimit> limits;
  addLimits("--blkio-weight-device", "weight", resources.blkioWeightDevice, limits);
  addLimits("--device-read-bps", "rbps", resources.readBps, limits);
  addLimits("--device-write-bps", "wbps", resources.writeBps, limits);
  addLimits("--device-read-iops", "riops", resources.readIops, limits);
  addLimits("--device-write-iops", "wiops", resources.writeIops, limits);
  return limits;
}

}  // namespace engine
