/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/turn-server.h"

/* Aborts unless what the server holds fits together: counts, shares, free places. */
void turn_server_check (BgTurnServer *server);
