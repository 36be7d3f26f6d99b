#include "kube/yaml.h"

#include <yaml.h>

#include <algorithm>
#include <map>
#include <string_view>

#include "base/error.h"
#include "kube/yaml_scalar.h"

namespace kube {

namespace {

/// Aliases may multiply a small text without end ("billion laughs").
constexpr std::size_t mostNodes = 100'000;
constexpr int mostLevels = 100;

class Event {
 public:
  Event() = default;
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;
  ~Event() { clear(); }

  yaml_event_t& get() { return event_; }
  yaml_event_type_t type() const { return event_.type; }
  std::size_t line() const { return event_.start_mark.line + 1; }
  void clear() {
    yaml_event_delete(&event_);
    event_ = {};
  }

 private:
  yaml_event_t event_{};
};

std::string textOf(const yaml_char_t* text) {
  return text == nullptr ? "" : reinterpret_cast<const char*>(text);
}

std::size_t nodesOf(const Json& json) {
  std::size_t count = 1;
  if (json.is_structured()) {
    for (const Json& element : json) {
      count += nodesOf(element);
    }
  }
  return count;
}

class Composer {
 public:
  explicit Composer(const std::string& text) {
    if (yaml_parser_initialize(&parser_) == 0) {
      throw Error(ErrorKind::system, "no memory for a YAML parser");
    }
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
  }
  Composer(const Composer&) = delete;
  Composer& operator=(const Composer&) = delete;
  ~Composer() { yaml_parser_delete(&parser_); }

  std::vector<Json> documents() {
    std::vector<Json> all;
    for (next(); event_.type() != YAML_STREAM_END_EVENT; next()) {
      if (event_.type() != YAML_DOCUMENT_START_EVENT) {
        continue;
      }
      next();
      Json document = node(0);
      if (!document.is_null()) {
        all.push_back(std::move(document));
      }
      anchors_.clear();
    }
    return all;
  }

 private:
  [[noreturn]] void refuse(const std::string& problem, std::size_t line) const {
    throw Error(ErrorKind::invalid, cat("line ", line, ": ", problem));
  }

  void next() {
    event_.clear();
    if (yaml_parser_parse(&parser_, &event_.get()) == 0) {
      const char* problem = parser_.problem == nullptr ? "not YAML" : parser_.problem;
      refuse(problem, std::max(parser_.problem_mark.line, parser_.mark.line) + 1);
    }
  }

  /// What begins with the present event, up to its last one.
  Json node(int level) {
    if (level > mostLevels) {
      refuse("nested too deeply", event_.line());
    }
    if (++nodes_ > mostNodes) {
      refuse("too large", event_.line());
    }
    if (event_.type() == YAML_ALIAS_EVENT) {
      return alias();
    }
    if (event_.type() == YAML_SEQUENCE_START_EVENT) {
      return sequence(level);
    }
    if (event_.type() == YAML_MAPPING_START_EVENT) {
      return mapping(level);
    }
    return anchored(textOf(event_.get().data.scalar.anchor), scalar());
  }

  Json alias() {
    const std::string name = textOf(event_.get().data.alias.anchor);
    const auto known = anchors_.find(name);
    if (known == anchors_.end()) {
      refuse(cat("unknown anchor \"", name, "\""), event_.line());
    }
    nodes_ += nodesOf(known->second);
    if (nodes_ > mostNodes) {
      refuse("too large", event_.line());
    }
    return known->second;
  }

  Json scalar() {
    const auto& data = event_.get().data.scalar;
    const std::string text(reinterpret_cast<const char*>(data.value), data.length);
    const std::string tag = textOf(data.tag);
    if (tag == "!" || tag == YAML_STR_TAG || (tag.empty() && data.plain_implicit == 0)) {
      return text;
    }
    return plainScalar(text);
  }

  Json sequence(int level) {
    const std::string anchor = textOf(event_.get().data.sequence_start.anchor);
    Json list = Json::array();
    for (next(); event_.type() != YAML_SEQUENCE_END_EVENT; next()) {
      list.push_back(node(level + 1));
    }
    return anchored(anchor, std::move(list));
  }

  Json mapping(int level) {
    const std::string anchor = textOf(event_.get().data.mapping_start.anchor);
    Json object = Json::object();
    Json merged = Json::array();
    for (next(); event_.type() != YAML_MAPPING_END_EVENT; next()) {
      const std::size_t line = event_.line();
      const bool plain =
          event_.type() == YAML_SCALAR_EVENT && event_.get().data.scalar.plain_implicit != 0;
      const std::string key = keyText(level);
      next();
      Json value = node(level + 1);
      if (key == "<<" && plain) {
        const Json others = value.is_array() ? std::move(value) : Json::array({std::move(value)});
        merged.insert(merged.end(), others.begin(), others.end());
      } else if (object.contains(key)) {
        refuse(cat("\"", key, "\" is given twice"), line);
      } else {
        object[key] = std::move(value);
      }
    }
    merge(object, merged);
    return anchored(anchor, std::move(object));
  }

  std::string keyText(int level) {
    const std::size_t line = event_.line();
    if (event_.type() != YAML_SCALAR_EVENT && event_.type() != YAML_ALIAS_EVENT) {
      refuse("a key must be a text", line);
    }
    const std::string text = event_.type() == YAML_SCALAR_EVENT
                                 ? std::string(textOf(event_.get().data.scalar.value))
                                 : "";
    const Json key = node(level + 1);
    if (event_.type() == YAML_ALIAS_EVENT && !key.is_string()) {
      refuse("a key must be a text", line);
    }
    return key.is_string() ? key.get<std::string>() : text;
  }

  /// "<<: *anchor": what the object itself does not say.
  void merge(Json& object, const Json& merged) const {
    for (const Json& other : merged) {
      if (!other.is_object()) {
        refuse("\"<<\" takes objects", event_.line());
      }
      for (const auto& [key, value] : other.items()) {
        if (!object.contains(key)) {
          object[key] = value;
        }
      }
    }
  }

  Json anchored(const std::string& anchor, Json value) {
    if (!anchor.empty()) {
      anchors_[anchor] = value;
    }
    return value;
  }

  yaml_parser_t parser_{};
  Event event_;
  std::map<std::string, Json> anchors_;
  std::size_t nodes_ = 0;
};

}  // namespace

std::vector<Json> parseYaml(const std::string& text) {
  return Composer(text).documents();
}

}  // namespace kube
