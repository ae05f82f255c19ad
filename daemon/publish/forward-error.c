/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "publish/forward-error.h"

static const char *const names[BG_FORWARD_ERRORS] = {
  [BG_FORWARD_DIAL] = "dial",       [BG_FORWARD_TLS] = "tls",
  [BG_FORWARD_TIMEOUT] = "timeout", [BG_FORWARD_REJECTED] = "rejected",
  [BG_FORWARD_UPGRADE] = "upgrade", [BG_FORWARD_REQUEST] = "request",
  [BG_FORWARD_LOCAL] = "local",
};

const char *
bg_forward_error_name (BgForwardError error)
{
  return names[error];
}
