/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "fake-service.h"
#include "signaling/service-hub.h"

/* A service that answers as it is told, and the answer to the one question that was asked. */
typedef struct
{
  FakeService *service;
  BgServiceHub hub; /* that one, with "ACCESS" for the bearer's word */
  GAsyncResult *result;
} ServiceFixture;

void service_fixture_set_up (ServiceFixture *f, gconstpointer data);
void service_fixture_tear_down (ServiceFixture *f, gconstpointer data);
/* What came before is forgotten. */
void service_fixture_ask (ServiceFixture *f);
/* GAsyncReadyCallback; `fixture` is the ServiceFixture. */
void service_fixture_on_done (GObject *source, GAsyncResult *result, gpointer fixture);
