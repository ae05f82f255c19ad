/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Name on the bus of our plugin of NetworkManager, while that runs: its owner may be the tunnel's LinkManager. */
#define BG_NETWORK_MANAGER_PLUGIN "org.freedesktop.NetworkManager.bamgate"
