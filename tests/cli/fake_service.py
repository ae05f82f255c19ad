# SPDX-License-Identifier: LGPL-2.1-or-later
"""org.bamgate.Tunnel1 on a bus, made from the XML of introspection/, with data of a scenario and no tunnel behind it.

    fake_service.py ADDRESS SCENARIO

Prints "ready" once it has the name. org.bamgate.Fake at the same path steers it: what tests cannot cause otherwise.
"""
import base64
import sys

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

from fake_scenarios import (  # noqa: E402
    ACCOUNT, AUTHORITY, BOUND, CODE, DEVICES, ENDPOINT, EXTRA_SETTINGS, FILES, HEAD, HOSTILE_DEVICES, INVITE, INVITES, LOG,
    NEW_HUBS_TOKEN, NOTHING, OTHER_HEAD, PEER, SCENARIOS, SERVICE, SERVICES, SETTINGS, SIGNED, TUNNEL, USED_INVITE, ago,
    peer, reasons, tunnel, variant)

NAME = "org.bamgate.Tunnel1"
PATH = "/org/bamgate/Tunnel1"
ERROR = NAME + ".Error."

FAKE_XML = """<node><interface name="org.bamgate.Fake">
  <method name="BeginAnew"/>
  <method name="SetState"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="SetExitState"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="AddPeer"><arg type="s" direction="in"/></method>
  <method name="AddPeers"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="RemovePeer"><arg type="s" direction="in"/></method>
  <method name="SetPeerPath"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="SetPeerServices"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="SetEndpointState"><arg type="s" direction="in"/><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="RemoveEndpoint"><arg type="s" direction="in"/></method>
  <method name="SetPending"><arg type="s" direction="in"/></method>
  <method name="SetHubMove"><arg type="s" direction="in"/></method>
  <method name="SetMembership"><arg type="s" direction="in"/></method>
  <method name="Hold"/>
  <method name="Release"/>
  <method name="Delay"><arg type="s" direction="in"/></method>
  <method name="Traffic"><arg type="s" direction="in"/><arg type="s" direction="in"/></method>
  <method name="Calls"><arg type="as" direction="out"/></method>
  <method name="Quit"/>
</interface></node>"""

MANAGER_XML = """<node><interface name="org.freedesktop.DBus.ObjectManager">
  <method name="GetManagedObjects"><arg type="a{oa{sa{sv}}}" direction="out"/></method>
  <signal name="InterfacesAdded"><arg type="o"/><arg type="a{sa{sv}}"/></signal>
  <signal name="InterfacesRemoved"><arg type="o"/><arg type="as"/></signal>
</interface></node>"""


# Of the errors below; others have none.
CODES = {
    "this machine belongs to no network": "in-no-network",
    "polkit does not allow this to the caller": "not-allowed",
    "the invite code is unknown or was used: ask for another invite": "invite-unknown",
}

AT_ONCE = ("GetConfiguration", "GetDetails", "SetStatisticsInterval", "ExplainError")  # also where others are held


class Refusal(Exception):
    """An answer that is an error: name, words."""


def in_order(arguments):
    """The same, each a{sv} by its names: a client may put them in any order."""
    parts = (arguments.get_child_value(i) for i in range(arguments.n_children()))
    return GLib.Variant.new_tuple(*(
        GLib.Variant("a{sv}", {name: part.lookup_value(name, None) for name in sorted(part.unpack())})
        if part.get_type_string() == "a{sv}" else part for part in parts))


class Service:
    def __init__(self, connection, scenario, loop):
        self.connection, self.loop, self.scenario = connection, loop, scenario
        properties, peers = SCENARIOS[scenario]
        self.tunnel, self.peers, self.calls, self.registrations = dict(properties), {}, [], {}
        self.held, self.delay_ms = None, 0
        self.invites = INVITES if scenario == "signed" else []
        self.services = [] if scenario == "services-none" else [dict(service) for service in SERVICES]
        if scenario == "managed":
            self.be_network_manager()
        self.export(PATH, TUNNEL, self.tunnel)
        self.export(PATH, FILES, {})
        self.export(PATH, Gio.DBusNodeInfo.new_for_xml(MANAGER_XML).interfaces[0], {})
        self.export(PATH, Gio.DBusNodeInfo.new_for_xml(FAKE_XML).interfaces[0], {})
        for properties in peers:
            self.add_peer(properties)
        self.account, bound = BOUND.get(scenario, (None, []))
        self.others = {self.path_of(properties["Key"], "endpoints"): (ENDPOINT, dict(properties)) for properties in bound}
        if self.account:
            self.account = dict(Name="ngrok", StateReason="", Reasons=[], Id="", Ingress="", HasKey=False, CertificateEnds=0, PolledAt=0) | self.account
            self.others[PATH + "/accounts/ngrok"] = ACCOUNT, self.account
        for path, (info, properties) in self.others.items():
            self.export(path, info, properties)
        self.first = dict(self.tunnel), self.invites, dict(self.account or {})

    def be_network_manager(self):
        """The plugin, too."""
        self.connection.call_sync("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus", "RequestName",
                                  GLib.Variant("(su)", ("org.freedesktop.NetworkManager.bamgate", 0)), None,
                                  Gio.DBusCallFlags.NONE, -1, None)
        self.tunnel["LinkManager"] = self.connection.get_unique_name()

    # --- objects ---

    def export(self, path, info, properties):
        types = {p.name: p for p in info.properties}
        return self.connection.register_object(
            path, info, self.on_call,
            lambda _c, _s, _p, _i, name: variant(types[name], properties[name] if name in properties else NOTHING[types[name].signature]),
            None)

    def path_of(self, id, folder="peers"):
        return f"{PATH}/{folder}/" + "".join(
            chr(b) if chr(b).isascii() and chr(b).isalnum() else f"_{b:02x}" for b in id.encode())

    def interfaces_of(self, properties, info=PEER):
        types = {p.name: p for p in info.properties}
        return {info.name: {k: variant(types[k], v) for k, v in properties.items()}}

    def emit(self, path, interface, member, signature, *args):
        self.connection.emit_signal(None, path, interface, member, GLib.Variant(signature, args))

    def announce(self, path, info, properties, *names):
        types = {p.name: p for p in info.properties}
        changed = {n: variant(types[n], properties[n]) for n in names}
        self.emit(path, "org.freedesktop.DBus.Properties", "PropertiesChanged", "(sa{sv}as)", info.name, changed, [])

    def add_peer(self, properties):
        path = self.path_of(properties["Id"])
        self.peers[path] = properties
        self.registrations[path] = self.export(path, PEER, properties)
        self.tunnel["Peers"] = sorted(self.peers)
        self.emit(PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesAdded", "(oa{sa{sv}})", path,
                  self.interfaces_of(properties))

    def remove_peer(self, path):
        self.connection.unregister_object(self.registrations.pop(path))
        del self.peers[path]
        self.tunnel["Peers"] = sorted(self.peers)
        self.emit(PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", "(oas)", path, [PEER.name])

    def set_state(self, state, reason=""):
        old, self.tunnel["State"] = self.tunnel["State"], state
        self.tunnel["StateReason"], self.tunnel["Reasons"] = reason, []
        self.announce(PATH, TUNNEL, self.tunnel, "State", "StateReason", "Reasons")
        self.emit(PATH, NAME, "StateChanged", "(sss)", old, state, reason)

    # --- calls ---

    def on_call(self, _connection, _sender, path, interface, method, arguments, invocation):
        if interface in (TUNNEL.name, PEER.name, ENDPOINT.name, ACCOUNT.name, FILES.name):
            if method != "ExplainError":
                self.calls.append(f"{method}{in_order(arguments).print_(False)}")
            if self.held is not None and method not in AT_ONCE:
                self.held.append((path, interface, method, arguments, invocation))
                return
            if self.delay_ms and method not in AT_ONCE:
                GLib.timeout_add(self.delay_ms, self.answer, path, interface, method, arguments, invocation)
                return
        self.answer(path, interface, method, arguments, invocation)

    def answer(self, path, interface, method, arguments, invocation):
        kind = {PEER.name: "peer", ENDPOINT.name: "endpoint", ACCOUNT.name: "account"}.get(interface, "do")
        handler = getattr(self, f"{kind}_{method}")
        try:
            invocation.return_value(handler(path, *arguments.unpack()))
        except Refusal as refusal:
            invocation.return_dbus_error(*refusal.args)

    def need(self, *methods):
        if self.scenario == "unconfigured" and "network" in methods:
            raise Refusal(ERROR + "NotConfigured", "this machine belongs to no network")
        if "denied" in self.scenario and "right" in methods:
            raise Refusal("org.freedesktop.DBus.Error.AccessDenied", "polkit does not allow this to the caller")
        if "denied" in self.scenario and "password" in methods:
            raise Refusal("org.freedesktop.DBus.Error.InteractiveAuthorizationRequired",
                          "authentication is needed (org.bamgate.Tunnel1.configure)")

    def endpoint_GetDetails(self, _path):
        conditions = [("listening", True, ago(95), ""), ("connected", True, ago(95), ""), ("ready", False, ago(5), "the account is not reached")]
        return GLib.Variant("(a{sv})", ({"conditions": GLib.Variant("a(sbxs)", conditions), "refused": GLib.Variant("t", 0),
                                         "last-error": GLib.Variant("s", "the ingress\x1b[31m hung up")},))

    def do_SetEndpointMode(self, _path, _key, mode):
        self.need("password")
        if mode == "nowhere":
            raise Refusal(ERROR + "InvalidArgument", "“nowhere” is neither virtual, all, an address nor the name of an interface")

    def endpoint_Configure(self, path, settings):
        self.do_SetEndpointMode(path, self.others[path][1]["Key"], settings["mode"])
        properties = self.others[path][1]
        properties["Mode"] = settings["mode"] or "virtual"
        properties["LocalOnly"] = properties["Mode"] == "virtual"
        self.announce(path, ENDPOINT, properties, "Mode", "LocalOnly")

    def change_account(self, **changes):
        self.account |= changes
        self.announce(PATH + "/accounts/ngrok", ACCOUNT, self.account, *changes)

    def account_SetKey(self, _path, key):
        self.need("password")
        if key == "wrong":
            raise Refusal(ERROR + "NotAuthorized", "the account refuses the API key: no such key")
        self.change_account(State="running", StateReason="", Reasons=[], HasKey=True, Id="k8sop_1")

    def account_ClearKey(self, _path):
        self.need("password")
        self.change_account(HasKey=False)

    def account_Unregister(self, _path):
        self.need("password")
        self.change_account(State="waiting-for-key", HasKey=False, Id="")

    def account_Refresh(self, _path):
        if not self.account["HasKey"]:
            raise Refusal(ERROR + "WrongState", "nobody has given the account's API key yet")
        self.change_account(PolledAt=ago(0))

    def do_Up(self, _path, _options):
        self.need("network", "right")
        self.tunnel["Interface"] = "bamgate0"
        self.announce(PATH, TUNNEL, self.tunnel, "Interface")
        self.set_state("online")

    def do_Down(self, _path):
        self.need("right")
        self.set_state("off")

    def do_Setup(self, _path, options):
        self.need("password")
        if options.get("name") == "taken":
            raise Refusal(ERROR + "Exists", "the name “taken” is in use")
        self.enrol(options)

    def enrol(self, options):
        self.tunnel["Name"] = options.get("name", "laptop")
        self.announce(PATH, TUNNEL, self.tunnel, "Name")
        if self.scenario == "fresh":
            self.tunnel |= {"ServerUrl": options.get("server-url", "https://192.0.2.7:8443"), "Addresses": ["10.0.0.2/24"],
                            "PublicKey": tunnel()["PublicKey"]}
            self.announce(PATH, TUNNEL, self.tunnel, "ServerUrl", "Addresses", "PublicKey")

    def do_Join(self, _path, invite, options):
        self.need("password")
        if invite == "DEAD-CODE":
            raise Refusal(ERROR + "Service", "the invite code is unknown or was used: ask for another invite")
        if invite == "SLOW-CODE":
            raise Refusal(ERROR + "Timeout", "the hub does not answer")
        if self.scenario == "fresh":
            self.enrol(options)

    def do_Invite(self, _path, _options):
        self.need("network", "password")
        return GLib.Variant("(a{sv})", (INVITE,))

    def do_ListInvites(self, _path):
        self.need("network")
        return GLib.Variant("(aa{sv})", ([self.types_of(row) for row in self.invites],))

    def do_CancelInvite(self, _path, invite):
        self.need("network", "password")
        if invite == USED_INVITE:
            return GLib.Variant("(a{sv})", ({"state": GLib.Variant("s", "used")},))
        if not any(invite == row["id"] for row in INVITES):
            raise Refusal(ERROR + "NotFound", "there is no such invite, and was none in the last day")
        self.invites = [row for row in self.invites if row["id"] != invite]
        return GLib.Variant("(a{sv})", ({"state": GLib.Variant("s", "cancelled")},))

    def rows(self):
        if self.scenario == "hostile":
            return HOSTILE_DEVICES
        return DEVICES if self.tunnel["NetworkId"] or self.scenario == "owner" else []

    @staticmethod
    def types_of(row):
        kinds = {bool: "b", str: "s", list: "as", dict: "a{ss}"}
        return {key: GLib.Variant(kinds.get(type(value)) or ("u" if key in ("entries", "alarm-entry", "uses-left") else "x"), value)
                for key, value in row.items()}

    def do_ListDevices(self, _path):
        self.need("network")
        return GLib.Variant("(aa{sv})", ([self.types_of(row) for row in self.rows()],))

    def need_device(self, device):
        self.need("network", "password")
        if not any(device in (row["id"], row["public-key"]) for row in self.rows()):
            raise Refusal(ERROR + "NotFound", f"there is no device {device}")

    def do_RenameDevice(self, _path, device, _name):
        self.need_device(device)

    def do_RevokeDevice(self, _path, device):
        self.need_device(device)

    def do_ApproveDevice(self, _path, device, options):
        self.need_device(device)
        row = next(row for row in self.rows() if row["id"] == device)
        if options["key"] != row["public-key"]:
            raise Refusal(ERROR + "NotFound", "the machine that waits has another key")
        self.tunnel["PendingDevices"] = max(0, self.tunnel["PendingDevices"] - 1)
        self.announce(PATH, TUNNEL, self.tunnel, "PendingDevices")

    def do_GrantDevice(self, _path, device, _options):
        self.need_device(device)

    def do_GetNetwork(self, _path):
        known = {"signed": False}
        if self.tunnel["NetworkId"]:
            known = LOG | (AUTHORITY if self.scenario == "authority" else {}) | {"owner": self.tunnel["Owner"], "alarm": self.scenario if self.tunnel["Membership"] == "alarm" else ""}
        if known.get("alarm") == "forked":
            known |= {"alarm-peer": "home", "alarm-entry": 4, "alarm-ours": HEAD, "alarm-theirs": OTHER_HEAD}
        return GLib.Variant("(a{sv})", (self.types_of(known),))

    def do_Protect(self, _path, options):
        self.need("network", "password")
        if self.tunnel["NetworkId"]:
            raise Refusal(ERROR + "WrongState", "the network is signed already")
        self.tunnel |= SIGNED
        self.announce(PATH, TUNNEL, self.tunnel, *SIGNED)
        return GLib.Variant("(a{sv})", ({"recovery-code": GLib.Variant("s", CODE)},))

    def do_GetSigningKey(self, _path):
        self.need("network", "password")
        return GLib.Variant("(a{sv})", ({"signing-key": GLib.Variant("s", base64.b64encode(b"k" * 32).decode())},))

    def do_AddOwner(self, _path, device, _key):
        self.need_device(device)

    def do_RemoveOwner(self, _path, device):
        self.need_device(device)

    def do_Recover(self, _path, code, _options):
        self.need("network", "password")
        if code != CODE:
            raise Refusal(ERROR + "InvalidArgument", "that is no recovery code of this network")
        self.tunnel["Owner"] = True
        self.announce(PATH, TUNNEL, self.tunnel, "Owner")
        return GLib.Variant("(a{sv})", ({"recovery-code": GLib.Variant("s", CODE[::-1])},))

    def do_AllowUnsigned(self, _path, _allow):
        self.need("network", "password")

    def do_MakeAuthority(self, _path):
        self.need("network", "password")

    def do_GiveName(self, _path, _name, device):
        self.need("network", "password")
        if device and not any(device == row["name"] for row in self.rows()):
            raise Refusal(ERROR + "NotFound", f"there is no device {device}")

    def do_MoveHub(self, _path, options):
        self.need("network", "password")
        if options["token"] != NEW_HUBS_TOKEN:
            raise Refusal(ERROR + "NotAuthorized", "the new hub refuses the token")
        self.tunnel["ServerUrl"] = options["server-url"].partition("#")[0]
        self.announce(PATH, TUNNEL, self.tunnel, "ServerUrl")

    def do_TrustNetwork(self, _path, _options):
        self.need("network", "password")
        self.tunnel["Membership"] = "signed"
        self.announce(PATH, TUNNEL, self.tunnel, "Membership")

    def do_Import(self, _path, text, options):
        self.need("password")
        if text.startswith("[Interface]\nPrivateKey = other") and not options.get("force"):
            raise Refusal(ERROR + "Exists", "this machine has a key already; “--force” replaces it")
        told = {"format": GLib.Variant("s", "wg-quick"), "peers": GLib.Variant("as", ["office", "attic"]),
                "device-key": GLib.Variant("s", "imported"),
                "skipped": GLib.Variant("a(uss)", [(4, "PostUp", "commands are not run"), (7, "D\x1bNS", "not changed")])}
        return GLib.Variant("(a{sv})", (told,))

    def do_Leave(self, _path, options):
        self.need("network", "password")
        self.set_state("off")
        told = {"kept": GLib.Variant("as", ["device-key"] if self.scenario == "static" else [])}
        if options.get("hub") == "remove":
            told["hub-unit"] = GLib.Variant("s", "bamgated-hub.service")
        return GLib.Variant("(a{sv})", (told,))

    def do_ForgetPeer(self, _path, id):
        self.need("password")
        if self.path_of(id) in self.peers:
            self.remove_peer(self.path_of(id))
        elif id != "shed":
            raise Refusal(ERROR + "NotFound", f"no peer is known by the name “{id}”")

    def do_Configure(self, _path, settings):
        self.need("password")
        if wrong := next((name for name in settings if name.endswith(".colour")), None):
            raise Refusal(ERROR + "InvalidArgument", f"{wrong}: there is no such setting")
        if any(setting.startswith("service.") and value == "nowhere" for setting, value in settings.items()):
            raise Refusal(ERROR + "InvalidArgument", "“nowhere” is no address with a port")
        if self.scenario.startswith("services"):
            self.change_services(settings)

    def do_SetExit(self, _path, name, options):
        self.need("password")
        if name in ("nobody", "hmoe"):
            raise Refusal(ERROR + "NotFound", f"no peer {name} is known")
        self.tunnel |= {"ExitNode": name, "ExitState": "active" if name else "", "ExitReason": ""}
        self.tunnel |= {"ExitLan": options.get("lan", self.tunnel["ExitLan"]), "ExitStrict": options.get("strict", self.tunnel["ExitStrict"])}
        self.announce(PATH, TUNNEL, self.tunnel, "ExitNode", "ExitState", "ExitReason", "ExitLan", "ExitStrict")

    def do_GetConfiguration(self, _path):
        settings = SETTINGS | EXTRA_SETTINGS.get(self.scenario, {})
        if self.tunnel["ExitNode"] and self.scenario.startswith("exit") and self.scenario != "exit-lent":
            settings |= {"device.exit-node": GLib.Variant("s", self.tunnel["ExitNode"])}
        return GLib.Variant("(a{sv})", (settings,))

    def do_ListAccess(self, _path):
        rules = [("deny", "all from attic", 0, False), ("allow", "tcp 22 8000-8100", 17, True)]
        return GLib.Variant("(aa{sv})", ([{"action": GLib.Variant("s", action), "rule": GLib.Variant("s", rule),
                                           "packets": GLib.Variant("t", packets), "known": GLib.Variant("b", known)}
                                          for action, rule, packets, known in rules],))

    @staticmethod
    def file(id, peer, name, size, done, state, reason=""):
        return {"id": GLib.Variant("s", id * 4), "peer": GLib.Variant("s", peer), "incoming": GLib.Variant("b", True), "name": GLib.Variant("s", name),
                "size": GLib.Variant("t", size), "done": GLib.Variant("t", done), "state": GLib.Variant("s", state),
                "reason": GLib.Variant("s", reason)}

    def do_ListOffers(self, _path):
        self.need("right")
        offers = [] if self.scenario != "files" else [self.file("3f0c9d21", "attic", "photo\x1b.jpg", 3 << 20, 0, "offered"),
                                                      self.file("7a0c9d22", "home", "notes.txt", 12, 0, "offered")]
        return GLib.Variant("(aa{sv})", (offers,))

    def do_List(self, _path):
        own = [] if self.scenario != "files" else [self.file("11223344", "home", "film.mkv", 2 << 30, 1 << 30, "running")]
        return GLib.Variant("(aa{sv})", (own,))

    def do_Decline(self, _path, id):
        if not id.startswith(("3f0c", "7a0c")):
            raise Refusal(ERROR + "NotFound", f"no file “{id}” is offered or under way")

    def do_ListServices(self, _path):
        types = {str: "s", bool: "b", list: "as"}
        return GLib.Variant("(aa{sv})", ([{key: GLib.Variant("u" if key in ("port", "peer-connections") else types.get(type(value), "t"), value)
                                           for key, value in service.items()} for service in self.services],))

    def change_services(self, settings):
        """As settings do; only where the scenario is about them, since others are shared."""
        for setting, value in settings.items():
            _, name, key = (setting + ".").split(".")[:3]
            found = next((service for service in self.services if service["name"] == name), None)
            if value == {} and found:
                self.services.remove(found)
            elif value != {}:
                if not found:
                    found = SERVICE | {"name": name, "host": f"{name}.laptop.bamgate.internal", "state": "open"}
                    self.services.append(found)
                found[key] = int(value) if key == "port" else value

    def do_Diagnose(self, _path, _options):
        if self.scenario == "crowded":
            raise Refusal("org.freedesktop.DBus.Error.UnknownMethod", "No such method “Diagnose”")
        found = [dict(check="tunnel.state", verdict="ok", found="words of the daemon"),
                 dict(check="net.overlap", verdict="problem", found="two\x1bnetworks", means="one goes first", deed="change one"),
                 dict(check="odd.newer", verdict="strange", found="what a newer daemon says")]
        if self.scenario == "alone":
            found = found[:1]
        told = [{key: GLib.Variant("s", value) for key, value in finding.items()} for finding in found]
        told[0]["found-reason"] = GLib.Variant("(sav)", ("doctor-tunnel-up", []))
        told[-1].setdefault("found-reason", GLib.Variant("(sav)", ("what-is-not-known-yet", [])))
        return GLib.Variant("(aa{sv})", (told,))

    def do_Reload(self, _path):
        pass

    def do_ExplainError(self, _path, message):
        if message not in CODES:
            raise Refusal(ERROR + "NotFound", "no such error was given to this program")
        return GLib.Variant("((sav))", ((CODES[message], []),))

    def do_SetStatisticsInterval(self, _path, milliseconds):
        if milliseconds and self.scenario == "alone":
            GLib.timeout_add(30, self.count)

    def count(self):
        """The counters of a tunnel that was watched."""
        self.tunnel["RxBytes"] = 5 * 1024
        self.announce(PATH, TUNNEL, self.tunnel, "RxBytes")

    def peer_GetDetails(self, path):
        stays = [dict(since=ago(900_000), path="data-channel", relayed=True, mtu=1152, local="192.0.2.2:40000",
                      remote="203.0.113.5:3478"),
                 dict(since=ago(200_010), path="", relayed=False, mtu=0, local="", remote=""),
                 dict(since=ago(200_000), path="ice", relayed=False, mtu=1420, local="192.0.2.2:40000",
                      remote="198.51.100.9:40001")]
        types = dict(since="x", path="s", relayed="b", mtu="u", local="s", remote="s")
        name = self.peers[path]["Id"] + ".bamgate.internal"
        details = {"static": ("b", False), "dns-name": ("s", name), "endpoint": ("s", ""), "mtu": ("u", 1420), "first-seen": ("x", ago(900_100)),
                   "key-confirmed": ("b", True), "drops": ("a{st}", {"replay": 2}),
                   "refused-routes": ("a(ss)", [("0.0.0.0/0", "it is too broad"), ("192.168.7.0/24", "this machine\x1b is in it")]),
                   "refused-reasons": ("a(sav)", [*reasons("route-too-broad"), *reasons("text", "this machine\x1b is in it")])}
        if self.peers[path]["State"] != "connected":
            stays, details = [], {"static": ("b", False)}
        told = {key: GLib.Variant(*value) for key, value in details.items()}
        told["path-history"] = GLib.Variant("aa{sv}", [{k: GLib.Variant(types[k], v) for k, v in s.items()} for s in stays])
        return GLib.Variant("(a{sv})", (told,))

    def peer_Ping(self, path):
        if self.peers[path]["State"] != "connected":
            raise Refusal(ERROR + "Timeout", "no answer")
        return GLib.Variant("(t)", (1234,))

    def peer_Configure(self, _path, _settings):
        self.need("password")

    def peer_Reconnect(self, _path):
        self.need("right")

    def peer_Forget(self, path):
        self.need("password")
        GLib.idle_add(self.remove_peer, path)

    def do_GetManagedObjects(self, _path):
        objects = {path: self.interfaces_of(properties) for path, properties in self.peers.items()}
        objects |= {path: self.interfaces_of(properties, info) for path, (info, properties) in self.others.items()}
        return GLib.Variant("(a{oa{sa{sv}}})", (objects,))

    # --- org.bamgate.Fake ---

    def do_BeginAnew(self, _path):
        """Nobody is told; peers stay."""
        tunnel, self.invites, account = self.first
        for now, then in (self.tunnel, tunnel), (self.account or {}, account):
            now.clear()
            now |= then

    def do_SetState(self, _path, state, reason):
        self.set_state(state, reason)

    def do_SetExitState(self, _path, state, reason):
        self.tunnel |= {"ExitState": state, "ExitReason": reason}
        self.announce(PATH, TUNNEL, self.tunnel, "ExitState", "ExitReason")
        self.set_state("online" if state == "active" else "degraded", reason)

    def do_AddPeer(self, _path, id):
        self.add_peer(peer(id))

    def do_AddPeers(self, _path, start, count):
        for number in range(int(count)):
            self.add_peer(peer(f"{start}-{number:02}", Addresses=[f"10.7.{number // 250}.{number % 250 + 1}"]))

    def do_SetHubMove(self, _path, step):
        self.tunnel["HubMove"] = step
        self.announce(PATH, TUNNEL, self.tunnel, "HubMove")

    def do_SetPending(self, _path, count):
        self.tunnel["PendingDevices"] = int(count)
        self.announce(PATH, TUNNEL, self.tunnel, "PendingDevices")

    def do_SetMembership(self, _path, membership):
        self.tunnel["Membership"] = membership
        self.announce(PATH, TUNNEL, self.tunnel, "Membership")

    def do_RemovePeer(self, _path, id):
        self.remove_peer(self.path_of(id))

    def do_SetPeerPath(self, _path, id, value):
        path = self.path_of(id)
        self.peers[path]["Path"] = value
        self.announce(path, PEER, self.peers[path], "Path")

    def do_SetPeerServices(self, _path, id, services):
        """NAME PORT PROTOCOL, one on each line."""
        path = self.path_of(id)
        self.peers[path]["Services"] = [(name, int(port), protocol) for name, port, protocol in map(str.split, services.splitlines())]
        self.announce(path, PEER, self.peers[path], "Services")

    def do_SetEndpointState(self, _path, key, state, reason):
        path = self.path_of(key, "endpoints")
        info, properties = self.others[path]
        properties |= {"State": state, "StateReason": reason, "Reasons": [], "Ready": state == "ready"}
        self.announce(path, info, properties, "State", "StateReason", "Reasons", "Ready")

    def do_RemoveEndpoint(self, _path, key):
        path = self.path_of(key, "endpoints")
        del self.others[path]
        self.emit(PATH, "org.freedesktop.DBus.ObjectManager", "InterfacesRemoved", "(oas)", path, [ENDPOINT.name])

    def do_Hold(self, _path):
        self.held = []

    def do_Release(self, _path):
        held, self.held = self.held, None
        for call in held:
            self.answer(*call)

    def do_Delay(self, _path, milliseconds):
        self.delay_ms = int(milliseconds)

    def do_Traffic(self, _path, id, bytes):
        """Goes both ways."""
        path = self.path_of(id)
        for where, info, object in ((path, PEER, self.peers[path]), (PATH, TUNNEL, self.tunnel)):
            object["RxBytes"] += int(bytes)
            object["TxBytes"] += int(bytes)
            self.announce(where, info, object, "RxBytes", "TxBytes")

    def do_Calls(self, _path):
        calls, self.calls = self.calls, []
        return GLib.Variant("(as)", (calls,))

    def do_Quit(self, _path):
        GLib.idle_add(self.loop.quit)


def main(address, scenario):
    flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
    connection = Gio.DBusConnection.new_for_address_sync(address, flags, None, None)
    loop = GLib.MainLoop()
    service = Service(connection, scenario, loop)
    Gio.bus_own_name_on_connection(connection, NAME, Gio.BusNameOwnerFlags.NONE,
                                   lambda *_: print("ready", flush=True), lambda *_: loop.quit())
    loop.run()
    return service


if __name__ == "__main__":
    main(*sys.argv[1:3])
