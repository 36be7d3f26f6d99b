#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "keeper/config.h"

/// The other side of a keeper's socket. Errors that the keeper replies with are thrown here as the
/// Error they were there.
namespace keeper {

/// A conversation with a container's stdio, over a keeper's socket.
class Attachment {
 public:
  enum class Frame : char { stdin_ = '0', stdout_ = '1', stderr_ = '2', resize = 'r', exit = 'x' };
  struct Received {
    Frame frame;
    std::string
        data;  ///< output bytes; for exit the exit code as a number, or nothing when only detached
  };

  int fd() const { return socket_.get(); }
  /// The next frame; nothing where the keeper has hung up.
  std::optional<Received> receive();
  /// Input for the container; an empty text is its end of input.
  void send(std::string_view input);
  void resize(unsigned short rows, unsigned short columns);

 private:
  friend class Client;
  explicit Attachment(UniqueFd socket) : socket_(std::move(socket)) {}
  UniqueFd socket_;
};

/// One connection to one keeper; requests are answered in the order they were made.
class Client {
 public:
  /// Connects to the sandbox's keeper. Nothing where none runs. Where one died and left things
  /// running, a pod's are taken over by a new keeper; a single container's, which lost its pipes,
  /// are ended and cleared away, as are cgroups that nothing runs in.
  static std::optional<Client> connect(const Layout& layout, const std::string& sandbox);
  /// The same; starts a keeper with this configuration where none runs. Of many that try at once,
  /// one starts it. `started` is called with the new keeper's identity before it is asked anything
  /// (the engine records it).
  static Client connectOrStart(const Layout& layout, const SandboxConfig& config,
                               const std::function<void(pid_t, std::uint64_t)>& started);

  /// Starts the sandbox where it has not been (a keeper that has just been started). Its state.
  SandboxState startSandbox();
  /// Asks for it and does not wait; startSandbox() then does.
  void requestSandbox();
  /// The container runs afterwards, its execve(2) done. Error (in_use) where it runs already.
  ContainerState start(const ContainerConfig& config);
  /// The same with the client attached from the first byte on; this connection becomes the
  /// attachment.
  std::pair<ContainerState, Attachment> startAttached(const ContainerConfig& config, bool input);
  Attachment attach(const std::string& container, bool input);

  /// Stop signal, then SIGKILL after the time (the container's own where absent). No error where it
  /// does not run.
  void stop(const std::string& container, std::optional<unsigned> seconds);
  /// The same; a container that is to be removed at its end (ContainerConfig::remove) stays.
  void stopForRestart(const std::string& container, std::optional<unsigned> seconds);
  void kill(const std::string& container, int signal);
  void pause(const std::string& container);
  void unpause(const std::string& container);
  /// Changes limits of a running container, or (no container) of the pod as a whole; all or none.
  void update(const std::string& container, const CgroupLimits& limits);
  /// Waits until it does not run and gives its last state; where it does not run, at once.
  ContainerState wait(const std::string& container);
  /// wait() in two halves: fd() is readable when waited() has the state. Nothing else is asked in
  /// between.
  void beginWait(const std::string& container);
  ContainerState waited();
  int fd() const { return socket_.get(); }
  /// The container is to be removed: it must have ended (Error in_use); the keeper forgets it.
  void forget(const std::string& container);

  /// All containers in reverse order of their start, each as stop() does, then pause; then the
  /// keeper ends. False where that was killed before.
  bool stopSandbox(std::optional<unsigned> seconds);
  /// For a removal, in two halves, as stopSandbox() or, with 0 seconds, killSandbox(). Nothing else
  /// is asked in between. Until this object goes the keeper leaves what nobody waits for.
  /// Among `many` the cgroups are left until that is asked for too (at the latest when this goes):
  /// they end in less time when the file systems of all are gone.
  void requestEnd(std::optional<unsigned> seconds, bool many);
  /// False where the keeper ended before it had answered; connect() then has what it left, if any.
  bool awaitEnd();
  void requestFinish();
  /// False where it takes longer, and then the keeper does it nevertheless; or as awaitEnd().
  bool awaitFinish(std::chrono::steady_clock::time_point deadline);
  /// The same where the sandbox has no container and no other client; else Error (in_use).
  void stopUnusedSandbox();
  /// As stopSandbox() with SIGKILL at once to everything in the sandbox.
  void killSandbox();
  void signalSandbox(int signal);  ///< to every running container, pause excepted
  void pauseSandbox();
  void unpauseSandbox();
  /// Publishes further ports of the running sandbox; all of them or none. Host ports of 0 are
  /// chosen.
  std::vector<network::PublishedPort> publish(const std::vector<network::PublishedPort>& ports);
  /// Bridge, rules and published ports of all its networks stand again, whoever took them away.
  void reloadNetwork();
  /// Takes published ports of the running sandbox away again; others are no error.
  void unpublish(const std::vector<network::PublishedPort>& ports);

 private:
  Client(const Layout& layout, std::string sandbox, UniqueFd socket)
      : layout_(layout), sandbox_(std::move(sandbox)), socket_(std::move(socket)) {}
  void send(Json request);
  std::optional<Json> answer();
  Json ask(const Json& request);
  [[noreturn]] void failGone(const std::string& verb) const;
  bool askUnlessGone(const Json& request);

  Layout layout_;
  std::string sandbox_, waitsFor_;
  UniqueFd socket_;
  /// Connects anew, to the next keeper where this one was just ending.
  std::function<UniqueFd()> again_;
  bool requested_ = false;  ///< the sandbox, and its answer is still to come
};

/// Asks the sandbox's keeper by `ask`, which is true once it has answered: the next one where it is
/// killed before (which may still listen for a moment, and hang up only then). False where none of
/// several has answered; true where there is none.
bool askUntilAnswered(const Layout& layout, const std::string& sandbox,
                      const std::function<bool(Client)>& ask);

/// Live state as files have it; checked against the keeper's lock, so that what a dead keeper wrote
/// is not believed.
std::optional<ContainerState> readState(const Layout& layout, const std::string& container);
std::optional<SandboxState> readSandboxState(const Layout& layout, const std::string& sandbox);
bool keeperRuns(const Layout& layout, const std::string& sandbox);

}  // namespace keeper
