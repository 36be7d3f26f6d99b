#include "base/json.h"
#include "image/store_fixture.h"

namespace image {
namespace {

using namespace test;  // NOLINT: the vocabulary of these tests

class LoadTest : public StoreTest {};

TEST_F(LoadTest, DockerArchive) {
  Files files;
  const TestLayer base = layerWith("base", "12345"), top = layerWith("top", "123");
  addDockerImage(files, {"nginx:1.25", "quay.io/x/y:z"}, {base, top});
  EXPECT_EQ(load(files), (Names{"docker.io/library/nginx:1.25", "quay.io/x/y:z"}));

  const Image image = store_.get("nginx:1.25");
  EXPECT_EQ(image.id, hexOf(sha256(configOf({base, top})))) << "the config is kept as it came";
  EXPECT_EQ(image.names, (Names{"docker.io/library/nginx:1.25", "quay.io/x/y:z"}));
  EXPECT_EQ(image.size, 8U);
  EXPECT_EQ(image.config.config.cmd, Names{"sh"});
  EXPECT_EQ(formatTime(image.created).substr(0, 19), "2026-01-02T03:04:05");
  ASSERT_EQ(image.layers.size(), 2U);
  EXPECT_EQ(readFile(image.layers[0] / "base"), "12345");
  EXPECT_EQ(readFile(image.layers[1] / "top"), "123");
  EXPECT_EQ(image.digest, sha256(readFile(layout().blob(image.digest))));
  expectStored(2, 4);
}

TEST_F(LoadTest, DockerArchiveWithLinkedAndCompressedLayers) {
  Files files;
  const TestLayer layer(Tar().file("f", "x").bytes(), "gzip");
  addDockerImage(files, {"a"}, {layer, layer});
  Json manifest = Json::parse(files["manifest.json"]);
  Tar tar;
  for (const auto& [name, content] : files) {
    if (name != "manifest.json") {
      tar.file(name, content);
    }
  }
  // Old versions of docker save an equal layer as a link to the first one.
  tar.symlink("other/layer.tar", "../" + manifest[0]["Layers"][0].get<std::string>());
  manifest[0]["Layers"][1] = "other/layer.tar";
  tar.file("manifest.json", manifest.dump());
  EXPECT_EQ(store_.load(write(directory_ / "a.tar", tar.bytes())),
            Names{"docker.io/library/a:latest"});
  EXPECT_EQ(store_.get("a").layers.size(), 2U);
  expectStored(1, 3);
}

TEST_F(LoadTest, LinksOutOfTheArchiveLeadNowhere) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", "x")});
  const std::string layer = Json::parse(files["manifest.json"])[0]["Layers"][0];
  const Path outside = write(directory_ / "outside.tar", files[layer]);
  files.erase(layer);
  Tar tar;
  for (const auto& [name, content] : files) {
    tar.file(name, content);
  }
  tar.symlink(layer, outside);
  const Path path = write(directory_ / "a.tar", tar.bytes());
  EXPECT_NE(errorOf([&] { store_.load(path); }).find("it has no " + layer), std::string::npos);
  expectStored(0, 0);
}

TEST_F(LoadTest, SeveralImagesShareLayers) {
  Files files;
  const TestLayer base = layerWith("base", "1");
  addDockerImage(files, {"one"}, {base, layerWith("one", "1")});
  addDockerImage(files, {"two"}, {base, layerWith("two", "1")});
  addDockerImage(files, {}, {base}, "nameless");
  const Names names = load(files);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[2], "sha256:" + hexOf(sha256(configOf({base}, "nameless"))));
  EXPECT_EQ(store_.list().size(), 3U);
  EXPECT_TRUE(store_.get(names[2]).names.empty());
  expectStored(3, 9);
}

TEST_F(LoadTest, OciArchiveInEveryCompression) {
  for (const char* command : {"cat", "gzip", "zstd -q", "xz"}) {
    Files files;
    const TestLayer layer(Tar().file("f", command).bytes(), "gzip");
    const Json manifest = ociManifest(files, {layer}, command);
    const Path path = write(
        directory_ / "a.tar",
        through(command, pack(ociLayout(files, {named(manifest, refName, "quay.io/a/b:1")}))));
    EXPECT_EQ(store_.load(path), Names{"quay.io/a/b:1"}) << command;
    const Image image = store_.get("quay.io/a/b:1");
    EXPECT_EQ(image.digest, manifest["digest"].get<std::string>()) << "the manifest is kept";
    EXPECT_EQ(readFile(image.layers[0] / "f"), command);
    EXPECT_EQ(store_.get("quay.io/a/b@" + image.digest).id, image.id);
  }
}

TEST_F(LoadTest, OciDirectoryIsLeftAsItIs) {
  Files files;
  const Json manifest = ociManifest(files, {layerWith("f", "x")});
  for (const auto& [name, content] : ociLayout(files, {named(manifest, refName, "a:1")})) {
    write(directory_ / "layout" / name, content);
  }
  EXPECT_EQ(store_.load(directory_ / "layout"), Names{"localhost/a:1"});
  EXPECT_EQ(count(directory_ / "layout/blobs/sha256"), 3U);
  write(directory_ / "layout/blobs/sha256" / hexOf(manifest["digest"].get<std::string>()), "gone");
  EXPECT_EQ(store_.get("a:1").layers.size(), 1U);
  expectStored(1, 3);
}

TEST_F(LoadTest, NamesInOciLayouts) {
  const auto nameOf = [&](const std::string& key, const std::string& value) {
    Files files;
    const Json manifest = ociManifest(files, {layerWith("f", value)}, value);
    return load(ociLayout(files, {named(manifest, key, value)})).front();
  };
  EXPECT_EQ(nameOf(refName, "latest"), "localhost/latest:latest") << "as podman load has it";
  EXPECT_EQ(nameOf(refName, "app:2"), "localhost/app:2");
  EXPECT_EQ(nameOf(refName, "V1.0").substr(0, 7), "sha256:") << "no name at all";
  EXPECT_EQ(nameOf("io.containerd.image.name", "docker.io/library/x:3"), "docker.io/library/x:3");
}

TEST_F(LoadTest, ChoosesTheHostsPlatform) {
  Files files;
  const auto platform = [](Json descriptor, const std::string& architecture) {
    descriptor["platform"] = {{"os", "linux"}, {"architecture", architecture}};
    return descriptor;
  };
  const Json host = platform(ociManifest(files, {layerWith("f", "1")}), hostArchitecture());
  // Of the foreign platform not even the blobs are there.
  Files none;
  const Json foreign = platform(ociManifest(none, {layerWith("f", "2")}, "foreign"), "s390x");
  const Json unknown = platform(ociManifest(none, {layerWith("f", "3")}, "proof"), "unknown");
  const Json nested = descriptor(files, indexType, indexOf({foreign, host, unknown}));
  EXPECT_EQ(load(ociLayout(files, {named(nested, refName, "nested")})),
            Names{"localhost/nested:latest"});
  EXPECT_EQ(store_.get("nested").digest, host["digest"].get<std::string>());
  EXPECT_EQ(load(ociLayout(files, {named(foreign, refName, "flat"), named(host, refName, "flat")})),
            Names{"localhost/flat:latest"});
  const Json wrong = descriptor(files, indexType, indexOf({foreign}));
  EXPECT_NE(loadError(ociLayout(files, {wrong})).find("only for linux/s390x"), std::string::npos);
}

TEST_F(LoadTest, ReadsFromAPipe) {
  Files files;
  addDockerImage(files, {"a"}, {layerWith("f", "x")});
  const Path path = archive(files);
  const Path pipe = directory_ / "pipe";
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  ASSERT_TRUE(shell(cat("cat ", path.string(), " >", pipe.string(), " &")));
  EXPECT_EQ(store_.load(pipe), Names{"docker.io/library/a:latest"});
}

TEST_F(LoadTest, WhatOtherToolsWrite) {
  if (!shell("command -v podman skopeo >/dev/null")) {
    GTEST_SKIP() << "podman and skopeo are not installed";
  }
  const std::string at = directory_.path();
  const std::string podman =
      cat("podman --root ", at, "/root --runroot ", at, "/run --storage-driver vfs ");
  write(directory_ / "root.tar", Tar().directory("etc").file("etc/f", "x").bytes());
  ASSERT_TRUE(shell(cat("(", podman, "import ", at, "/root.tar foo:1 && ", podman, "save -o ", at,
                        "/docker.tar foo:1 && ", podman, "save --format oci-archive -o ", at,
                        "/oci.tar foo:1 && skopeo copy docker-archive:", at, "/docker.tar oci:", at,
                        "/dir:foo:2) >/dev/null 2>&1")));
  EXPECT_EQ(store_.load(directory_ / "docker.tar"), Names{"localhost/foo:1"});
  EXPECT_EQ(store_.load(directory_ / "oci.tar"), Names{"localhost/foo:1"});
  EXPECT_EQ(store_.load(directory_ / "dir"), Names{"localhost/foo:2"});
  ASSERT_EQ(store_.list().size(), 1U) << "the same image by its id";
  EXPECT_EQ(readFile(store_.get("foo:1").layers.back() / "etc/f"), "x");
  EXPECT_TRUE(
      shell(cat("skopeo inspect oci:", layout().root.string(), ":localhost/foo:2 >/dev/null")))
      << "the store is an OCI layout that others read";
}

}  // namespace
}  // namespace image
