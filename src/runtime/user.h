#pragma once

#include <string>
#include <vector>

#include "kernel/rootdir.h"
#include "spec/runtime.h"

namespace runtime {

/// Who a container's process is.
struct Identity {
  std::uint32_t uid = 0, gid = 0;
  std::vector<std::uint32_t> groups;  ///< supplementary ones
  std::string home = "/";
};

/// "USER[:GROUP]", names or numbers, by the passwd and group files of the root. A number needs no
/// entry there; a name that has none is an Error (not_found). Without GROUP it is the user's own of
/// passwd, with all that list the user as member.
Identity resolveUser(const RootDir& root, const std::string& text,
                     const std::vector<std::string>& furtherGroups);
/// The same for numbers that are decided already; home comes from passwd.
Identity resolveUser(const RootDir& root, const oci::User& user,
                     const std::vector<std::string>& furtherGroups);

}  // namespace runtime
