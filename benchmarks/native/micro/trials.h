#pragma once
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <functional>
#include <string>
#include <vector>

// Interleaved trials of a few small pieces of work on one core, and their JSON. Environment: CHROOM_MICRO_TRIALS (200),
// CHROOM_MICRO_CPU (the last core).
namespace chroom::micro {

struct Case {
  std::string name;
  std::string unit;             // what ns_per_item are
  size_t items;                 // done by one call of `work`
  std::function<void()> work;
  std::vector<double> ns_per_item{};
};

// The compiler must believe that somebody reads what is there.
inline void keep(const void* memory) { asm volatile("" : : "g"(memory) : "memory"); }

inline double thread_cpu_ns() {
  timespec now;
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

inline size_t setting(const char* name, size_t otherwise) {
  const char* text = std::getenv(name);
  return text ? static_cast<size_t>(std::max(0, std::atoi(text))) : otherwise;
}

inline void run_trials(std::vector<Case>& cases, size_t calls_per_trial) {
  constexpr size_t kWarmUpTrials = 5;
  const size_t trials = std::max<size_t>(1, setting("CHROOM_MICRO_TRIALS", 200));
  cpu_set_t cpus;
  CPU_ZERO(&cpus);
  CPU_SET(setting("CHROOM_MICRO_CPU", static_cast<size_t>(sysconf(_SC_NPROCESSORS_ONLN)) - 1), &cpus);
  if (sched_setaffinity(0, sizeof cpus, &cpus) != 0) std::perror("sched_setaffinity");
  for (size_t trial = 0; trial < kWarmUpTrials + trials; trial++) {
    for (Case& one : cases) {
      const double begun = thread_cpu_ns();
      for (size_t i = 0; i < calls_per_trial; i++) one.work();
      const double ns = thread_cpu_ns() - begun;
      if (trial >= kWarmUpTrials) one.ns_per_item.push_back(ns / static_cast<double>(calls_per_trial * one.items));
    }
  }
}

// {"head...", "cases":[...]}; head: members of JSON.
inline void print(const std::string& head, std::vector<Case>& cases) {
  std::printf("{%s,\"cases\":[", head.c_str());
  const char* separator = "";
  for (Case& one : cases) {
    std::vector<double>& values = one.ns_per_item;
    std::sort(values.begin(), values.end());
    std::printf("%s\n{\"name\":\"%s\",\"unit\":\"%s\",\"n\":%zu,\"min\":%.2f,\"median\":%.2f,\"max\":%.2f}", separator,
                one.name.c_str(), one.unit.c_str(), values.size(), values.front(), values[values.size() / 2], values.back());
    separator = ",";
  }
  std::printf("]}\n");
}

}  // namespace chroom::micro
