#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "engine/context.h"

/// For tests on the real thing: one engine with an image of busybox, in a network and mount
/// namespace and directories of the test program's own.
namespace engine {

class EngineTest : public testing::Test {
 protected:
  static constexpr const char* image = "localhost/box:latest";
  static constexpr const char* cgroupParent = "/peapod-test-engine";

  static void SetUpTestSuite();
  static void TearDownTestSuite();
  void SetUp() override;
  /// Removes all that the test made; fails where that leaves anything.
  void TearDown() override;

  static Engine& engine() { return *engine_; }
  static Context& context() { return *context_; }

  /// Everything that creating and starting can leave behind, as lines of text. Of a container that
  /// there is, what its directories have in them does not count.
  static std::set<std::string> traces();

  static PodSpec pod(const std::string& name);
  static ContainerSpec container(const std::string& name, std::vector<std::string> command,
                                 const std::string& pod = "");
  /// Created and started.
  static std::string run(ContainerSpec spec);

  struct Output {
    int code = -1;
    std::string text;
  };
  static Output runToEnd(ContainerSpec spec);
  static Output exec(const std::string& container, std::vector<std::string> command,
                     const std::string& user = "");
  /// The link of /proc/PID/ns/KIND of a container's first process.
  static std::string namespaceOf(const std::string& container, NamespaceKind kind);
  /// What the step is refused with.
  static std::optional<Error> errorOf(const std::function<void()>& step);
  static bool contains(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
  }
  static bool waitFor(const std::function<bool()>& condition);

 private:
  static std::unique_ptr<Engine> engine_;
  static std::unique_ptr<Context> context_;
  static Path root_;
  /// All files of containers and keepers.
  static std::set<std::string> files();

  std::set<std::string> before_, filesBefore_;
};

}  // namespace engine
