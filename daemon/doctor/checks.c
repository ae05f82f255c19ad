/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "doctor/checks.h"

const BgCheck bg_doctor_checks[] = {
  { "tunnel.state", bg_check_tunnel_state, NULL, NULL },
  { "hub.line", bg_check_hub_line, NULL, NULL },
  { "net.overlap", bg_check_net_overlap, NULL, NULL },
  { NULL, NULL, NULL, NULL },
};
