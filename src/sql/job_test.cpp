#include "sql/job.h"

#include <gtest/gtest.h>

namespace gmail_mcp::sql {
namespace {

TEST(JobQueue, interactive_jobs_go_first_but_bulk_work_gets_its_turn) {
  JobQueue<Job> queue;
  Job bulk, other_bulk;
  queue.push(bulk, Urgency::bulk);
  queue.push(other_bulk, Urgency::bulk);
  Job interactive[20];
  for (auto& one : interactive) queue.push(one, Urgency::interactive);

  std::vector<Job*> turns;
  while (!queue.empty()) {
    const auto batch = queue.take(1);
    ASSERT_EQ(batch.size(), 1U);
    turns.push_back(batch[0]);
  }
  ASSERT_EQ(turns.size(), 22U);
  EXPECT_EQ(turns[8], &bulk) << "it waited for eight turns of others";
  EXPECT_EQ(turns[17], &other_bulk);
  EXPECT_EQ(turns[0], &interactive[0]) << "in their order";
  EXPECT_EQ(turns[21], &interactive[19]);
}

TEST(JobQueue, interactive_jobs_share_a_turn_and_a_bulk_job_has_its_own) {
  JobQueue<Job> queue;
  Job one, two, three, bulk;
  for (auto* job : {&one, &two, &three}) queue.push(*job, Urgency::interactive);
  queue.push(bulk, Urgency::bulk);
  EXPECT_EQ(queue.take(2), (std::vector<Job*>{&one, &two}));
  EXPECT_EQ(queue.take(2), (std::vector<Job*>{&three}));
  EXPECT_EQ(queue.take(2), (std::vector<Job*>{&bulk}));
  EXPECT_TRUE(queue.take(2).empty());
}

}  // namespace
}  // namespace gmail_mcp::sql
