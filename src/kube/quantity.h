#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace kube {

/// An amount as Kubernetes writes it: "100m", "0.5", "128Mi", "1G", "1e3". Exact to a billionth;
/// what is finer is rounded up, as there.
class Quantity {
 public:
  /// Nothing where the text is none, or does not fit into 63 bits.
  static std::optional<Quantity> parse(std::string_view text);

  std::int64_t units() const { return in(unit); }               ///< rounded up
  std::int64_t thousandths() const { return in(unit / 1000); }  ///< rounded up; at most 2^63-1

  bool operator==(const Quantity&) const = default;
  bool operator<(const Quantity& other) const { return nano_ < other.nano_; }

 private:
  using Nano = __int128;
  static constexpr Nano unit = 1'000'000'000;
  explicit Quantity(Nano nano) : nano_(nano) {}
  std::int64_t in(Nano step) const;

  Nano nano_ = 0;
};

}  // namespace kube
