#pragma once

#include <functional>
#include <map>
#include <memory>
#include <string>

namespace gmail_mcp {

/// Labels that distinguish the numbers of one family. Values come from known sets (tool names,
/// codes), never from ids, addresses or anything a caller chose, or the families grow without end.
using MeterLabels = std::map<std::string, std::string>;

/// A number that only grows. Thread-safe. Belongs to its meter.
class Counter {
 public:
  virtual ~Counter() = default;
  virtual void add(double amount = 1) = 0;
};

/// How long things took, in seconds, sorted into buckets from 1 ms to 30 s. Thread-safe. Belongs to
/// its meter.
class DurationHistogram {
 public:
  virtual ~DurationHistogram() = default;
  virtual void observe(double seconds) = 0;
};

/// What /metrics shows, in the text format of Prometheus
/// (https://prometheus.io/docs/instrumenting/exposition_formats/). Counting is thread-safe;
/// declaring and reading belong to one thread.
class Meter {
 public:
  Meter();
  ~Meter();

  /// The counter of these labels, made at the first call. `name` ends in `_total`.
  Counter& counter(const std::string& name, const std::string& help, const MeterLabels& labels);
  /// `name` ends in `_seconds`.
  DurationHistogram& histogram(const std::string& name, const std::string& help,
                               const MeterLabels& labels);

  enum class Kind { counter, gauge };
  /// A number that is kept elsewhere: `value` is called when the text is made, and must stay
  /// callable as long as the meter is read.
  void ask(Kind kind, const std::string& name, const std::string& help, const MeterLabels& labels,
           std::function<double()> value);

  std::string text() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace gmail_mcp
