/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* exported init */
function init() {
    return {
        enable() {
            global.context.unsafe_mode = true;
            global.test = {Main: imports.ui.main, St: imports.gi.St};
        },
        disable() {
            global.context.unsafe_mode = false;
            delete global.test;
        },
    };
}
