// Runs in the containers of the system tests: what neither busybox nor a shell can do.
#include <arpa/inet.h>
#include <fcntl.h>
#include <mqueue.h>
#include <sched.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <functional>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

namespace {

using Arguments = std::vector<std::string>;

constexpr std::size_t textSize = 256;

struct Message {
  long type = 1;
  std::array<char, textSize> text{};
};

template <typename T>
T checked(T result, const char* what) {
  if (result == T(-1))
    throw std::runtime_error(std::string(what) + ": " + std::strerror(errno));
  return result;
}

key_t keyOf(const Arguments& arguments) {
  return std::stoi(arguments.at(0));
}

void semCreate(const Arguments& arguments) {
  int id = checked(semget(keyOf(arguments), 1, IPC_CREAT | IPC_EXCL | 0600), "semget");
  checked(semctl(id, 0, SETVAL, std::stoi(arguments.at(1))), "semctl");
}

void semAdd(const Arguments& arguments) {
  int id = checked(semget(keyOf(arguments), 1, 0), "semget");
  sembuf operation{0, static_cast<short>(std::stoi(arguments.at(1))), 0};
  checked(semop(id, &operation, 1), "semop");
}

void semGet(const Arguments& arguments) {
  int id = checked(semget(keyOf(arguments), 1, 0), "semget");
  std::printf("%d\n", checked(semctl(id, 0, GETVAL), "semctl"));
}

void msgSend(const Arguments& arguments) {
  int id = checked(msgget(keyOf(arguments), IPC_CREAT | 0600), "msgget");
  Message message;
  arguments.at(1).copy(message.text.data(), textSize - 1);
  checked(msgsnd(id, &message, textSize, 0), "msgsnd");
}

void msgReceive(const Arguments& arguments) {
  int id = checked(msgget(keyOf(arguments), 0), "msgget");
  Message message;
  checked(msgrcv(id, &message, textSize, 0, IPC_NOWAIT), "msgrcv");
  std::puts(message.text.data());
}

void shmWrite(const Arguments& arguments) {
  int id = checked(shmget(keyOf(arguments), textSize, IPC_CREAT | 0600), "shmget");
  auto* text = static_cast<char*>(shmat(id, nullptr, 0));
  checked(reinterpret_cast<long>(text), "shmat");
  text[arguments.at(1).copy(text, textSize - 1)] = '\0';
}

void shmRead(const Arguments& arguments) {
  int id = checked(shmget(keyOf(arguments), textSize, 0), "shmget");
  const void* text = shmat(id, nullptr, SHM_RDONLY);
  checked(reinterpret_cast<long>(text), "shmat");
  std::puts(static_cast<const char*>(text));
}

void mqSend(const Arguments& arguments) {
  mq_attr attributes{};
  attributes.mq_maxmsg = 4;
  attributes.mq_msgsize = textSize;
  mqd_t queue =
      checked(mq_open(arguments.at(0).c_str(), O_CREAT | O_WRONLY | O_CLOEXEC, 0600, &attributes),
              "mq_open");
  checked(mq_send(queue, arguments.at(1).c_str(), arguments.at(1).size() + 1, 0), "mq_send");
}

void mqReceive(const Arguments& arguments) {
  mqd_t queue =
      checked(mq_open(arguments.at(0).c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC), "mq_open");
  std::array<char, textSize> text{};
  checked(mq_receive(queue, text.data(), text.size(), nullptr), "mq_receive");
  std::puts(text.data());
}

/// Touches so many MiB, page by page, then keeps them.
void eat(const Arguments& arguments) {
  constexpr std::size_t mebibyte = 1 << 20;
  std::vector<char*> eaten;
  for (int i = 0; i < std::stoi(arguments.at(0)); ++i) {
    auto* block = static_cast<char*>(std::malloc(mebibyte));
    std::memset(block, i + 1, mebibyte);
    eaten.push_back(block);
  }
  std::puts("eaten");
  std::fflush(stdout);
  while (eaten.size() < mebibyte)  // not the compiler's to optimise away
    pause();
}

/// So many MiB in huge pages, touched; SIGBUS where they may not be had.
void huge(const Arguments& arguments) {
  const std::size_t size = std::stoul(arguments.at(0)) << 20U;
  auto* area = static_cast<volatile char*>(mmap(nullptr, size, PROT_READ | PROT_WRITE,
                                                MAP_PRIVATE | MAP_ANONYMOUS | MAP_HUGETLB, -1, 0));
  checked(reinterpret_cast<long>(area), "mmap");
  for (std::size_t at = 0; at < size; at += 4096)
    area[at] = 1;
  std::puts("had");
}

void spin(const Arguments&) {
  for (volatile unsigned long counter = 0;;)
    counter = counter + 1;
}

/// A system call by its number, with arguments (default 0): its result or the error's text.
void spinInRealTime(const Arguments& arguments) {
  sched_param priority{10};
  checked(sched_setscheduler(0, SCHED_FIFO, &priority), "sched_setscheduler");
  spin(arguments);
}

void systemCall(const Arguments& arguments) {
  std::array<long, 5> given{};
  for (std::size_t i = 1; i < arguments.size() && i <= given.size(); ++i)
    given.at(i - 1) = std::stol(arguments[i], nullptr, 0);
  long result =
      syscall(std::stol(arguments.at(0)), given[0], given[1], given[2], given[3], given[4]);
  std::puts(result < 0 ? std::strerror(errno) : "allowed");
}

/// Descriptors that are open here from the start.
void descriptors(const Arguments&) {
  for (int fd = 0; fd < 4096; ++fd)
    if (fcntl(fd, F_GETFD) >= 0)
      std::printf("%d ", fd);
  std::puts("");
}

/// Answers every datagram with its text in brackets. UDP port on all addresses, IPv4 and IPv6.
void udpEcho(const Arguments& arguments) {
  int fd = checked(socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket");
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  address.sin6_port = htons(static_cast<std::uint16_t>(std::stoi(arguments.at(0))));
  checked(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address), "bind");
  std::puts("ready");
  std::fflush(stdout);
  while (true) {
    std::array<char, textSize> text{};
    socklen_t size = sizeof address;
    ssize_t length = checked(
        recvfrom(fd, text.data(), text.size(), 0, reinterpret_cast<sockaddr*>(&address), &size),
        "recvfrom");
    std::string answer = "[" + std::string(text.data(), static_cast<std::size_t>(length)) + "]";
    checked(
        sendto(fd, answer.data(), answer.size(), 0, reinterpret_cast<sockaddr*>(&address), size),
        "sendto");
  }
}

}  // namespace

/// In a keeper's place, which a script cannot take: makes a file "waits" beside the root directory,
/// its first argument, and becomes the "real-keeper" there when there is one "go".
void becomeKeeper(char** argv) {
  const std::string directory = std::filesystem::path(argv[1]).parent_path();
  checked(open((directory + "/waits").c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600), "open");
  while (access((directory + "/go").c_str(), F_OK) != 0)
    usleep(20'000);
  checked(execv((directory + "/real-keeper").c_str(), argv), "execv");
}

int main(int argc, char** argv) {
  static const std::map<std::string, std::function<void(const Arguments&)>> commands{
      {"sem-create", semCreate},
      {"sem-add", semAdd},
      {"sem-get", semGet},
      {"msg-send", msgSend},
      {"msg-receive", msgReceive},
      {"shm-write", shmWrite},
      {"shm-read", shmRead},
      {"mq-send", mqSend},
      {"mq-receive", mqReceive},
      {"eat", eat},
      {"huge", huge},
      {"spin", spin},
      {"spin-in-real-time", spinInRealTime},
      {"syscall", systemCall},
      {"descriptors", descriptors},
      {"udp-echo", udpEcho}};
  try {
    if (std::filesystem::read_symlink("/proc/self/exe").filename() == "peapod-keeper")
      becomeKeeper(argv);
    Arguments arguments(argv + 1, argv + argc);
    auto command = commands.at(arguments.at(0));
    arguments.erase(arguments.begin());
    command(arguments);
    return 0;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "test-tool: %s\n", error.what());
    return 1;
  }
}
