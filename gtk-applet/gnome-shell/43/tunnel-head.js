/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported Tunnel */
const {Gio, GLib} = imports.gi;
const {gettext: _} = imports.gettext.domain('bamgate');

