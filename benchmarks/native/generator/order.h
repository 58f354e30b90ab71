#pragma once
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace chroom::load {

// One line of the protocol that a scenario speaks: a verb, then words of the form key=value. See main.cc for the verbs.
class Order {
 public:
  explicit Order(std::string_view line);

  const std::string& verb() const { return verb_; }
  // The value of a key, or `otherwise`; without that the key is needed, and missing() tells when it was not there.
  std::string text(const std::string& key);
  std::string text(const std::string& key, std::string otherwise) const;
  // Decimal, 0 or more.
  double number(const std::string& key);
  double number(const std::string& key, double otherwise) const;

  // The first key that was needed and absent or not a number; empty when all was well.
  const std::string& missing() const { return missing_; }

 private:
  std::optional<double> parsed(const std::string& key) const;

  std::string verb_;
  std::map<std::string, std::string> values_;
  std::string missing_;
};

}  // namespace chroom::load
