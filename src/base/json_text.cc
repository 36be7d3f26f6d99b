#include "base/json_text.h"

#ifdef __SSE2__
#define RAPIDJSON_SSE2
#endif
#include <rapidjson/document.h>
#include <rapidjson/error/en.h>
#include <rapidjson/writer.h>

#include <array>

#include "base/error.h"

struct JsonText::Document {
  std::string text;  ///< in which those of the values are
  // What this program writes mostly needs no more than this.
  std::array<char, 8192> room;
  rapidjson::MemoryPoolAllocator<> allocator{room.data(), room.size()};
  rapidjson::Document json{&allocator};
};

JsonText::JsonText(std::string_view text, const std::string& what)
    : document_(std::make_unique_for_overwrite<Document>()) {
  // Iterative: what is nested deeply costs memory, not the stack.
  constexpr unsigned flags = rapidjson::kParseIterativeFlag | rapidjson::kParseFullPrecisionFlag;
  // Zeros behind the text, since RapidJSON looks at sixteen bytes at a time.
  constexpr std::size_t padding = 16;
  document_->text.reserve(text.size() + padding);
  document_->text.append(text).append(padding, '\0');
  rapidjson::Document& json = document_->json;
  json.ParseInsitu<flags>(document_->text.data());
  if (json.HasParseError()) {
    throw Error(ErrorKind::invalid,
                cat("parsing ", what, ": parse error at byte ", json.GetErrorOffset() + 1, ": ",
                    rapidjson::GetParseError_En(json.GetParseError())));
  }
  if (const std::size_t end = text.find('\0'); end != std::string_view::npos) {
    throw Error(ErrorKind::invalid, cat("parsing ", what, ": byte ", end + 1, " is zero"));
  }
}

JsonText::~JsonText() = default;

JsonText::Value JsonText::root() const {
  return Value(document_->json);
}

bool JsonText::Value::is_null() const {
  return value_->IsNull();
}
bool JsonText::Value::is_array() const {
  return value_->IsArray();
}
bool JsonText::Value::is_object() const {
  return value_->IsObject();
}

const char* JsonText::Value::type_name() const {
  constexpr std::array<const char*, 7> names = {"null",  "boolean", "boolean", "object",
                                                "array", "string",  "number"};
  return names.at(value_->GetType());
}

std::string JsonText::Value::text() const {
  rapidjson::StringBuffer buffer;
  rapidjson::Writer<rapidjson::StringBuffer> writer(buffer);
  value_->Accept(writer);
  return {buffer.GetString(), buffer.GetSize()};
}

std::optional<std::uint64_t> JsonText::Value::unsignedNumber() const {
  return value_->IsUint64() ? std::optional(value_->GetUint64()) : std::nullopt;
}

std::optional<std::int64_t> JsonText::Value::signedNumber() const {
  return value_->IsInt64() ? std::optional(value_->GetInt64()) : std::nullopt;
}

std::optional<JsonText::Value> JsonText::Value::find(const char* key) const {
  if (!is_object()) {
    return std::nullopt;
  }
  const auto found = value_->FindMember(key);
  return found == value_->MemberEnd() ? std::nullopt : std::optional(Value(found->value));
}

std::optional<JsonText::Value> JsonText::Value::findAt(std::uint32_t place,
                                                       std::string_view key) const {
  if (!is_object() || place >= value_->MemberCount()) {
    return std::nullopt;
  }
  const auto& member = *(value_->MemberBegin() + place);
  const std::string_view name(member.name.GetString(), member.name.GetStringLength());
  return name == key ? std::optional(Value(member.value)) : std::nullopt;
}

std::uint32_t JsonText::Value::size() const {
  return is_array() ? value_->Size() : is_object() ? value_->MemberCount() : 0;
}

JsonText::Value JsonText::Value::element(std::uint32_t index) const {
  return Value((*value_)[index]);
}

std::pair<std::string, JsonText::Value> JsonText::Value::member(std::uint32_t index) const {
  const auto& member = *(value_->MemberBegin() + index);
  return {{member.name.GetString(), member.name.GetStringLength()}, Value(member.value)};
}

void JsonText::Value::require(bool holds, const char* type) const {
  if (!holds) {
    throw Error(ErrorKind::invalid, cat("type must be ", type, ", but is ", type_name()));
  }
}

void JsonText::Value::get_to(std::string& out) const {
  require(value_->IsString(), "string");
  out.assign(value_->GetString(), value_->GetStringLength());
}

void JsonText::Value::get_to(Path& out) const {
  std::string text;
  get_to(text);
  out = std::move(text);
}

void JsonText::Value::get_to(bool& out) const {
  require(value_->IsBool(), "boolean");
  out = value_->GetBool();
}

void JsonText::Value::get_to(double& out) const {
  require(value_->IsNumber(), "number");
  out = value_->GetDouble();
}
