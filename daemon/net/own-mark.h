/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The mark (SO_MARK) of every Internet socket of our programs, wherever it was opened: own-sockets.c takes socket(2)'s place
 * in them. While an exit is in use the rules of exit-routes.h send what lacks it into the tunnel; what has it goes the way
 * that it would go without. No other program's mask that is known of meets it: Kubernetes (0xc000), Tailscale (0xff0000, where
 * its values differ), wg-quick (51820 and up). */
#define BG_OWN_MARK 0x62670000u
