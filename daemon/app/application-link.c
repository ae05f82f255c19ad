/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A client that sets the interface up in our place. It borrows the tunnel: when it lets go all is as it was before. */
#include "app/application-private.h"

#include "common/error.h"
#include "common/log.h"

gboolean
bg_application_take_link (BgApplication *self, const char *client, GError **error)
{
  if (g_strcmp0 (self->link_manager, client) == 0)
    return TRUE;
  if (self->link_manager)
    {
      bg_error_set (error, BG_ERROR_WRONG_STATE, LINK_MANAGED_ALREADY);
      return FALSE;
    }
  self->link_manager = g_strdup (client);
  self->wanted_alone = self->wanted;
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "%s sets up the interface from now on", client);
  bg_tunnel_manage_link (self->tunnel, TRUE);
  bg_application_announce (self);
  return TRUE;
}

void
bg_application_drop_link (BgApplication *self)
{
  if (!self->link_manager)
    return;
  bg_log (BG_TOPIC_APP, MESSAGE, NULL, "%s sets up the interface no more", self->link_manager);
  g_clear_pointer (&self->link_manager, g_free);
  bg_application_take_lent_exit (self, NULL);
  bg_application_announce (self);
}

/* TRUE where the tunnel stays as it is. */
static gboolean
give_back (BgApplication *self)
{
  bg_application_drop_link (self);
  if (self->wanted_alone)
    bg_tunnel_manage_link (self->tunnel, FALSE);
  return self->wanted_alone;
}

static void
on_given_back (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GTask) task = data;

  g_task_return_boolean (task, bg_application_stop_finish (BG_APPLICATION (source), result, NULL));
}

void
bg_application_release_link_async (BgApplication *self, const char *client,
                                   GAsyncReadyCallback callback, gpointer data)
{
  g_autoptr (GTask) task = g_task_new (self, NULL, callback, data);

  g_task_set_source_tag (task, bg_application_release_link_async);
  if (g_strcmp0 (self->link_manager, client) != 0)
    bg_task_return_error (task, BG_ERROR_WRONG_STATE, LINK_NOT_MANAGED);
  else if (give_back (self))
    g_task_return_boolean (task, TRUE);
  else
    bg_application_rest_async (self, on_given_back, g_object_ref (task));
}

gboolean
bg_application_release_link_finish (BgApplication *self, GAsyncResult *result, GError **error)
{
  return g_task_propagate_boolean (G_TASK (result), error);
}

void
bg_application_forget_client (BgApplication *self, const char *client)
{
  if (g_strcmp0 (self->link_manager, client) != 0)
    return;
  bg_log (BG_TOPIC_APP, WARNING, NULL, "%s, which set up the interface, left the bus", client);
  if (!give_back (self))
    bg_application_rest_async (self, NULL, NULL);
}
