/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "transfers/transfer-watch.h"

#include "common/source.h"

#define LIVELY_MS 500

struct _TransferWatch
{
  BamgateClient *client;
  GCancellable *cancellable;
  void (*on_list) (gpointer owner, GVariant *list);
  gpointer owner;
  gulong changed, running;
  gboolean offers;
  GVariantBuilder *list; /* as far as it was told */
  gboolean is_stale;     /* there is news since it was asked */
  GSource *timer;
};

static void
take (TransferWatch *self, GVariant *rows)
{
  for (gsize i = 0; rows && i < g_variant_n_children (rows); i++)
    {
      g_autoptr (GVariant) row = g_variant_get_child_value (rows, i);

      g_variant_builder_add_value (self->list, row);
    }
}

static void
tell (TransferWatch *self)
{
  g_autoptr (GVariant) list = g_variant_ref_sink (g_variant_builder_end (self->list));

  g_clear_pointer (&self->list, g_variant_builder_unref);
  if (self->is_stale)
    transfer_watch_ask (self);
  self->on_list (self->owner, list);
}

static void
on_offers_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  TransferWatch *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    offers = bamgate_client_list_file_offers_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  take (self, offers);
  tell (self);
}

static void
on_listed (GObject *source, GAsyncResult *result, gpointer data)
{
  TransferWatch *self = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant)
    list = bamgate_client_list_files_finish (BAMGATE_CLIENT (source), result, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED))
    return;
  if (!list) /* nothing is said of what is there */
    {
      g_clear_pointer (&self->list, g_variant_builder_unref);
      return;
    }
  take (self, list);
  if (self->offers)
    bamgate_client_list_file_offers (self->client, FALSE, self->cancellable, on_offers_listed,
                                     self);
  else
    tell (self);
}

void
transfer_watch_ask (TransferWatch *self)
{
  self->is_stale = self->list != NULL;
  if (self->list || !bamgate_client_get_running (self->client))
    return;
  self->list = g_variant_builder_new (G_VARIANT_TYPE ("aa{sv}"));
  bamgate_client_list_files (self->client, self->cancellable, on_listed, self);
}

static void
on_running (TransferWatch *self)
{
  if (bamgate_client_get_running (self->client))
    transfer_watch_ask (self);
  else
    self->on_list (self->owner, NULL);
}

static gboolean
on_timer (gpointer data)
{
  transfer_watch_ask (data);
  return G_SOURCE_CONTINUE;
}

void
transfer_watch_be_lively (TransferWatch *self, gboolean lively)
{
  if (lively == (self->timer != NULL))
    return;
  if (lively)
    bg_source_arm (&self->timer, LIVELY_MS, on_timer, self);
  else
    bg_source_drop (&self->timer);
}

TransferWatch *
transfer_watch_new (BamgateClient *client, gboolean offers,
                    void (*on_list) (gpointer owner, GVariant *list), gpointer owner)
{
  TransferWatch *self = g_new0 (TransferWatch, 1);

  self->client = g_object_ref (client);
  self->offers = offers;
  self->cancellable = g_cancellable_new ();
  self->on_list = on_list;
  self->owner = owner;
  self->changed = g_signal_connect_swapped (client, "files-changed",
                                            G_CALLBACK (transfer_watch_ask), self);
  self->running = g_signal_connect_swapped (client, "notify::running", G_CALLBACK (on_running),
                                            self);
  transfer_watch_ask (self);
  return self;
}

void
transfer_watch_free (TransferWatch *self)
{
  if (!self)
    return;
  g_cancellable_cancel (self->cancellable);
  g_object_unref (self->cancellable);
  g_clear_pointer (&self->list, g_variant_builder_unref);
  g_signal_handler_disconnect (self->client, self->changed);
  g_signal_handler_disconnect (self->client, self->running);
  bg_source_drop (&self->timer);
  g_object_unref (self->client);
  g_free (self);
}
