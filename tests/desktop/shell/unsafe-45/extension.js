/* SPDX-License-Identifier: LGPL-2.1-or-later */
import St from 'gi://St';

import * as Main from 'resource:///org/gnome/shell/ui/main.js';

export default class {
    enable() {
        global.context.unsafe_mode = true;
        global.test = {Main, St}; // the evaluated has no imports of its own
    }

    disable() {
        global.context.unsafe_mode = false;
        delete global.test;
    }
}
