/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The machines that the network has and had, as ListDevices of the bus says them. */

#include "bamgatectl/call.h"

/* aa{sv}; NULL with the exit code, which has been explained. */
GVariant *device_list_fetch (Ctl *ctl, CtlExit *code);

typedef enum
{
  DEVICE_ANY,
  DEVICE_PENDING, /* one that waits */
} DeviceWanted;

/* The one that a person means: by its id, key, name, name as it is suggested, or address; those that are out only where nobody else is
 * meant. a{sv}; NULL has been explained. */
GVariant *device_list_find (GVariant *devices, const char *word, DeviceWanted wanted);

/* Both of that. NULL with the exit code, which has been explained. */
GVariant *device_fetch (Ctl *ctl, const char *word, DeviceWanted wanted, CtlExit *code);

typedef gboolean (*DeviceFinish) (BamgateClient *client, GAsyncResult *result, GError **error);
/* Waits for the answer of `call`, which is freed, and says `done` of the device. */
CtlExit device_finish (Ctl *ctl, Call *call, GVariant *device, DeviceFinish finish, const char *done);

/* "" and FALSE for what is missing; borrowed from the device. */
const char *device_text (GVariant *device, const char *key);
gboolean    device_flag (GVariant *device, const char *key);
gint64      device_time (GVariant *device, const char *key);
/* The word that names it and no other on the bus. */
const char *device_word (GVariant *device);
gboolean    device_is_pending (GVariant *device);
/* Neither in the network nor waiting. */
gboolean    device_is_out (GVariant *device);
