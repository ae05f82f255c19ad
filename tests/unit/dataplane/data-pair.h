/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "data-node.h"

enum
{
  DATA_CHANNEL_MTU = 1152,
  BIG = 65536, /* room for any packet */
};

/* Two nodes, and the links between them; links may be NULL. */
typedef struct
{
  DataNode a, b;
  FakeLink *dc, *ice;
} DataPair;

/* Each begins a pair, which data_pair_clear() ends. Without a link: */
void data_pair_init_mesh (DataPair *p, gboolean a_sees_bamgate, gboolean b_sees_bamgate);
/* With both links, and both nodes on the better one. */
void data_pair_init_bamgates (DataPair *p);
/* A data channel and nothing else, to a peer that is no bamgate. */
void data_pair_init_foreign (DataPair *p);
/* Static peers with plain UDP. */
void data_pair_init_udp (DataPair *p);
void data_pair_clear (DataPair *p);

/* A link of this kind between the two; the caller puts it into the pair. */
FakeLink *data_pair_join (DataPair *p, BgTransportKind kind);

/* An inner packet between two nodes into `bytes` (BIG); returns its length. */
gsize data_pair_build (const DataNode *from, const DataNode *to, int family, gsize payload,
                       guint32 tag, guint8 *bytes);
/* One packet through the tunnel, whole. */
void data_pair_pass (DataNode *from, DataNode *to, int family, gsize payload);
void data_pair_pass_both_ways (DataPair *p, int family, gsize payload);
/* Writes packets until the path of `from` is of this kind; some may be under way then, which data_pair_pass() skips. */
void data_pair_write_until_path (DataNode *from, DataNode *to, BgTransportKind kind);
/* How many initiations both links have carried. */
guint64 data_pair_count_initiations (const DataPair *p);
