#pragma once
#include <napi.h>

#include <memory>
#include <vector>

#include "engine/engine.h"

namespace chroom::addon {

// The JavaScript object over one engine::Engine. Lives on the thread of its environment; the workers reach it only
// through one thread-safe function that carries no data: it says "records wait", and is called once per batch.
//
// Ends in any order: close() from JavaScript, the finalizer of a dropped object, or the end of the environment
// (process exit, worker thread terminated), which is announced by a cleanup hook. Each stops and joins the workers
// before the thread-safe function is released, so no call can come afterwards.
class NativeEngine final : public Napi::ObjectWrap<NativeEngine> {
 public:
  static Napi::Function define(Napi::Env env);

  explicit NativeEngine(const Napi::CallbackInfo& info);
  ~NativeEngine() override;

 private:
  struct Waker;

  Napi::Value submit(const Napi::CallbackInfo& info);
  Napi::Value udp_ports(const Napi::CallbackInfo& info);
  Napi::Value close(const Napi::CallbackInfo& info);

  void deliver();
  void stop();
  static void on_environment_end(void* self);
  static void on_records(napi_env env, napi_value function, void* context, void* data);

  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<Waker> waker_;
  Napi::FunctionReference on_records_;
  Napi::Reference<Napi::BigUint64Array> counters_;  // keeps the shared memory alive
  std::vector<uint8_t> batch_;
  size_t outstanding_ = 0;  // commands without an answer
  bool hooked_ = false;
};

}  // namespace chroom::addon
