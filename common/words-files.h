/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The rows of words-table.h that are about files which one machine sends another. */

BG_SAY (BAD_RECEIVE, 1, N_ ("“%s” is not ask or never"))

/* --- Sending --- */

BG_SAY (FILES_NO_PEER, 1, N_ ("there is no peer “%s”"))
BG_SAY (FILES_DOWN, 0, N_ ("the tunnel is down"))
BG_SAY (FILES_PEER_CANNOT, 1,
        N_ ("%s does not receive files: its bamgate is older, another program, or set to receive none"))
BG_SAY (FILES_PEER_AWAY, 1, N_ ("%s cannot be reached at the moment; it is tried again"))
BG_SAY (FILES_PEER_FULL, 1, N_ ("%s takes no more offers at the moment; it is tried again"))
/* TRANSLATORS: a peer, and the status of an HTTP answer. */
BG_SAY (FILES_PEER_STRANGE, 2, N_ ("%s gives an answer that makes no sense here (HTTP status %s)"))
BG_SAY (FILES_TOO_LARGE_THERE, 1, N_ ("the file is larger than %s lets a peer offer"))
BG_SAY (FILES_DECLINED, 1, N_ ("%s declined it"))
BG_SAY (FILES_CANCELLED_THERE, 1, N_ ("%s cancelled it"))
BG_SAY (FILES_FAILED_THERE, 1, N_ ("%s could not keep it: its disk is full, say, or what came was not what was sent"))
BG_SAY (FILES_NOBODY_TOOK, 1, N_ ("nobody at %s has taken it for a day"))
BG_SAY (FILES_SHORTER, 0, N_ ("the file has become shorter while it was sent"))
BG_SAY (FILES_CANNOT_READ, 1, N_ ("the file cannot be read: %s"))
BG_SAY (FILES_TOO_MANY, 0, N_ ("too many files are being sent; some have to end first"))

/* --- Receiving --- */

BG_SAY (FILES_NO_OFFER, 1, N_ ("no file “%s” is offered or under way"))
BG_SAY (FILES_NOT_YOURS, 0, N_ ("another user of this machine has taken it"))
BG_SAY (FILES_TAKEN, 0, N_ ("it has been taken already"))
BG_SAY (FILES_NO_SPACE, 2, N_ ("there is not enough space: it needs %s MiB more, and %s MiB are free"))
BG_SAY (FILES_CANNOT_WRITE, 1, N_ ("the file cannot be written: %s"))
BG_SAY (FILES_CONTENT, 0, N_ ("what came is not what was sent: its SHA-256 differs"))
BG_SAY (FILES_SENDER_GONE, 1, N_ ("%s has not been heard of for a long time"))
BG_SAY (FILES_WITHDRAWN, 1, N_ ("%s has withdrawn it"))

/* --- What a program gives --- */

BG_SAY (FILES_NO_FILE, 0, N_ ("that is no file: only regular files can be sent or written to"))
BG_SAY (FILES_NOT_READABLE, 0, N_ ("the descriptor of the file is not open for reading"))
BG_SAY (FILES_NOT_WRITABLE, 0, N_ ("the descriptor of the file is not open for reading and writing"))
BG_SAY (FILES_BAD_NAME, 0, N_ ("that is no name of a file"))

/* --- Doors --- */

/* TRANSLATORS: an address, a port, and what the system says. */
BG_SAY (FILES_CANNOT_LISTEN, 3, N_ ("no files can be received at %s, port %s: %s"))
