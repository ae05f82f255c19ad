/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "dataplane/credit.h"

#include <glib.h>

#define MS G_GUINT64_CONSTANT (1000000)
#define SECOND (1000 * MS)

enum
{
  FLOOR = 64 * 1024,
  MESSAGE = 1184
};

/* A greedy sender and a receiver on a line of `rate` bytes/s that takes `delay_ns` each way, in virtual time. */
typedef struct
{
  guint64 at_ns;
  enum
  {
    DATA,
    MARK,
    REPORT
  } what;
  guint64 bytes;
} Flight;

typedef struct
{
  BgCredit credit;
  BgCreditReceiver receiver;
  guint64 now_ns, rate, delay_ns, busy_until_ns;
  guint lose_every, n_sent;
  gboolean deaf;      /* no report arrives */
  GQueue there, back; /* Flight */
  guint64 received, peak, stalled_ns, last_received_ns;
} Line;

static void
line_init (Line *line, guint64 rate, guint64 delay_ns)
{
  *line = (Line){ .rate = rate, .delay_ns = delay_ns, .now_ns = SECOND };
  bg_credit_init (&line->credit, FLOOR, line->now_ns);
  bg_credit_receiver_init (&line->receiver);
  line->last_received_ns = line->now_ns;
}

static void
line_clear (Line *line)
{
  g_queue_clear_full (&line->there, g_free);
  g_queue_clear_full (&line->back, g_free);
}

static void
launch (GQueue *queue, guint64 at_ns, int what, guint64 bytes)
{
  Flight *flight = g_new (Flight, 1);

  *flight = (Flight){ at_ns, what, bytes };
  g_queue_push_tail (queue, flight);
}

static void
line_send (Line *line, int what, guint64 bytes)
{
  line->busy_until_ns = MAX (line->busy_until_ns, line->now_ns)
                        + (what == DATA ? bytes : 64) * SECOND / line->rate;
  if (what == DATA && line->lose_every && ++line->n_sent % line->lose_every == 0)
    return;
  launch (&line->there, line->busy_until_ns + line->delay_ns, what, bytes);
}

static void
line_arrive (Line *line, const Flight *flight)
{
  switch (flight->what)
    {
    case DATA:
      line->received += flight->bytes;
      line->stalled_ns = MAX (line->stalled_ns, line->now_ns - line->last_received_ns);
      line->last_received_ns = line->now_ns;
      bg_credit_receiver_data (&line->receiver, (uint32_t) flight->bytes, line->now_ns);
      break;
    case MARK:
      bg_credit_receiver_mark (&line->receiver, flight->bytes, line->now_ns);
      break;
    case REPORT:
      if (!line->deaf)
        bg_credit_reported (&line->credit, flight->bytes, line->now_ns);
      break;
    }
}

static void
land (Line *line, GQueue *queue)
{
  Flight *flight;

  while ((flight = g_queue_peek_head (queue)) && flight->at_ns <= line->now_ns)
    {
      line_arrive (line, flight);
      g_free (g_queue_pop_head (queue));
    }
}

static void
line_step (Line *line, gboolean greedy)
{
  guint64 bytes;

  land (line, &line->there);
  land (line, &line->back);
  while (greedy && bg_credit_room (&line->credit) >= MESSAGE)
    {
      bg_credit_sent (&line->credit, MESSAGE, line->now_ns);
      line_send (line, DATA, MESSAGE);
    }
  if (greedy)
    bg_credit_limited (&line->credit);
  line->peak = MAX (line->peak, bg_credit_outstanding (&line->credit));
  if (bg_credit_run (&line->credit, line->now_ns, &bytes))
    line_send (line, MARK, bytes);
  if (bg_credit_receiver_run (&line->receiver, line->now_ns, &bytes))
    launch (&line->back, line->now_ns + line->delay_ns, REPORT, bytes);
}

static void
line_run (Line *line, guint64 duration_ns, gboolean greedy)
{
  guint64 end_ns = line->now_ns + duration_ns;

  for (; line->now_ns < end_ns; line->now_ns += MS / 10)
    line_step (line, greedy);
}

static void
test_bound (void)
{
  Line line;

  line_init (&line, 1, 0);
  line.deaf = TRUE;
  line_step (&line, TRUE);
  g_assert_cmpuint (bg_credit_outstanding (&line.credit), <=, FLOOR);
  g_assert_cmpuint (bg_credit_outstanding (&line.credit), >, FLOOR - MESSAGE);
  line_clear (&line);
}

/* The window follows what the path can hold, and fills it. */
static void
test_fills_long_path (void)
{
  Line line;
  guint64 before;

  line_init (&line, 5000000, 20 * MS);
  line_run (&line, 3 * SECOND, TRUE);
  before = line.received;
  line_run (&line, 5 * SECOND, TRUE);
  g_assert_cmpuint (line.received - before, >, 5 * 5000000ull * 85 / 100);
  /* Two and a half times what the path holds, at most. */
  g_assert_cmpuint (line.credit.window, <=, 5000000 / 1000 * 40 * 5 / 2);
  line_clear (&line);
}

/* A thin line holds no more than the floor: a ping waits 64 KiB at most. */
static void
test_thin_path (void)
{
  Line line;

  line_init (&line, 250000, 10 * MS);
  line_run (&line, 30 * SECOND, TRUE);
  g_assert_cmpuint (line.received, >, 30 * 250000ull * 95 / 100);
  g_assert_cmpuint (line.peak, <=, FLOOR);
  line_clear (&line);
}

/* What is lost is forgiven within a mark: no stall, no creep. */
static void
test_loss (void)
{
  Line line;

  line_init (&line, 2000000, 10 * MS);
  line.lose_every = 10;
  line_run (&line, 20 * SECOND, TRUE);
  g_assert_cmpuint (line.received, >, 20 * 2000000ull * 80 / 100);
  g_assert_cmpuint (line.stalled_ns, <, 200 * MS);
  line_run (&line, SECOND, FALSE);
  g_assert_cmpuint (bg_credit_outstanding (&line.credit), ==, 0);
  line_clear (&line);
}

static void
test_reports_stop (void)
{
  Line line;

  line_init (&line, 2000000, MS);
  line_run (&line, SECOND, TRUE);
  line.deaf = TRUE;
  line_run (&line, 1900 * MS, TRUE);
  g_assert_cmpuint (bg_credit_room (&line.credit), <, MESSAGE);
  line.credit.heard_ns -= 200 * MS;
  line_run (&line, 100 * MS, FALSE);
  g_assert_cmpuint (bg_credit_outstanding (&line.credit), ==, 0);
  g_assert_cmpuint (line.credit.window, ==, FLOOR);
  line_clear (&line);
}

static void
test_idle_is_silent (void)
{
  Line line;

  line_init (&line, 2000000, MS);
  line_run (&line, SECOND, TRUE);
  line_run (&line, SECOND, FALSE);
  g_assert_cmpuint (bg_credit_next (&line.credit), ==, BG_CREDIT_NEVER);
  g_assert_cmpuint (line.receiver.due_ns, ==, BG_CREDIT_NEVER);
  line_clear (&line);
}

/* A peer that reports rubbish gets no more than the greatest window. */
static void
test_lying_report (void)
{
  BgCredit credit;

  bg_credit_init (&credit, FLOOR, SECOND);
  bg_credit_sent (&credit, 1000, SECOND);
  bg_credit_reported (&credit, G_MAXUINT64, SECOND + 11 * MS);
  g_assert_cmpuint (bg_credit_outstanding (&credit), ==, 0);
  bg_credit_reported (&credit, 0, SECOND + 22 * MS);
  g_assert_cmpuint (bg_credit_outstanding (&credit), ==, 0);
  for (guint i = 0; i < 100; i++)
    {
      bg_credit_sent (&credit, 1000000, SECOND + i * 20 * MS);
      bg_credit_reported (&credit, G_MAXUINT64, SECOND + i * 20 * MS + 11 * MS);
    }
  g_assert_cmpuint (bg_credit_room (&credit), <=, BG_CREDIT_MAX);
}

static void
test_receiver (void)
{
  BgCreditReceiver receiver;
  guint64 bytes;

  bg_credit_receiver_init (&receiver);
  g_assert_false (bg_credit_receiver_run (&receiver, SECOND, &bytes));
  bg_credit_receiver_data (&receiver, 500, SECOND);
  g_assert_false (bg_credit_receiver_run (&receiver, SECOND + 24 * MS, &bytes));
  g_assert_true (bg_credit_receiver_run (&receiver, SECOND + 25 * MS, &bytes));
  g_assert_cmpuint (bytes, ==, 500);
  g_assert_false (bg_credit_receiver_run (&receiver, SECOND + 26 * MS, &bytes));

  bg_credit_receiver_mark (&receiver, 2000, 2 * SECOND);
  g_assert_true (bg_credit_receiver_run (&receiver, 2 * SECOND, &bytes));
  g_assert_cmpuint (bytes, ==, 2000);
  /* Marks may overtake one another. */
  bg_credit_receiver_mark (&receiver, 1000, 2 * SECOND);
  bg_credit_receiver_data (&receiver, BG_CREDIT_REPORT_BYTES, 2 * SECOND);
  g_assert_true (bg_credit_receiver_run (&receiver, 2 * SECOND, &bytes));
  g_assert_cmpuint (bytes, ==, 2000 + BG_CREDIT_REPORT_BYTES);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/credit/bound", test_bound);
  g_test_add_func ("/credit/fills-long-path", test_fills_long_path);
  g_test_add_func ("/credit/thin-path", test_thin_path);
  g_test_add_func ("/credit/loss", test_loss);
  g_test_add_func ("/credit/reports-stop", test_reports_stop);
  g_test_add_func ("/credit/idle-is-silent", test_idle_is_silent);
  g_test_add_func ("/credit/lying-report", test_lying_report);
  g_test_add_func ("/credit/receiver", test_receiver);
  return g_test_run ();
}
