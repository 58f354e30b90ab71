#include "addon/native_engine.h"

#include <algorithm>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/command_codec.h"
#include "engine/event_ring.h"

namespace chroom::addon {

namespace {

// A batch larger than this gives its memory back afterwards.
constexpr size_t kLargestBatchBytes = 8 << 20;

Napi::Error coded_error(Napi::Env env, const Error& error) {
  Napi::Error out = Napi::Error::New(env, error.detail);
  out.Set("code", Napi::String::New(env, error_code_name(error.code)));
  return out;
}

Napi::Value fail(Napi::Env env, const Error& error) {
  coded_error(env, error).ThrowAsJavaScriptException();
  return env.Undefined();
}

// The facade checks its arguments; these only keep a direct caller from crashing the process.
std::optional<size_t> read_count(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  if (!value.IsNumber()) return std::nullopt;
  const double number = value.As<Napi::Number>().DoubleValue();
  if (!(number >= 0 && number <= 4e9)) return std::nullopt;
  return static_cast<size_t>(number);
}

std::optional<std::vector<std::string>> read_texts(const Napi::Object& object, const char* name) {
  Napi::Value value = object.Get(name);
  if (!value.IsArray()) return std::nullopt;
  Napi::Array array = value.As<Napi::Array>();
  std::vector<std::string> texts;
  for (uint32_t i = 0; i < array.Length() && i < 100; ++i) {
    Napi::Value entry = array.Get(i);
    if (!entry.IsString()) return std::nullopt;
    texts.push_back(entry.As<Napi::String>().Utf8Value());
  }
  return texts;
}

Result<engine::EngineConfig> read_config(const Napi::Object& object) {
  const auto wrong = [](const char* name) {
    return Error{ErrorCode::kInvalidArgument, std::string("expected ") + name + " as native/index.d.ts says, received another type"};
  };
  engine::EngineConfig config;
  const auto bind_addresses = read_texts(object, "bindAddresses");
  if (!bind_addresses) return wrong("bindAddresses");
  config.bind_addresses = *bind_addresses;
  const auto advertised_addresses = read_texts(object, "advertisedAddresses");
  if (!advertised_addresses) return wrong("advertisedAddresses");
  config.advertised_addresses = *advertised_addresses;
  const auto udp_port = read_count(object, "udpPort");
  if (!udp_port || *udp_port > 65535) return wrong("udpPort");
  config.udp_port = static_cast<uint16_t>(*udp_port);
  const std::pair<const char*, size_t*> counts[] = {
      {"workers", &config.workers},
      {"sessionsPerWorker", &config.limits.sessions_per_worker},
      {"roomsPerWorker", &config.limits.rooms_per_worker},
      {"publicationsPerSession", &config.limits.publications_per_session},
      {"subscriptionsPerSession", &config.limits.subscriptions_per_session},
      {"largeRoomSessions", &config.limits.large_room_sessions}};
  for (const auto& [name, place] : counts) {
    const auto count = read_count(object, name);
    if (!count) return wrong(name);
    *place = *count;
  }
  Napi::Value cpus = object.Get("workerCpus");
  if (!cpus.IsArray()) return wrong("workerCpus");
  for (uint32_t i = 0; i < cpus.As<Napi::Array>().Length() && i < engine::kMaxWorkers; ++i) {
    Napi::Value cpu = cpus.As<Napi::Array>().Get(i);
    if (!cpu.IsNumber()) return wrong("workerCpus");
    config.worker_cpus.push_back(static_cast<uint16_t>(std::min<uint32_t>(cpu.As<Napi::Number>().Uint32Value(), UINT16_MAX)));
  }
  return config;
}

}  // namespace

// What the workers hold instead of the JavaScript object.
struct NativeEngine::Waker {
  napi_threadsafe_function function = nullptr;

  // On a worker's thread. The queue holds one call: a second one would find the same records.
  void wake() const { napi_call_threadsafe_function(function, nullptr, napi_tsfn_nonblocking); }
};

Napi::Function NativeEngine::define(Napi::Env env) {
  return DefineClass(env, "NativeEngine",
                     {InstanceMethod("submit", &NativeEngine::submit), InstanceMethod("udpPorts", &NativeEngine::udp_ports),
                      InstanceMethod("close", &NativeEngine::close)});
}

NativeEngine::NativeEngine(const Napi::CallbackInfo& info) : Napi::ObjectWrap<NativeEngine>(info) {
  Napi::Env env = info.Env();
  if (info.Length() != 1 || !info[0].IsObject()) {
    fail(env, {ErrorCode::kInvalidArgument, "expected a configuration object, received none"});
    return;
  }
  Napi::Object object = info[0].As<Napi::Object>();
  Result<engine::EngineConfig> config = read_config(object);
  if (!config) {
    fail(env, config.error());
    return;
  }
  Napi::Value counters = object.Get("counters");
  Napi::Value on_records = object.Get("onRecords");
  if (!counters.IsTypedArray() || counters.As<Napi::TypedArray>().TypedArrayType() != napi_biguint64_array || !on_records.IsFunction()) {
    fail(env, {ErrorCode::kInvalidArgument, "expected counters and onRecords as native/index.d.ts says, received another type"});
    return;
  }
  Napi::BigUint64Array words = counters.As<Napi::BigUint64Array>();
  config.value().shared_counters = {words.Data(), words.ElementLength()};

  waker_ = std::make_unique<Waker>();
  const napi_status created = napi_create_threadsafe_function(
      env, nullptr, nullptr, Napi::String::New(env, "chroom records"), 1, 1, nullptr, nullptr, this, &NativeEngine::on_records,
      &waker_->function);
  if (created != napi_ok) {
    waker_.reset();
    fail(env, {ErrorCode::kSystem, "expected a thread-safe function from Node, received status " + std::to_string(created)});
    return;
  }
  napi_unref_threadsafe_function(env, waker_->function);
  config.value().wake = [waker = waker_.get()] { waker->wake(); };
  Result<std::unique_ptr<engine::Engine>> opened = engine::Engine::open(std::move(config.value()));
  if (!opened) {
    stop();
    fail(env, opened.error());
    return;
  }
  counters_ = Napi::Reference<Napi::BigUint64Array>::New(words, 1);
  on_records_ = Napi::Persistent(on_records.As<Napi::Function>());
  engine_ = std::move(opened.value());
  napi_add_env_cleanup_hook(env, &NativeEngine::on_environment_end, this);
  hooked_ = true;
}

NativeEngine::~NativeEngine() {
  if (hooked_) napi_remove_env_cleanup_hook(Env(), &NativeEngine::on_environment_end, this);
  stop();
}

Napi::Value NativeEngine::submit(const Napi::CallbackInfo& info) {
  Napi::Env env = info.Env();
  if (info.Length() != 3 || !info[0].IsNumber() || !info[1].IsNumber() || !info[2].IsTypedArray() ||
      info[2].As<Napi::TypedArray>().TypedArrayType() != napi_uint8_array) {
    return fail(env, {ErrorCode::kInvalidArgument, "expected (number, number, Uint8Array), received something else"});
  }
  if (!engine_) return fail(env, {ErrorCode::kClosed, "expected an open engine, received a command after close"});
  const size_t kind = info[0].As<Napi::Number>().Uint32Value();
  const uint32_t request_id = info[1].As<Napi::Number>().Uint32Value();
  Napi::Uint8Array request = info[2].As<Napi::Uint8Array>();
  Result<engine::Command> command = engine::parse_command(kind, {request.Data(), request.ByteLength()});
  if (!command) return fail(env, command.error());
  Result<void> submitted = engine_->submit(request_id, std::move(command.value()));
  if (!submitted) return fail(env, submitted.error());
  // Somebody waits for the answer: until it came, the loop of this environment goes on.
  if (outstanding_++ == 0) napi_ref_threadsafe_function(env, waker_->function);
  return env.Undefined();
}

Napi::Value NativeEngine::udp_ports(const Napi::CallbackInfo& info) {
  Napi::Array ports = Napi::Array::New(info.Env());
  if (!engine_) return ports;
  uint32_t index = 0;
  for (uint16_t port : engine_->udp_ports()) ports.Set(index++, Napi::Number::New(info.Env(), port));
  return ports;
}

Napi::Value NativeEngine::close(const Napi::CallbackInfo& info) {
  stop();
  on_records_.Reset();
  counters_.Reset();
  return info.Env().Undefined();
}

// Node's thread, once per wake: everything that waits becomes one Uint8Array and one call.
void NativeEngine::deliver() {
  if (!engine_) return;
  Napi::Env env = Env();
  Napi::HandleScope scope(env);
  bool large = false;
  batch_.clear();
  engine_->drain([&](const engine::RecordHeader& header, Bytes payload) {
    const size_t at = batch_.size();
    batch_.resize(at + sizeof header + engine::EventRing::padded(payload.size()));
    std::memcpy(batch_.data() + at, &header, sizeof header);
    if (!payload.empty()) std::memcpy(batch_.data() + at + sizeof header, payload.data(), payload.size());
    large |= batch_.size() > kLargestBatchBytes;
    if (header.kind != engine::RecordKind::kEvent && --outstanding_ == 0) napi_unref_threadsafe_function(env, waker_->function);
  });
  if (batch_.empty()) return;
  void* memory = nullptr;
  napi_value buffer = nullptr;
  // An environment that is ending still runs its loop, but makes no objects any more: nobody is left to listen.
  if (napi_create_arraybuffer(env, batch_.size(), &memory, &buffer) != napi_ok || memory == nullptr) return;
  std::memcpy(memory, batch_.data(), batch_.size());
  Napi::Uint8Array records = Napi::Uint8Array::New(env, batch_.size(), Napi::ArrayBuffer(env, buffer), 0);
  if (large) {
    batch_.clear();
    batch_.shrink_to_fit();
  }
  on_records_.Call({records});
}

void NativeEngine::stop() {
  if (engine_) engine_->close();
  engine_.reset();
  if (waker_ && waker_->function != nullptr) {
    napi_release_threadsafe_function(waker_->function, napi_tsfn_abort);
    waker_->function = nullptr;
  }
}

void NativeEngine::on_environment_end(void* self) {
  auto* engine = static_cast<NativeEngine*>(self);
  engine->hooked_ = false;
  engine->stop();
}

void NativeEngine::on_records(napi_env env, napi_value, void* context, void*) {
  // Without an environment the function is being torn down with calls still queued.
  if (env != nullptr) static_cast<NativeEngine*>(context)->deliver();
}

}  // namespace chroom::addon
