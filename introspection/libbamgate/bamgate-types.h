/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <gio/gio.h>

#include "bamgate-enums.h"

G_BEGIN_DECLS

#define BAMGATE_TYPE_CLIENT (bamgate_client_get_type ())
G_DECLARE_FINAL_TYPE (BamgateClient, bamgate_client, BAMGATE, CLIENT, GObject)

#define BAMGATE_TYPE_PEER (bamgate_peer_get_type ())
G_DECLARE_FINAL_TYPE (BamgatePeer, bamgate_peer, BAMGATE, PEER, GObject)

G_END_DECLS
