#include "image/store.h"

#include <set>

#include "base/json.h"
#include "image/store_fixture.h"

namespace image {
namespace {

using namespace test;  // NOLINT: the vocabulary of these tests

class NamesTest : public StoreTest {
 protected:
  std::string add(const std::string& name, const std::string& label) {
    Files files;
    addDockerImage(files, {name}, {base_, layerWith(label, label)}, label);
    load(files);
    return store_.get(name).id;
  }
  const TestLayer base_ = layerWith("base", "shared");
};

TEST_F(NamesTest, AnEmptyStoreHasNothingAndIsNotMade) {
  EXPECT_FALSE(store_.find("nginx"));
  EXPECT_TRUE(store_.list().empty());
  EXPECT_NE(errorOf([&] { store_.get("nginx"); }).find("no image \"nginx\""), std::string::npos);
  EXPECT_FALSE(std::filesystem::exists(layout().root));
}

TEST_F(NamesTest, ShortNamesFindLocalhostBeforeDocker) {
  const std::string docker = add("docker.io/library/app", "docker");
  EXPECT_EQ(store_.get("app").id, docker);
  const std::string local = add("localhost/app", "local");
  EXPECT_EQ(store_.get("app").id, local);
  EXPECT_EQ(store_.get("docker.io/app").id, docker);
  EXPECT_FALSE(store_.find("app:2"));
  EXPECT_THROW(store_.find("App"), Error);
}

TEST_F(NamesTest, IdsAndTheirBeginnings) {
  const std::string id = add("a", "one");
  EXPECT_EQ(store_.get(id).id, id);
  EXPECT_EQ(store_.get("sha256:" + id).id, id);
  EXPECT_EQ(store_.get(id.substr(0, 12)).id, id);
  EXPECT_FALSE(store_.find(std::string(64, '0')));
  // Seventeen images share a first digit with another one.
  for (int i = 0; i < 16; ++i) {
    add(cat("x", i), cat("label", i));
  }
  int ambiguous = 0;
  for (const char digit : std::string("0123456789abcdef")) {
    ambiguous += errorOf([&] { store_.find(std::string(1, digit)); }).find("more digits") !=
                         std::string::npos
                     ? 1
                     : 0;
  }
  EXPECT_GT(ambiguous, 0);
}

TEST_F(NamesTest, ANameMovesToTheLatestImage) {
  const std::string first = add("a", "one");
  const std::string second = add("a", "two");
  EXPECT_EQ(store_.get("a").id, second);
  EXPECT_TRUE(store_.get(first).names.empty());
  store_.tag(first, "a");
  EXPECT_EQ(store_.get("localhost/a").id, first) << "a short name that is given is a local one";
  EXPECT_EQ(store_.get("docker.io/a").id, second);
}

TEST_F(NamesTest, TagAndUntag) {
  const std::string id = add("a", "one");
  store_.tag("a", "quay.io/b/c:9");
  EXPECT_EQ(store_.get(id).names, (Names{"docker.io/library/a:latest", "quay.io/b/c:9"}));
  EXPECT_THROW(store_.untag("a", {"nope"}), Error);
  store_.untag("a", {"quay.io/b/c:9"});
  EXPECT_FALSE(store_.find("quay.io/b/c:9"));
  store_.untag(id, {});
  EXPECT_TRUE(store_.get(id).names.empty());
  EXPECT_THROW(store_.tag("nope", "x"), Error);
  EXPECT_THROW(store_.tag(id, "Upper"), Error);
  EXPECT_THROW(store_.tag(id, "x@sha256:" + std::string(64, 'a')), Error);
}

TEST_F(NamesTest, RemoveTakesNamesThenTheImage) {
  const std::string id = add("a", "one");
  store_.tag("a", "b");
  EXPECT_NE(errorOf([&] { store_.remove(id, false); }).find("has several names"),
            std::string::npos);
  auto removed = store_.remove("b", false);
  EXPECT_EQ(removed.untagged, Names{"localhost/b:latest"});
  EXPECT_TRUE(removed.deleted.empty());
  removed = store_.remove("a", false);
  EXPECT_EQ(removed.untagged, Names{"docker.io/library/a:latest"});
  EXPECT_EQ(removed.deleted, Names{id});
  expectStored(0, 0);
  EXPECT_THROW(store_.remove("a", true), Error);
}

TEST_F(NamesTest, RemoveKeepsSharedLayers) {
  add("a", "one");
  const std::string id = add("b", "two");
  store_.tag("b", "c");
  expectStored(3, 7);
  EXPECT_EQ(store_.remove(id, true).untagged.size(), 2U);
  expectStored(2, 4);
  EXPECT_EQ(readFile(store_.get("a").layers[0] / "base"), "shared");
}

TEST_F(NamesTest, RemoveAsksFirst) {
  const std::string id = add("a", "one");
  store_.tag("a", "b");
  int asked = 0;
  const auto refuse = [&](const Image& image) {
    ++asked;
    EXPECT_EQ(image.id, id);
    throw Error(ErrorKind::in_use, "a container uses it");
  };
  store_.remove("b", false, refuse);
  EXPECT_EQ(asked, 0) << "only a name went";
  EXPECT_THROW(store_.remove("a", true, refuse), Error);
  EXPECT_EQ(asked, 1);
  EXPECT_EQ(store_.get("a").names.size(), 1U);
}

TEST_F(NamesTest, KeepsWhatOthersPutIntoTheIndex) {
  add("a", "one");
  Json index = Json::parse(readFile(layout().index()));
  index["manifests"].push_back({{"mediaType", "application/vnd.oci.image.manifest.v1+json"},
                                {"digest", "sha256:" + std::string(64, 'f')},
                                {"size", 3}});
  write(layout().index(), index.dump());
  EXPECT_EQ(store_.list().size(), 1U);
  store_.tag("a", "b");
  EXPECT_EQ(Json::parse(readFile(layout().index()))["manifests"].size(), 3U);
}

class ImportTest : public StoreTest {};

TEST_F(ImportTest, MakesAnImageOfOneLayer) {
  const Path tar = write(directory_ / "root.tar", Tar().file("etc/f", "12").bytes());
  const std::string id = store_.import(tar, "mine:1", {"CMD [\"sh\"]", "ENV A=b"}, "by hand");
  const Image image = store_.get("localhost/mine:1");
  EXPECT_EQ(image.id, id);
  EXPECT_EQ(image.size, 2U);
  EXPECT_EQ(image.config.config.cmd, Names{"sh"});
  EXPECT_EQ(image.config.config.env, Names{"A=b"});
  EXPECT_EQ(image.config.os, "linux");
  EXPECT_EQ(image.config.architecture, hostArchitecture());
  EXPECT_EQ(parseJson(image.config.history, "history")[0]["comment"].get<std::string>(), "by hand");
  EXPECT_EQ(readFile(image.layers.at(0) / "etc/f"), "12");
  expectStored(1, 3);
}

TEST_F(ImportTest, TakesEveryCompression) {
  const std::string bytes = Tar().file("f", "x").bytes();
  for (const char* command : {"gzip", "zstd -q", "xz", "bzip2"}) {
    const Path tar = write(directory_ / "root.tar", through(command, bytes));
    const Image image = store_.get(store_.import(tar, std::nullopt, {}, ""));
    EXPECT_EQ(image.config.diffIds.at(0), sha256(bytes)) << command;
    EXPECT_TRUE(image.names.empty());
    const Json manifest = Json::parse(readFile(layout().blob(image.digest)));
    const std::string type = manifest["layers"][0]["mediaType"];
    const bool kept = type.ends_with("gzip") || type.ends_with("zstd");
    EXPECT_EQ(kept, std::string(command) == "gzip" || std::string(command) == "zstd -q");
    EXPECT_EQ(sha256(readFile(layout().blob(manifest["layers"][0]["digest"]))),
              manifest["layers"][0]["digest"].get<std::string>());
    store_.remove(image.id, true);
  }
}

TEST_F(ImportTest, AddsTheMountPointsThatTheImageHasNot) {
  const Path tar =
      write(directory_ / "root.tar", Tar().file("etc/hosts", "mine").directory("proc").bytes());
  const Image image = store_.get(store_.import(tar, "mine", {}, ""));
  ASSERT_TRUE(image.mountPoints);
  std::set<std::string> found;
  for (const auto& file : std::filesystem::recursive_directory_iterator(*image.mountPoints)) {
    found.insert(file.path().lexically_relative(*image.mountPoints));
  }
  EXPECT_EQ(found, (std::set<std::string>{"dev", "etc", "etc/hostname", "etc/resolv.conf", "sys"}));
  EXPECT_EQ(statusOf(*image.mountPoints / "etc").st_mode,
            statusOf(image.layers.at(0) / "etc").st_mode);
  store_.remove("mine", false);
  EXPECT_EQ(count(layout().mountPoints()), 0U);
}

TEST_F(ImportTest, AnImageThatCannotHaveMountPointsIsStillAnImage) {
  const Path tar = write(directory_ / "root.tar", Tar().file("etc", "no directory").bytes());
  EXPECT_FALSE(store_.get(store_.import(tar, "mine", {}, "")).mountPoints);
  expectStored(1, 3);
}

TEST_F(ImportTest, LeavesNothingAfterAnError) {
  const Path bad = write(directory_ / "bad.tar", "no tar archive");
  const Path good = write(directory_ / "good.tar", Tar().file("f").bytes());
  EXPECT_NE(errorOf([&] { store_.import(bad, "a", {}, ""); }).find("is no tar archive"),
            std::string::npos);
  EXPECT_THROW(store_.import(good, "Upper", {}, ""), Error);
  EXPECT_THROW(store_.import(good, "a", {"RUN x"}, ""), Error);
  EXPECT_THROW(store_.import(directory_.path(), "a", {}, ""), Error);
  expectStored(0, 0);
}

}  // namespace
}  // namespace image
