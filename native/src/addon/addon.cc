#include <napi.h>
#include <openssl/crypto.h>
#include <openssl/opensslv.h>

#include "addon/native_engine.h"
#include "engine/commands.h"
#include "engine/engine_config.h"
#include "vocabulary/result.h"

// What the addon exports; native/index.d.ts is its description. State belongs to the environment (instance data), so
// that the addon may be loaded in several worker threads.
namespace chroom::addon {

namespace {

Napi::Object command_kinds(Napi::Env env) {
  Napi::Object kinds = Napi::Object::New(env);
  for (size_t i = 0; i < engine::kCommandNames.size(); ++i) {
    kinds.Set(engine::kCommandNames[i], Napi::Number::New(env, static_cast<double>(i)));
  }
  return kinds;
}

Napi::Array error_codes(Napi::Env env) {
  constexpr uint32_t kLast = static_cast<uint32_t>(ErrorCode::kUnsupported);
  Napi::Array codes = Napi::Array::New(env, kLast + 1);
  for (uint32_t i = 0; i <= kLast; ++i) codes.Set(i, Napi::String::New(env, error_code_name(static_cast<ErrorCode>(i))));
  return codes;
}

Napi::Array counter_names(Napi::Env env) {
  Napi::Array names = Napi::Array::New(env, engine::kWordsPerWorker);
  for (uint32_t i = 0; i < engine::kWordsPerWorker; ++i) names.Set(i, Napi::String::New(env, engine::shared_word_name(i)));
  return names;
}

Napi::Object openssl(Napi::Env env) {
  Napi::Object versions = Napi::Object::New(env);
  versions.Set("compiled", Napi::String::New(env, OPENSSL_VERSION_TEXT));
  versions.Set("linked", Napi::String::New(env, OpenSSL_version(OPENSSL_VERSION)));
  return versions;
}

Napi::Object initialise(Napi::Env env, Napi::Object exports) {
  exports.Set("NativeEngine", NativeEngine::define(env));
  exports.Set("commandKinds", command_kinds(env));
  exports.Set("errorCodes", error_codes(env));
  exports.Set("counterNames", counter_names(env));
  exports.Set("openssl", openssl(env));
  return exports;
}

}  // namespace

}  // namespace chroom::addon

static Napi::Object initialise_addon(Napi::Env env, Napi::Object exports) {
  return chroom::addon::initialise(env, exports);
}

NODE_API_MODULE(chroom, initialise_addon)
