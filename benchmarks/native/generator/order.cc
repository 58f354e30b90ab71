#include "generator/order.h"

#include <cstdlib>
#include <sstream>

namespace chroom::load {

Order::Order(std::string_view line) {
  std::istringstream words{std::string(line)};
  words >> verb_;
  for (std::string word; words >> word;) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) values_[word.substr(0, equals)] = word.substr(equals + 1);
  }
}

std::string Order::text(const std::string& key) {
  const auto found = values_.find(key);
  if (found != values_.end()) return found->second;
  if (missing_.empty()) missing_ = key;
  return {};
}

std::string Order::text(const std::string& key, std::string otherwise) const {
  const auto found = values_.find(key);
  return found != values_.end() ? found->second : otherwise;
}

double Order::number(const std::string& key) {
  const std::optional<double> value = parsed(key);
  if (!value && missing_.empty()) missing_ = key;
  return value.value_or(0);
}

double Order::number(const std::string& key, double otherwise) const { return parsed(key).value_or(otherwise); }

std::optional<double> Order::parsed(const std::string& key) const {
  const auto found = values_.find(key);
  if (found == values_.end()) return std::nullopt;
  char* end = nullptr;
  const double value = std::strtod(found->second.c_str(), &end);
  if (end == found->second.c_str() || *end != 0 || !(value >= 0)) return std::nullopt;
  return value;
}

}  // namespace chroom::load
