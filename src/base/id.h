#pragma once

#include <string>
#include <string_view>

/// 64 random hexadecimal digits: the id of a pod or a container, as the field has them.
std::string newId();
bool isHexadecimal(std::string_view text);
/// All digits of an id, and not only its beginning.
bool isFullId(std::string_view text);
/// The 12 digits that lists show.
std::string shortId(std::string_view id);
/// A name such as "brave_otter" for what the user did not name.
std::string randomName();
/// What a user may name a pod or a container: [a-zA-Z0-9][a-zA-Z0-9_.-]*, as Podman and Docker have
/// it.
bool isValidName(std::string_view name);
/// The id of this boot of the machine (/proc/sys/kernel/random/boot_id).
std::string bootId();
