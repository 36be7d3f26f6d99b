#include "spec/image.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace oci {
namespace {

std::string digest(char digit) {
  return "sha256:" + std::string(64, digit);
}

template <typename T>
std::string errorOf(const Json& json) {
  try {
    json.get<T>();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::invalid);
    return error.what();
  }
  return "no error";
}

Json manifestDocument() {
  return Json::parse(cat(R"({
    "schemaVersion": 2,
    "mediaType": "application/vnd.oci.image.manifest.v1+json",
    "config": {"mediaType": "application/vnd.oci.image.config.v1+json", "digest": ")",
                         digest('a'), R"(", "size": 7023},
    "layers": [
      {"mediaType": "application/vnd.oci.image.layer.v1.tar+gzip", "digest": ")",
                         digest('b'), R"(", "size": 32654},
      {"mediaType": "application/vnd.oci.image.layer.v1.tar+zstd", "digest": ")",
                         digest('c'), R"(", "size": 16724, "annotations": {"x": "y"}}
    ],
    "annotations": {"com.example.key1": "value1"}
  })"));
}

TEST(Manifests, KeepEveryMember) {
  const Json json = manifestDocument();
  const auto manifest = json.get<Manifest>();
  EXPECT_EQ(manifest.config.size, 7023U);
  EXPECT_EQ(manifest.layers.at(1).annotations.at("x"), "y");
  EXPECT_EQ(Json(manifest).dump(2), json.dump(2));
}

TEST(Manifests, DockersSchema2IsReadToo) {
  Json json = manifestDocument();
  json["mediaType"] = "application/vnd.docker.distribution.manifest.v2+json";
  EXPECT_EQ(json.get<Manifest>().layers.size(), 2U);
  json.erase("mediaType");  // OCI leaves it to the descriptor
  EXPECT_EQ(json.get<Manifest>().mediaType, "");
}

TEST(Manifests, OthersAreRefused) {
  Json json = manifestDocument();
  json["mediaType"] = "application/vnd.oci.image.index.v1+json";
  EXPECT_NE(errorOf<Manifest>(json).find("is not an image manifest"), std::string::npos);
  EXPECT_NE(errorOf<Manifest>(Json::parse(R"({"schemaVersion": 1})")).find("version 1"),
            std::string::npos);
  EXPECT_NE(errorOf<Manifest>(Json::array()).find("an object is expected"), std::string::npos);
}

TEST(Manifests, ADigestIsNoPath) {
  for (const std::string& bad :
       {std::string(), std::string("sha256:../../../etc/passwd"), "sha256:" + std::string(63, 'a'),
        "sha256:" + std::string(64, 'A'), "sha512:" + std::string(64, 'a'),
        "sha256:" + std::string(63, 'a') + "/"}) {
    Json json = manifestDocument();
    json["layers"][0]["digest"] = bad;
    EXPECT_NE(errorOf<Manifest>(json).find("digest"), std::string::npos) << bad;
    EXPECT_NE(errorOf<Descriptor>(Json{{"digest", bad}}), "no error") << bad;
    EXPECT_NE(errorOf<ImageConfig>(Json{{"rootfs", {{"diff_ids", {bad}}}}}), "no error") << bad;
  }
}

TEST(Manifests, ASizeIsNotNegative) {
  EXPECT_NE(errorOf<Descriptor>(Json{{"digest", digest('a')}, {"size", -1}}).find("\"size\""),
            std::string::npos);
}

TEST(ImageConfigs, KeepEveryMember) {
  const Json json = Json::parse(cat(R"({
    "created": "2015-10-31T22:22:56.015925234Z",
    "author": "Alyssa P. Hacker <alyspdev@example.com>",
    "architecture": "arm64", "os": "linux", "variant": "v8",
    "config": {
      "User": "alice",
      "ExposedPorts": {"80/tcp": {}, "8080/udp": {}},
      "Env": ["PATH=/usr/bin", "FOO=oci_is_a"],
      "Volumes": {"/var/job-result-data": {}, "/var/log": {}},
      "WorkingDir": "/home/alice",
      "Labels": {"com.example.project": "git"},
      "StopSignal": "SIGQUIT",
      "Entrypoint": ["/bin/my-app-binary"],
      "Cmd": ["--foreground"]
    },
    "rootfs": {"type": "layers", "diff_ids": [")",
                                    digest('1'), R"(", ")", digest('2'), R"("]},
    "history": [{"created_by": "/bin/sh -c #(nop) ADD file", "empty_layer": true}]
  })"));
  const auto config = json.get<ImageConfig>();
  EXPECT_EQ(config.config.exposedPorts, (std::vector<std::string>{"80/tcp", "8080/udp"}));
  EXPECT_EQ(config.config.volumes.size(), 2U);
  EXPECT_EQ(config.config.entrypoint.at(0), "/bin/my-app-binary");
  EXPECT_EQ(config.diffIds.at(1), digest('2'));
  EXPECT_EQ(Json(config).dump(2), json.dump(2));
}

TEST(ImageConfigs, NullAndAbsentMembersAreEmpty) {
  const auto config = Json::parse(R"({
    "config": {"Env": null, "Cmd": null, "Labels": null, "ExposedPorts": null, "Healthcheck": {}},
    "rootfs": {"type": "layers", "diff_ids": null}, "history": null
  })")
                          .get<ImageConfig>();
  EXPECT_TRUE(config.config.env.empty());
  EXPECT_TRUE(config.config.cmd.empty());
  EXPECT_TRUE(config.diffIds.empty());
  EXPECT_TRUE(Json::parse(R"({"config": null})").get<ImageConfig>().config.user.empty());
}

TEST(ImageConfigs, OldImagesHaveATextForAList) {
  const auto config =
      Json::parse(R"({"config": {"Cmd": "true", "Entrypoint": "/init"}})").get<ImageConfig>();
  EXPECT_EQ(config.config.cmd, std::vector<std::string>{"true"});
  EXPECT_EQ(config.config.entrypoint, std::vector<std::string>{"/init"});
}

TEST(ImageConfigs, ErrorsNameTheMember) {
  EXPECT_EQ(errorOf<ImageConfig>(Json::parse(R"({"config": {"Env": "A=b"}})")),
            "\"config\": \"Env\": an array is expected, not string");
  EXPECT_EQ(errorOf<ImageConfig>(Json::parse(R"({"config": []})")),
            "\"config\": an object is expected, not array");
}

}  // namespace
}  // namespace oci
