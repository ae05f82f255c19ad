/* The switch in Quick Settings with its menu, and the icon in the panel while the tunnel is on. */

const APP = 'org.bamgate.Applet';
const MAX_PEERS = 10;
const MAX_NAME = 40;

function shortName(name) {
    const letters = Array.from(name);

    return letters.length <= MAX_NAME ? name : `${letters.slice(0, MAX_NAME - 1).join('')}…`;
}

function findApp() {
    return Shell.AppSystem.get_default().lookup_app(`${APP}.desktop`);
}

/* With the right to raise its window. */
function activateAction(app, name, ...parameters) {
    const context = global.create_app_launch_context(global.get_current_time(), -1);
    const token = context.get_startup_notify_id(app.app_info, []) ?? '';
    const platform = {'activation-token': new GLib.Variant('s', token), 'desktop-startup-id': new GLib.Variant('s', token)};

    Gio.DBus.session.call(APP, '/org/bamgate/Applet', 'org.freedesktop.Application', 'ActivateAction',
        new GLib.Variant('(sava{sv})', [name, parameters, platform]), null, Gio.DBusCallFlags.NONE, -1, null, null);
}

var BamgateToggle = GObject.registerClass(
class BamgateToggle extends QuickSettings.QuickMenuToggle {
    _init() {
        super._init({...named('bamgate'), toggleMode: false});
        this._tunnel = new Tunnel(Gio.DBus.system, () => this._update());
        this._peers = new PopupMenu.PopupMenuSection();
        this.menu.addMenuItem(this._peers);
        this.menu.addMenuItem(new PopupMenu.PopupSeparatorMenuItem());
        this._help = this.menu.addAction(_('What to Do…'), () => this._openWindow());
        this._open = this.menu.addAction(_('Open bamgate'), () => this._openWindow());
        this.menu.connect('open-state-changed', (_menu, isOpen) => isOpen && this._listPeers());
        this.connect('clicked', () => this._turn());
        this.connect('destroy', () => this._tunnel.destroy());
        this._update();
    }

    get tunnel() {
        return this._tunnel;
    }

    _update() {
        const {iconName, isOn, words, needsHelp} = this._tunnel ?? {};

        this.set({iconName: iconName ?? 'org.bamgate.Applet-off-symbolic', checked: isOn ?? false});
        setSubtitle(this, words ?? null);
        this.menu.setHeader(this.iconName, 'bamgate', words ?? '');
        this._open.visible = findApp() !== null;
        this._help.visible = this._open.visible && (needsHelp ?? false);
        if (this.menu.isOpen)
            this._listPeers();
    }

    _turn() {
        this._tunnel.turn(!this._tunnel.isOn).catch(error => Main.notifyError('bamgate', error.message));
    }

    _openWindow() {
        Main.overview.hide();
        Main.panel.closeQuickSettings();
        activateAction(findApp(), 'show-window');
    }

    _openPeer(id) {
        Main.overview.hide();
        Main.panel.closeQuickSettings();
        activateAction(findApp(), 'show-peer', new GLib.Variant('s', id));
    }

    async _listPeers() {
        let peers = [];

        try {
            peers = this._tunnel.isOn ? await this._tunnel.listPeers() : [];
        } catch (error) {
            return; // gone meanwhile; its end is told by itself
        }
        this._showPeers(peers);
    }

    _showPeers(peers) {
        const connected = peers.filter(peer => peer.isConnected).length;

        this._peers.removeAll();
        if (peers.length > 0)
            this._peers.addMenuItem(new PopupMenu.PopupSeparatorMenuItem(countWords(connected, peers.length)));
        for (const {id, words} of peers.slice(0, MAX_PEERS))
            this._peers.addAction(`${shortName(id)}: ${words}`, () => this._openPeer(id)).setSensitive(findApp() !== null);
        if (peers.length > MAX_PEERS)
            this._peers.addAction(moreWords(peers.length - MAX_PEERS), () => this._openWindow());
    }
});

function countWords(connected, count) {
    return ngettext('%d of %d machine connected', '%d of %d machines connected', count).format(connected, count);
}

function moreWords(count) {
    return ngettext('%d more…', '%d more…', count).format(count);
}

var BamgateIndicator = GObject.registerClass(
class BamgateIndicator extends QuickSettings.SystemIndicator {
    _init() {
        super._init();
        this._icon = this._addIndicator();
        this._toggle = new BamgateToggle();
        this._toggle.bind_property('icon-name', this._icon, 'icon-name', GObject.BindingFlags.SYNC_CREATE);
        for (const change of ['notify::checked', 'notify::icon-name'])
            this._toggle.connect(change, () => this._showIcon());
        this._showIcon();
        this.quickSettingsItems.push(this._toggle);
        this.connect('destroy', () => this.quickSettingsItems.forEach(item => item.destroy()));
    }

    /* Also while it is off, where nothing goes out then. */
    _showIcon() {
        this._icon.visible = this._toggle.checked || (this._toggle.tunnel?.isBlocked ?? false);
    }
});
