#include "cli/filters.h"

#include <gtest/gtest.h>

#include "base/error.h"

namespace cli {
namespace {

using engine::ContainerSummary;
using engine::PodSummary;
using Names = std::vector<std::string>;

ContainerSummary container(std::string name, std::string id, std::string status, int seconds) {
  ContainerSummary summary;
  summary.name = std::move(name);
  summary.id = std::move(id);
  summary.state.status = std::move(status);
  summary.created = Time(std::chrono::seconds(seconds));
  return summary;
}

/// Three containers: web and db of the pod shop, and one that has failed.
std::vector<ContainerSummary> sample() {
  auto web = container("web", "aaa1", "running", 1);
  web.image = "docker.io/library/nginx:latest";
  web.imageId = "1234abcd";
  web.pod = "ffee";
  web.podName = "shop";
  web.labels = {{"tier", "front"}, {"team", "a"}};
  web.networks = {"peapod"};
  auto db = container("db", "bbb2", "running", 2);
  db.image = "docker.io/library/postgres:15";
  db.pod = "ffee";
  db.podName = "shop";
  db.labels = {{"team", "a"}};
  auto job = container("job-1", "aab3", "exited", 3);
  job.state.exitCode = 7;
  return {web, db, job};
}

Names listed(const Names& filters) {
  const auto all = sample();
  const ContainerFilters tests(filters, all);
  Names names;
  for (const auto& one : all) {
    if (tests.matches(one)) {
      names.push_back(one.name);
    }
  }
  return names;
}

TEST(ContainerFilters, SelectByOneProperty) {
  EXPECT_EQ(listed({}), (Names{"web", "db", "job-1"}));
  EXPECT_EQ(listed({"id=aa"}), (Names{"web", "job-1"}));
  EXPECT_EQ(listed({"name=^job-"}), (Names{"job-1"}));
  EXPECT_EQ(listed({"status=running"}), (Names{"web", "db"}));
  EXPECT_EQ(listed({"status=stopped"}), (Names{"job-1"}));
  EXPECT_EQ(listed({"exited=7"}), (Names{"job-1"}));
  EXPECT_EQ(listed({"exited=0"}), Names{});
  EXPECT_EQ(listed({"label=team"}), (Names{"web", "db"}));
  EXPECT_EQ(listed({"label=tier=front"}), (Names{"web"}));
  EXPECT_EQ(listed({"label!=tier"}), (Names{"db", "job-1"}));
  EXPECT_EQ(listed({"pod=shop"}), (Names{"web", "db"}));
  EXPECT_EQ(listed({"pod=ff"}), (Names{"web", "db"}));
  EXPECT_EQ(listed({"network=peapod"}), (Names{"web"}));
  EXPECT_EQ(listed({"before=db"}), (Names{"web"}));
  EXPECT_EQ(listed({"since=web"}), (Names{"db", "job-1"}));
  EXPECT_EQ(listed({"until=1970-01-01T00:00:02Z"}), (Names{"web"}));
}

TEST(ContainerFilters, AncestorIsAnImageByNameOrId) {
  EXPECT_EQ(listed({"ancestor=nginx"}), (Names{"web"}));
  EXPECT_EQ(listed({"ancestor=library/nginx:latest"}), (Names{"web"}));
  EXPECT_EQ(listed({"ancestor=docker.io/library/postgres:15"}), (Names{"db"}));
  EXPECT_EQ(listed({"ancestor=postgres"}), Names{});
  EXPECT_EQ(listed({"ancestor=1234"}), (Names{"web"}));
}

TEST(ContainerFilters, ValuesOfOneKeyAreAlternativesAndKeysAreNot) {
  EXPECT_EQ(listed({"name=web", "name=db"}), (Names{"web", "db"}));
  EXPECT_EQ(listed({"name=web", "status=exited"}), Names{});
  EXPECT_EQ(listed({"label=team=a", "label=tier"}), (Names{"web"}));
}

TEST(ContainerFilters, RefuseWhatDoesNotExist) {
  for (const char* bad : {"foo=bar", "status=up", "exited=x", "name", "=x", "before=nobody",
                          "until=later", "name=("}) {
    EXPECT_THROW(ContainerFilters({bad}, sample()), Error) << bad;
  }
}

Names pods(const Names& filters) {
  PodSummary shop;
  shop.id = "ffee";
  shop.name = "shop";
  shop.status = "Running";
  shop.labels = {{"env", "test"}};
  shop.networks = {"peapod"};
  shop.containers = {sample()[0], sample()[1]};
  PodSummary empty;
  empty.id = "0001";
  empty.name = "empty";
  empty.status = "Created";
  empty.hasInfra = false;
  const PodFilters tests(filters);
  Names names;
  for (const auto& pod : {shop, empty}) {
    if (tests.matches(pod)) {
      names.push_back(pod.name);
    }
  }
  return names;
}

TEST(PodFilters, SelectByTheirOwnAndTheirContainersProperties) {
  EXPECT_EQ(pods({"name=sh"}), (Names{"shop"}));
  EXPECT_EQ(pods({"id=00"}), (Names{"empty"}));
  EXPECT_EQ(pods({"status=running", "status=created"}), (Names{"shop", "empty"}));
  EXPECT_EQ(pods({"label=env=test"}), (Names{"shop"}));
  EXPECT_EQ(pods({"network=peapod"}), (Names{"shop"}));
  EXPECT_EQ(pods({"ctr-names=web"}), (Names{"shop"}));
  EXPECT_EQ(pods({"ctr-ids=bbb"}), (Names{"shop"}));
  EXPECT_EQ(pods({"ctr-status=exited"}), Names{});
  EXPECT_EQ(pods({"ctr-number=3"}), (Names{"shop"}));
  EXPECT_EQ(pods({"ctr-number=0"}), (Names{"empty"}));
  EXPECT_THROW(pods({"status=up"}), Error);
  EXPECT_THROW(pods({"volume=x"}), Error);
}

}  // namespace
}  // namespace cli
