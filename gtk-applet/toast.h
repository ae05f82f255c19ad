/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <adwaita.h>

/* A toast whose text breaks into lines where others would cut it, and which stays as long as a longer one takes to read. */
AdwToast *applet_toast_new (const char *text);
