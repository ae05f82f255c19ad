/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "bamgate-types.h"

G_BEGIN_DECLS

/* Beside what bamgate-peer-bus.h declares. */
BamgateClient *bamgate_peer_get_client      (BamgatePeer *self);
const char    *bamgate_peer_get_object_path (BamgatePeer *self);

G_END_DECLS

#include "bamgate-peer-bus.h"
