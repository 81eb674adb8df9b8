#include "base/meter.h"

#include <prometheus/counter.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <utility>
#include <vector>

namespace gmail_mcp {

namespace {

class PrometheusCounter final : public Counter {
 public:
  explicit PrometheusCounter(prometheus::Counter& counter) : counter_{counter} {}
  void add(double amount) override { counter_.Increment(amount); }

 private:
  prometheus::Counter& counter_;
};

class PrometheusHistogram final : public DurationHistogram {
 public:
  explicit PrometheusHistogram(prometheus::Histogram& histogram) : histogram_{histogram} {}
  void observe(double seconds) override { histogram_.Observe(seconds); }

 private:
  prometheus::Histogram& histogram_;
};

const prometheus::Histogram::BucketBoundaries& duration_buckets() {
  static const prometheus::Histogram::BucketBoundaries buckets{
      0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30};
  return buckets;
}

// A number that is kept elsewhere.
struct Question {
  prometheus::Labels labels;
  std::function<double()> value;
};

struct QuestionFamily {
  Meter::Kind kind = Meter::Kind::gauge;
  std::string help;
  std::vector<Question> questions;
};

prometheus::MetricFamily answered(const std::string& name, const QuestionFamily& family) {
  prometheus::MetricFamily out;
  out.name = name;
  out.help = family.help;
  out.type = family.kind == Meter::Kind::counter ? prometheus::MetricType::Counter
                                                 : prometheus::MetricType::Gauge;
  for (const auto& question : family.questions) {
    prometheus::ClientMetric metric;
    for (const auto& [label, text] : question.labels) metric.label.push_back({label, text});
    if (family.kind == Meter::Kind::counter) {
      metric.counter.value = question.value();
    } else {
      metric.gauge.value = question.value();
    }
    out.metric.push_back(std::move(metric));
  }
  return out;
}

}  // namespace

struct Meter::State {
  prometheus::Registry registry;
  // Their addresses must not change, because callers keep references.
  std::map<std::pair<std::string, MeterLabels>, std::unique_ptr<Counter>> counters;
  std::map<std::pair<std::string, MeterLabels>, std::unique_ptr<DurationHistogram>> histograms;
  std::map<std::string, QuestionFamily> questions;
};

Meter::Meter() : state_{std::make_unique<State>()} {}
Meter::~Meter() = default;

Counter& Meter::counter(const std::string& name, const std::string& help,
                        const MeterLabels& labels) {
  auto& known = state_->counters[{name, labels}];
  if (!known) {
    // The registry answers with the family it has when name and help are the same.
    auto& family = prometheus::BuildCounter().Name(name).Help(help).Register(state_->registry);
    known = std::make_unique<PrometheusCounter>(family.Add(labels));
  }
  return *known;
}

DurationHistogram& Meter::histogram(const std::string& name, const std::string& help,
                                    const MeterLabels& labels) {
  auto& known = state_->histograms[{name, labels}];
  if (!known) {
    auto& family = prometheus::BuildHistogram().Name(name).Help(help).Register(state_->registry);
    known = std::make_unique<PrometheusHistogram>(family.Add(labels, duration_buckets()));
  }
  return *known;
}

void Meter::ask(Kind kind, const std::string& name, const std::string& help,
                const MeterLabels& labels, std::function<double()> value) {
  auto& family = state_->questions[name];
  family.kind = kind;
  family.help = help;
  family.questions.push_back({labels, std::move(value)});
}

std::string Meter::text() const {
  auto families = state_->registry.Collect();
  for (const auto& [name, family] : state_->questions) families.push_back(answered(name, family));
  return prometheus::TextSerializer{}.Serialize(families);
}

}  // namespace gmail_mcp
