/* SPDX-License-Identifier: LGPL-2.1-or-later */
import Gettext from 'gettext';
import Gio from 'gi://Gio';
import GLib from 'gi://GLib';

const {gettext: _} = Gettext.domain('bamgate');

