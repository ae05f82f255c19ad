/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "machine-rows.h"

#include "format.h"
#include "names.h"
#include "sentence.h"

#include "common/printable.h"

#include <glib/gi18n.h>
#include <string.h>

void
applet_machine_rows_show_state (AdwActionRow *row, GtkImage *icon, AppletWords words,
                                const char *reason, const char *label)
{
  g_autofree char *printable = bg_printable (reason), *sentence = applet_sentence (printable);
  const char *classes[] = { words.style, NULL };

  adw_preferences_row_set_title (ADW_PREFERENCES_ROW (row), words.word);
  adw_action_row_set_subtitle (row, sentence);
  gtk_image_set_from_icon_name (icon, words.icon);
  gtk_widget_set_css_classes (GTK_WIDGET (icon), classes);
  applet_names_say (GTK_WIDGET (row), label, sentence);
}

void
applet_machine_rows_show_addresses (AppletRows *rows, const char *const *addresses, gboolean whole)
{
  g_autofree char *key = applet_format_list (addresses);

  gtk_widget_set_visible (GTK_WIDGET (rows->group), addresses && *addresses);
  if (!applet_rows_begin (rows, key))
    return;
  for (guint i = 0; addresses && addresses[i]; i++)
    {
      g_autofree char *bare = applet_words_bare_address (addresses[i]);
      const char *title = strchr (bare, ':') ? _ ("IPv6 Address") : _ ("IPv4 Address");

      applet_rows_add (rows, applet_copy_row_new (title, whole ? addresses[i] : bare, bare));
    }
}

static void
show_both_ways (GtkWidget *row, const char *in, const char *out)
{
  /* Translators: two amounts, or two amounts per second */
  g_autofree char *text = g_strdup_printf (_ ("%s in, %s out"), in, out);

  applet_fact_row_set (row, text);
}

void
applet_machine_rows_show_traffic (GtkWidget *now, GtkWidget *total, AppletHistory *history,
                                  guint64 rx_bytes, guint64 tx_bytes)
{
  g_autofree char *rx = g_format_size (rx_bytes), *tx = g_format_size (tx_bytes);
  g_autofree char *rx_rate = applet_format_rate (applet_history_get_rx_rate (history));
  g_autofree char *tx_rate = applet_format_rate (applet_history_get_tx_rate (history));

  show_both_ways (now, rx_rate, tx_rate);
  show_both_ways (total, rx, tx);
}
