/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

/* The clock of usrsctp, inside GStreamer's SCTP elements, is a thread that sleeps 10 ms and counts: a hundred wake-ups a
 * second, also where no timer runs, and no setting for it. It sleeps by nanosleep(3), whose place sctp-clock.c takes in
 * the daemon: while no association comes or goes and none has carried anything lately, that thread naps, and SCTP's time
 * stands still. Nothing is missed then: all that was sent is acknowledged or given up, and heartbeats are not needed,
 * since ICE keeps the way open and our own probes watch it. Thread safe. */

/* A message went out or came in. */
void bg_sctp_clock_touch (void);

/* An association comes up; let go once its channel is open or given up. */
void bg_sctp_clock_hold (void);
void bg_sctp_clock_release (void);
