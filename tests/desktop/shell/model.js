/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the extension knows of the tunnel, without a Shell: says each change as a line of JSON, lists the peers once it is on,
 * and turns it off then. Tunnel, Gio and GLib come from the few lines that test_gnome_shell.py puts before this. */
const loop = new GLib.MainLoop(null, false);
let wasOn = false;

function say(what) {
    print(JSON.stringify(what));
}

async function listAndTurnOff(tunnel) {
    say({peers: await tunnel.listPeers()});
    await tunnel.turn(false);
}

const tunnel = new Tunnel(Gio.DBus.system, () => {
    say({icon: tunnel.iconName, isOn: tunnel.isOn, words: tunnel.words});
    if (tunnel.isOn && !wasOn)
        listAndTurnOff(tunnel).catch(error => say({error: error.message}));
    if (!tunnel.isOn && (tunnel.words === 'Off' || tunnel.words.startsWith('Exit: ')))
        loop.quit();
    wasOn = tunnel.isOn;
});
GLib.timeout_add_seconds(GLib.PRIORITY_DEFAULT, 20, () => loop.quit());
loop.run();
tunnel.destroy();
