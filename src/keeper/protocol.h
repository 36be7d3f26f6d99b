#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/error.h"
#include "base/fd.h"
#include "base/file.h"
#include "base/json.h"
#include "base/timed_phase.h"

/// What goes over a keeper's socket (unix, SOCK_SEQPACKET; one packet is one message):
///
/// - a request, {"verb": "stop", ...}, and in the same order its answer, {"ok": ...} or
///   {"error": {"kind", "text", "code"}};
/// - after "attach", or "start" with "attach": true, frames in both directions: one letter
///   (Attachment::Frame) and the data.
namespace keeper {

/// No message is longer; a sender of a longer one is hung up on.
constexpr std::size_t maxPacket = 128 * 1024;
/// Data bytes in one frame at most.
constexpr std::size_t maxFrame = 32 * 1024;

Json errorToJson(const Error& error);
Error errorFromJson(const Json& json);
/// What a keeper recorded for a client that traces: "trace" in its request, "phases" in the answer.
Json phasesToJson(const std::vector<TimedPhase::Record>& phases);
std::vector<TimedPhase::Record> phasesFromJson(const Json& json);

/// The socket in a sandbox's directory. Paths may be longer than sun_path (108 bytes, unix(7)).
/// Empty where nobody listens there.
UniqueFd connectToKeeper(const Path& directory);
/// Binds a new socket there in place of what a dead keeper left, readable by its owner alone.
UniqueFd listenAsKeeper(const Path& directory);
void removeKeeperSocket(const Path& directory);

/// A message in one or two parts; waits where the socket is a blocking one. False where the other
/// side is gone; for a non-blocking socket errno is then EAGAIN where it would have to wait.
bool sendPacket(int fd, std::string_view first, std::string_view second = {});
/// Waits for a message. Nothing where the other side has hung up.
std::optional<std::string> receivePacket(int fd);

}  // namespace keeper
