/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* Client library of org.bamgate.Tunnel1. Objects belong to the thread whose main context made them. */

#include "bamgate-account.h"
#include "bamgate-bus-object.h"
#include "bamgate-client.h"
#include "bamgate-endpoint.h"
#include "bamgate-enum-types.h"
#include "bamgate-enums.h"
#include "bamgate-error.h"
#include "bamgate-peer.h"
#include "bamgate-secret-agent.h"
#include "bamgate-voice.h"
