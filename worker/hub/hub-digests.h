/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "worker/core/core-digests.h"

/* The core's digests, by GLib. */
extern const BgDigests bg_hub_digests;
