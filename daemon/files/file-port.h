/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The TCP port at which machines of a network receive files; below those that Linux gives to who begins. */
#define BG_FILE_PORT 25191
