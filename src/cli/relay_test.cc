#include "cli/relay.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <functional>
#include <thread>

namespace cli {
namespace {

/// The other side of the relay, played by the test over a stream socket. Its end is the process's.
class SocketPeer : public Peer {
 public:
  explicit SocketPeer(int fd) : fd_(fd) {}
  std::vector<int> readable() const override { return {fd_}; }
  void receive(int fd, Relay& relay) override {
    std::string data(16 * 1024, '\0');
    const ssize_t count = read(fd, data.data(), data.size());
    if (count <= 0) {
      relay.end({Outcome::How::exited, status_});
      return;
    }
    data.resize(static_cast<std::size_t>(count));
    relay.output(STDOUT_FILENO, std::move(data));
  }
  int inputFd() const override { return ended_ ? -1 : fd_; }
  std::size_t send(std::string_view input) override {
    const ssize_t count = ::send(fd_, input.data(), input.size(), MSG_DONTWAIT);
    return count > 0 ? static_cast<std::size_t>(count) : 0;
  }
  void endInput() override {
    ended_ = true;
    shutdown(fd_, SHUT_WR);
  }
  void resize(WindowSize) override {}
  void signal(int number) override {
    status_ = number;
    shutdown(fd_, SHUT_WR);
    ended_ = true;
  }

 private:
  int fd_;
  bool ended_ = false;
  int status_ = 5;
};

/// A relay in a process of its own, with the three ends that the test holds.
struct RelayProcess {
  pid_t pid = 0;
  UniqueFd input, output, peer;

  /// With another descriptor as its stdout, nothing comes from `output`.
  explicit RelayProcess(RelayOptions options, int standardOutput = -1) {
    std::array<int, 2> in{}, out{}, sockets{};
    EXPECT_EQ(pipe2(in.data(), O_CLOEXEC), 0);
    EXPECT_EQ(pipe2(out.data(), O_CLOEXEC), 0);
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets.data()), 0);
    pid = fork();
    if (pid == 0) {
      dup2(in[0], STDIN_FILENO);
      dup2(standardOutput >= 0 ? standardOutput : out[1], STDOUT_FILENO);
      for (const int fd : {in[0], in[1], out[0], out[1], sockets[0]}) {
        close(fd);
      }
      SignalWatch signals;
      SocketPeer peerSide(sockets[1]);
      const Outcome outcome = Relay(peerSide, signals, std::move(options)).run();
      _exit(static_cast<int>(outcome.how) * 40 + outcome.code);
    }
    input.reset(in[1]);
    output.reset(out[0]);
    peer.reset(sockets[0]);
    close(in[0]);
    close(out[1]);
    close(sockets[1]);
  }
  ~RelayProcess() {
    if (pid > 0) {
      kill(pid, SIGKILL);
      waitpid(pid, nullptr, 0);
    }
  }
  RelayProcess(const RelayProcess&) = delete;
  RelayProcess& operator=(const RelayProcess&) = delete;

  int status() {
    int status = 0;
    waitpid(pid, &status, 0);
    pid = 0;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
  }
};

constexpr int status(Outcome::How how, int code) {
  return static_cast<int>(how) * 40 + code;
}

std::string readAll(int fd) {
  std::string all;
  std::array<char, 4096> buffer;
  for (ssize_t count = 0; (count = read(fd, buffer.data(), buffer.size())) > 0;) {
    all.append(buffer.data(), static_cast<std::size_t>(count));
  }
  return all;
}

void writeAll(int fd, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = write(fd, text.data(), text.size());
    if (count <= 0) {
      return;
    }
    text.remove_prefix(static_cast<std::size_t>(count));
  }
}

TEST(Relay, LosesNothingWhereBothSidesAreFull) {
  RelayProcess relay({.input = true});
  std::string sent;
  for (std::size_t number = 0; sent.size() < 3'000'000; ++number) {
    sent += std::to_string(number * 7919);
  }
  // The peer gives back what it gets, and nobody reads fast.
  std::thread echo([&] {
    std::array<char, 3000> buffer;
    for (ssize_t count = 0; (count = read(relay.peer.get(), buffer.data(), buffer.size())) > 0;) {
      writeAll(relay.peer.get(), {buffer.data(), static_cast<std::size_t>(count)});
    }
    relay.peer.reset();
  });
  std::thread feed([&] {
    writeAll(relay.input.get(), sent);
    relay.input.reset();
  });
  const std::string received = readAll(relay.output.get());
  feed.join();
  echo.join();
  EXPECT_TRUE(received == sent) << received.size() << " of " << sent.size() << " bytes";
  EXPECT_EQ(relay.status(), status(Outcome::How::exited, 5));
}

TEST(Relay, EndsWhenNobodyReadsItsOutput) {
  RelayProcess relay({});
  relay.output.reset();
  writeAll(relay.peer.get(), "text for nobody");
  EXPECT_EQ(relay.status(), status(Outcome::How::outputClosed, 0));
}

TEST(Relay, IsDetachedWhereItsTerminalIsGone) {
  UniqueFd master(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_EQ(unlockpt(master.get()), 0);
  const UniqueFd terminal(open(ptsname(master.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
  ASSERT_TRUE(terminal);
  master.reset();
  for (const bool hasTerminal : {true, false}) {
    RelayProcess relay({.terminal = hasTerminal}, terminal.get());
    writeAll(relay.peer.get(), "text for nobody");
    EXPECT_EQ(relay.status(),
              status(hasTerminal ? Outcome::How::detached : Outcome::How::outputClosed, 0));
  }
}

TEST(Relay, LeavesStdinAloneWithoutInput) {
  RelayProcess relay({});
  writeAll(relay.input.get(), "typed");
  writeAll(relay.peer.get(), "out");
  shutdown(relay.peer.get(), SHUT_WR);
  EXPECT_EQ(readAll(relay.output.get()), "out");
  EXPECT_EQ(relay.status(), status(Outcome::How::exited, 5));
  std::array<char, 8> buffer;
  EXPECT_EQ(recv(relay.peer.get(), buffer.data(), buffer.size(), MSG_DONTWAIT), 0);
}

TEST(Relay, PassesSignalsOn) {
  RelayProcess relay({});
  // What it writes shows that it stands and holds the signals.
  writeAll(relay.peer.get(), "x");
  char byte = 0;
  ASSERT_EQ(read(relay.output.get(), &byte, 1), 1);
  kill(relay.pid, SIGTERM);
  EXPECT_EQ(readAll(relay.peer.get()), "");
  relay.peer.reset();
  EXPECT_EQ(relay.status(), status(Outcome::How::exited, SIGTERM));
}

TEST(Relay, EndsOfASignalThatIsNotPassedOn) {
  RelayProcess relay({.proxySignals = false});
  writeAll(relay.peer.get(), "x");
  char byte = 0;
  ASSERT_EQ(read(relay.output.get(), &byte, 1), 1);
  kill(relay.pid, SIGINT);
  EXPECT_EQ(relay.status(), status(Outcome::How::interrupted, SIGINT));
}

}  // namespace
}  // namespace cli
