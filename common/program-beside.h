/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

/* The path of a program that is where this one is, as built and as installed; NULL where that is not known. Free with g_free(). */
char *bg_program_beside (const char *name);
