#pragma once

#include <algorithm>
#include <concepts>
#include <iterator>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <type_traits>
#include <vector>

#include "base/json.h"
#include "base/json_text.h"
#include "base/namespace_kind.h"

/// One description per type serves both directions, so that what is written is what is read:
///
///     template <typename Visitor>
///     void members(Visitor& visit, Rlimit& limit) {
///       visit("type", limit.type);
///       ...
///     }
///
/// visit(key, member) prints numbers and bools always and leaves out empty texts, lists, maps and
/// optionals; on reading, an absent or null member keeps the value it has. visit.unlessZero(key,
/// member) leaves out zero and false as well; visit.always(key, member) prints an empty text, where
/// its default is another one. visit.object(key, step) is a nested object that has no type of its
/// own; step gets its visitor. visit.as(key, member, print, parse) writes print(member) and reads
/// parse(what was written): for a member whose type is not the document's.
namespace spec_detail {

struct AnyVisitor {
  template <typename T>
  void operator()(const char*, T&) {}
  template <typename T>
  void unlessZero(const char*, T&) {}
  template <typename T>
  void always(const char*, T&) {}
  template <typename Step>
  void object(const char*, Step) {}
  template <typename T, typename Print, typename Parse>
  void as(const char*, T&, Print, Parse) {}
};

template <typename T>
concept Described = requires(AnyVisitor& visit, T& value) {
  members(visit, value);
};

template <typename T>
concept Emptiable = requires(const T& value) {
  value.empty();
};

template <typename T>
Json toJson(const T& value);

template <typename T>
Json toJson(const std::vector<T>& values) {
  Json out = Json::array();
  for (const T& value : values) {
    out.push_back(toJson(value));
  }
  return out;
}

template <typename T>
Json toJson(const std::map<std::string, T>& values) {
  Json out = Json::object();
  for (const auto& [key, value] : values) {
    out[key] = toJson(value);
  }
  return out;
}

class Writer {
 public:
  explicit Writer(Json& json) : json_(json) {}

  template <typename T>
  void operator()(const char* key, const T& value) {
    if constexpr (Emptiable<T>) {
      if (value.empty()) {
        return;
      }
    }
    always(key, value);
  }
  template <typename T>
  void operator()(const char* key, const std::optional<T>& value) {
    if (value) {
      always(key, *value);
    }
  }
  template <typename T>
  void unlessZero(const char* key, const T& value) {
    if (value != T{}) {
      always(key, value);
    }
  }
  template <typename T>
  void always(const char* key, const T& value) {
    json_[key] = toJson(value);
  }
  template <typename Step>
  void object(const char* key, Step step) {
    Json inner = Json::object();
    Writer visit(inner);
    step(visit);
    if (!inner.empty()) {
      json_[key] = std::move(inner);
    }
  }
  template <typename T, typename Print, typename Parse>
  void as(const char* key, const T& value, Print print, Parse /*parse*/) {
    (*this)(key, print(value));
  }

 private:
  Json& json_;
};

template <typename T>
Json toJson(const T& value) {
  if constexpr (Described<T>) {
    Json out = Json::object();
    Writer visit(out);
    // The description is one for both directions; a Writer takes everything as const.
    members(visit, const_cast<T&>(value));
    return out;
  } else {
    return Json(value);
  }
}

// What is read is a document of the library or a JSON text: here is what they are not asked alike.

/// The member with the key; nothing for null, as where there is none.
inline const Json* memberOf(const Json& json, const char* key) {
  const auto member = json.find(key);
  return member == json.end() || member->is_null() ? nullptr : &*member;
}
inline std::optional<JsonText::Value> memberOf(const JsonText::Value& json, const char* key) {
  auto member = json.find(key);
  return member && member->is_null() ? std::nullopt : member;
}

template <typename Step>
void forEachElement(const Json& array, Step step) {
  for (const Json& element : array) {
    step(element);
  }
}
template <typename Step>
void forEachElement(const JsonText::Value& array, Step step) {
  array.forEachElement(step);
}

template <typename Step>
void forEachMember(const Json& object, Step step) {
  for (const auto& [key, value] : object.items()) {
    step(key, value);
  }
}
template <typename Step>
void forEachMember(const JsonText::Value& object, Step step) {
  object.forEachMember(step);
}

/// The library's own conversion would cut a number that is too large.
template <std::integral T>
std::optional<T> wholeNumberOf(const Json& json) {
  return json.is_number_integer() ? parseNumber<T>(json.dump()) : std::nullopt;
}
template <std::integral T>
std::optional<T> wholeNumberOf(const JsonText::Value& json) {
  return json.wholeNumber<T>();
}

inline std::string writtenText(const Json& json) {
  return printJson(json);
}
inline std::string writtenText(const JsonText::Value& json) {
  return json.text();
}

/// Adds the member to an Error that leaves the step.
template <typename Step>
void inMember(const std::string_view key, Step step) {
  try {
    step();
  } catch (const Error& error) {
    throw error.within(cat("\"", key, "\""));
  }
}

template <typename Document, typename T>
void fromJson(const Document& json, T& out);

template <typename Document, typename T>
void fromJson(const Document& json, std::vector<T>& out) {
  if (!json.is_array()) {
    throw Error(ErrorKind::invalid, cat("an array is expected, not ", json.type_name()));
  }
  out.clear();
  forEachElement(json, [&](const Document& element) { fromJson(element, out.emplace_back()); });
}

template <typename Document, typename T>
void fromJson(const Document& json, std::map<std::string, T>& out) {
  if (!json.is_object()) {
    throw Error(ErrorKind::invalid, cat("an object is expected, not ", json.type_name()));
  }
  out.clear();
  forEachMember(json, [&](const std::string& key, const Document& value) {
    inMember(key, [&] { fromJson(value, out[key]); });
  });
}

template <typename Document, typename T>
void fromJson(const Document& json, std::optional<T>& out) {
  T value{};
  fromJson(json, value);
  out = std::move(value);
}

/// What peapod has written has its members in the order in which they are visited. So a text is
/// read in one pass, without looking for any; where members are left over then, it is read again by
/// looking for each.
enum class Pass { inOrder, byKey };

template <typename Document>
class Reader {
 public:
  explicit Reader(const Document& json, Pass pass = Pass::byKey) : json_(json), pass_(pass) {}

  /// Whether nothing was left over in the pass in order.
  bool hasReadAll() const { return allInner_ && next_ == json_.size(); }

  template <typename T>
  void operator()(const char* key, T& out) {
    if (const auto member = find(key)) {
      inMember(key, [&] { fromJson(*member, out); });
    }
  }
  template <typename T>
  void unlessZero(const char* key, T& out) {
    (*this)(key, out);
  }
  template <typename T>
  void always(const char* key, T& out) {
    (*this)(key, out);
  }
  template <typename Step>
  void object(const char* key, Step step) {
    if (const auto member = find(key)) {
      if (!member->is_object()) {
        throw Error(ErrorKind::invalid,
                    cat(key, ": an object is expected, not ", member->type_name()));
      }
      Reader visit(*member, pass_);
      inMember(key, [&] { step(visit); });
      allInner_ = allInner_ && visit.hasReadAll();
    }
  }
  template <typename T, typename Print, typename Parse>
  void as(const char* key, T& out, Print /*print*/, Parse parse) {
    if (const auto member = find(key)) {
      inMember(key, [&] {
        std::invoke_result_t<Print, const T&> written;
        fromJson(*member, written);
        out = parse(written);
      });
    }
  }

 private:
  auto find(const char* key) {
    if constexpr (std::same_as<Document, JsonText::Value>) {
      if (pass_ == Pass::inOrder) {
        auto member = json_.findAt(next_, key);
        next_ += member ? 1 : 0;
        return member && member->is_null() ? std::nullopt : member;
      }
    }
    return memberOf(json_, key);
  }

  const Document& json_;
  Pass pass_;
  std::uint32_t next_ = 0;  ///< the place of the first member that has not been read
  bool allInner_ = true;
};

template <typename Document, typename T>
void fromJson(const Document& json, T& out) {
  if constexpr (Described<T>) {
    if (!json.is_object()) {
      throw Error(ErrorKind::invalid, cat("an object is expected, not ", json.type_name()));
    }
    if constexpr (std::same_as<Document, JsonText::Value>) {
      Reader inOrder(json, Pass::inOrder);
      members(inOrder, out);
      if (inOrder.hasReadAll()) {
        return;
      }
    }
    Reader visit(json);
    members(visit, out);
  } else if constexpr (std::integral<T> && !std::same_as<T, bool>) {
    const std::optional<T> number = wholeNumberOf<T>(json);
    if (!number) {
      throw Error(ErrorKind::invalid,
                  cat("a whole number from ", +std::numeric_limits<T>::min(), " to ",
                      +std::numeric_limits<T>::max(), " is expected, not ", writtenText(json)));
    }
    out = *number;
  } else {
    try {
      json.get_to(out);
    } catch (const nlohmann::json::exception& error) {
      throw Error(ErrorKind::invalid, jsonErrorText(error.what()));
    }
  }
}

inline NamespaceKind kindNamed(const std::string& name) {
  const auto kind = namespaceByName(name);
  if (!kind) {
    throw Error(ErrorKind::invalid, cat("unknown namespace \"", name, "\""));
  }
  return *kind;
}

/// Kinds are written by their names.
template <typename Visitor>
void visitKinds(Visitor& visit, const char* key, std::set<NamespaceKind>& kinds) {
  using Names = std::vector<std::string>;
  visit.as(
      key, kinds,
      [](const std::set<NamespaceKind>& from) {
        Names names;
        names.reserve(from.size());
        for (const NamespaceKind kind : from) {
          names.emplace_back(traits(kind).name);
        }
        return names;
      },
      [](const Names& names) {
        std::set<NamespaceKind> out;
        std::transform(names.begin(), names.end(), std::inserter(out, out.end()), kindNamed);
        return out;
      });
}

/// A map by kind is an object by the kinds' names.
template <typename Visitor, typename T, typename Print, typename Parse>
void visitByKind(Visitor& visit, const char* key, std::map<NamespaceKind, T>& values, Print print,
                 Parse parse) {
  using Texts = std::map<std::string, std::decay_t<std::invoke_result_t<Print, const T&>>>;
  visit.as(
      key, values,
      [&](const std::map<NamespaceKind, T>& from) {
        Texts texts;
        for (const auto& [kind, value] : from) {
          texts.emplace(traits(kind).name, print(value));
        }
        return texts;
      },
      [&](const Texts& texts) {
        std::map<NamespaceKind, T> out;
        for (const auto& [name, text] : texts) {
          out.emplace(kindNamed(name), parse(text));
        }
        return out;
      });
}

}  // namespace spec_detail
