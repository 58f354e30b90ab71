#pragma once
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace chroom {

// Stable codes: they travel through the addon to TypeScript as strings (error_code_name) and must not be renamed.
enum class ErrorCode : uint8_t {
  kInvalidArgument,
  kNotFound,
  kAlreadyExists,
  kLimitExceeded,
  kInboxFull,
  kClosed,
  kSystem,
  kCrypto,
  kUnsupported,
};

constexpr const char* error_code_name(ErrorCode code) {
  switch (code) {
    case ErrorCode::kInvalidArgument: return "INVALID_ARGUMENT";
    case ErrorCode::kNotFound: return "NOT_FOUND";
    case ErrorCode::kAlreadyExists: return "ALREADY_EXISTS";
    case ErrorCode::kLimitExceeded: return "LIMIT_EXCEEDED";
    case ErrorCode::kInboxFull: return "INBOX_FULL";
    case ErrorCode::kClosed: return "CLOSED";
    case ErrorCode::kSystem: return "SYSTEM";
    case ErrorCode::kCrypto: return "CRYPTO";
    case ErrorCode::kUnsupported: return "UNSUPPORTED";
  }
  return "UNKNOWN";
}

struct Error {
  ErrorCode code;
  std::string detail;  // What was expected and what came; for people.
};

// The answer of an operation that can fail for reasons outside our control. Hostile packets do not use this: they
// are dropped and counted (metering/drop_reason.h). Broken invariants of ours stop at CHECK (check.h).
template <typename T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::move(value)) {}
  Result(Error error) : state_(std::move(error)) {}
  bool ok() const { return std::holds_alternative<T>(state_); }
  explicit operator bool() const { return ok(); }
  T& value() { return std::get<T>(state_); }
  const T& value() const { return std::get<T>(state_); }
  const Error& error() const { return std::get<Error>(state_); }

 private:
  std::variant<T, Error> state_;
};

template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}
  bool ok() const { return !error_.has_value(); }
  explicit operator bool() const { return ok(); }
  const Error& error() const { return *error_; }

 private:
  std::optional<Error> error_;
};

}  // namespace chroom
