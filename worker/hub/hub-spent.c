/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "worker/hub/hub-spent.h"

#include "common/log.h"

#define KEY "relay_spent"
#define NUMBER "%" G_GUINT64_FORMAT

void
bg_hub_spent_write (const BgTurnSpent *spent, BgHubWriter *writer)
{
  g_autofree char *text = g_strdup_printf (
    "%u " NUMBER " " NUMBER " %u " NUMBER " " NUMBER, spent->day, spent->in_day.bytes,
    spent->in_day.messages, spent->month, spent->in_month.bytes, spent->in_month.messages);

  bg_hub_writer_put (writer, bg_hub_change_of_setting (KEY, text));
}

/* FALSE, and nothing spent, where it is something else. */
static gboolean
read_spent (const char *text, BgTurnSpent *spent)
{
  g_auto (GStrv) words = g_strsplit (text, " ", -1);
  guint64 n[6];

  *spent = (BgTurnSpent){ 0 };
  if (g_strv_length (words) != G_N_ELEMENTS (n))
    return FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (n); i++)
    if (!g_ascii_string_to_unsigned (words[i], 10, 0, i % 3 == 0 ? G_MAXUINT32 : G_MAXINT64, &n[i],
                                     NULL))
      return FALSE;
  *spent = (BgTurnSpent){ .day = (guint32) n[0],
                          .in_day = { n[1], n[2] },
                          .month = (guint32) n[3],
                          .in_month = { n[4], n[5] } };
  return TRUE;
}

void
bg_hub_spent_of_settings (GPtrArray *settings, BgTurnSpent *spent)
{
  *spent = (BgTurnSpent){ 0 };
  for (guint i = 0; i < settings->len; i++)
    {
      const BgHubSetting *setting = settings->pdata[i];

      if (g_str_equal (setting->key, KEY) && !read_spent (setting->value, spent))
        bg_log (
          BG_TOPIC_HUB, WARNING, NULL,
          "what the relay spent of its ceiling was written down by somebody else: it begins anew");
    }
}

char *
bg_hub_spent_until (const BgTurnSpent *spent, BgTurnPeriod reached)
{
  guint64 until = bg_turn_spent_until (spent, reached);
  g_autoptr (GDateTime) date = until > 0 ? g_date_time_new_from_unix_utc ((gint64) until) : NULL;

  return date != NULL ? g_date_time_format (date, "%F") : NULL;
}

static void
add_amount (JsonBuilder *builder, const char *name, const BgTurnAmount *amount)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "bytes");
  json_builder_add_int_value (builder, (gint64) amount->bytes);
  json_builder_set_member_name (builder, "messages");
  json_builder_add_int_value (builder, (gint64) amount->messages);
  json_builder_end_object (builder);
}

static void
add_amounts (JsonBuilder *builder, const char *name, const BgTurnAmount *day,
             const BgTurnAmount *month)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_amount (builder, "day", day);
  add_amount (builder, "month", month);
  json_builder_end_object (builder);
}

void
bg_hub_spent_add (JsonBuilder *builder, const BgTurnCeiling *ceiling, const BgTurnSpent *spent,
                  BgTurnPeriod reached)
{
  static const char *const periods[] = {
    [BG_TURN_NO_PERIOD] = "no", [BG_TURN_DAY] = "day", [BG_TURN_MONTH] = "month"
  };

  add_amounts (builder, "ceiling", &ceiling->day, &ceiling->month);
  json_builder_set_member_name (builder, "reached");
  json_builder_add_string_value (builder, periods[reached]);
  add_amounts (builder, "spent", &spent->in_day, &spent->in_month);
  json_builder_set_member_name (builder, "until");
  json_builder_add_int_value (builder, (gint64) bg_turn_spent_until (spent, reached));
}
