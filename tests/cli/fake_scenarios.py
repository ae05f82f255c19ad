# SPDX-License-Identifier: LGPL-2.1-or-later
"""What the pretended daemon of fake_service.py has to say, by scenario."""
import base64
import pathlib
import time

import gi

gi.require_version("Gio", "2.0")
from gi.repository import Gio, GLib  # noqa: E402

ROOT = pathlib.Path(__file__).resolve().parents[2]


def ago(seconds):
    return int((time.time() - seconds) * 1e6)


def variant(info, value):
    return GLib.Variant(info.signature, value)


NOTHING = {"s": "", "as": [], "aas": [], "ao": [], "b": False, "u": 0, "x": 0, "t": 0, "a{st}": {}}


def interface(file):
    text = (ROOT / "introspection" / file).read_text()
    return Gio.DBusNodeInfo.new_for_xml(text).interfaces[0]


TUNNEL = interface("org.bamgate.Tunnel1.xml")
PEER = interface("org.bamgate.Tunnel1.Peer.xml")
ENDPOINT = interface("org.bamgate.Tunnel1.Endpoint.xml")
ACCOUNT = interface("org.bamgate.Tunnel1.Account.xml")
FILES = interface("org.bamgate.Tunnel1.Files.xml")


def tunnel(**changes):
    properties = dict(
        Version="0.1.0", State="online", StateReason="", Name="laptop", Addresses=["10.0.0.2/24"],
        PublicKey="bGFwdG9wLWxhcHRvcC1sYXB0b3AtbGFwdG9wLWxhcHQ=", Interface="bamgate0", InterfaceIndex=7, NetworkNamespace="",
        ServerUrl="https://hub.example.net:8443", SignalingState="online", Routes=[], AcceptRoutes=False, PendingRestart=[],
        UpSince=ago(3750), RxBytes=1536 * 1024, TxBytes=700, Drops={"no-peer": 12, "unauthentic": 3},
        StatisticsInterval=0, Peers=[], Reasons=[], PortMapping={}, LinkAddresses=[], LinkRoutes=[], LinkMtu=0, LinkDns=[], LinkDomains=[], LinkManager="", DnsManager="systemd-resolved", ExitNode="", ExitState="", ExitReason="",
        ExitLan=True, ExitStrict=False, DnsName="laptop.bamgate.internal", NetworkId="", Membership="unsigned", Owner=False, PendingDevices=0, HubMove="")
    return properties | changes


def reasons(code, *texts):
    return [(code, [GLib.Variant("s", text) for text in texts])]


def peer(id, **changes):
    properties = dict(
        Id=id, Kind="network", PublicKey="aG9tZS1ob21lLWhvbWUtaG9tZS1ob21lLWhvbWUtaG8=", Addresses=["10.0.0.3"], State="connected",
        StateReason="", Reasons=[], Path="ice", Relayed=False, LocalCandidate="192.0.2.2:40000", RemoteCandidate="198.51.100.9:40001",
        Routes=[], AcceptedRoutes=[], Dns=[], DnsSearch=[], AcceptedDns=[], AcceptedDnsSearch=[], Services=[], ExitOffered=[], Latency=1234, LastHandshake=ago(95), ConnectedSince=ago(200_010), RxBytes=4096,
        TxBytes=10 * 1024**3, Implementation="bamgated 0.1.0", Signed=False)
    return properties | changes


MAPPING = {"router": GLib.Variant("s", "192.168.1.1"), "language": GLib.Variant("s", "nat-pmp"), "ports": GLib.Variant("u", 3),
           "address": GLib.Variant("s", "203.0.113.7")}
IDLE = dict(Path="", LocalCandidate="", RemoteCandidate="", Latency=-1, LastHandshake=0, ConnectedSince=0, RxBytes=0,
            TxBytes=0)
BARE = dict(State="off", DnsManager="", Interface="", InterfaceIndex=0, SignalingState="offline", UpSince=0, RxBytes=0, TxBytes=0, Drops={})

EXITS = [peer("home", ExitOffered=["4", "6"], Addresses=["10.0.0.3"]), peer("attic", Addresses=["10.0.0.4"]),
         peer("server", ExitOffered=["4"], Addresses=["10.0.0.5"], State="disconnected", StateReason="not online",
              Reasons=reasons("not-online"), **IDLE)]

OFFERS = [peer("home", ExitOffered=["4", "6"], Routes=["192.168.1.0/24", "10.20.0.0/16", "fd20::/48"], AcceptedRoutes=["10.20.0.0/16", "fd20::/48"],
               Dns=["192.168.1.53"], DnsSearch=["corp.example.org", "home.example.org"])]

SCENARIOS = {
    "online": (tunnel(Routes=["192.168.7.0/24"], AcceptRoutes=True, PortMapping=MAPPING), [
        peer("home", Routes=["192.168.1.0/24"], AcceptedRoutes=["192.168.1.0/24"], Services=[("wiki", 80, "http"), ("dns", 53, "udp")]),
        peer("attic", Addresses=["10.0.0.4"], State="connecting", StateReason="waiting for its offer",
             Reasons=reasons("waiting-for-offer"), **IDLE),
        peer("näs", Addresses=["10.0.0.5", "fd00::5"], Path="data-channel", Relayed=True, Latency=23456,
             Implementation=""),
        peer("office", Addresses=["10.0.0.6"], State="refused",
             StateReason="its key is in use by home", Reasons=reasons("peer-key-taken", "home"), **IDLE)]),
    "alone": (tunnel(), []),
    "degraded": (tunnel(State="degraded", StateReason="the connection to the hub was lost", Reasons=reasons("hub-lost"),
                        SignalingState="waiting"), [peer("home")]),
    "exit": (tunnel(ExitNode="home", ExitState="active"), [peer("home", ExitOffered=["4", "6"]), peer("attic")]),
    "offered": (tunnel(), [peer("home", ExitOffered=["4"], Routes=["192.168.1.0/24", "fd00:1::/64"], Dns=["192.168.1.53"], DnsSearch=["corp.example"]),
                          peer("attic")]),
    "exit-unset": (tunnel(), [peer("home", ExitOffered=["4", "6"])]),
    "exit-lent": (tunnel(ExitNode="home", ExitState="active", LinkManager=":1.4096"), [peer("home", ExitOffered=["4", "6"])]),
    "exit-lost": (tunnel(State="degraded", ExitNode="home", ExitState="lost", ExitReason="nothing goes out: the exit home is not connected",
                         StateReason="nothing goes out: the exit home is not connected", Reasons=reasons("exit-not-connected", "home")),
                  [peer("home", ExitOffered=["4", "6"], StateReason="not online", State="disconnected", Reasons=reasons("not-online"), **IDLE)]),
    "exits": (tunnel(), EXITS),
    "offers": (tunnel(), OFFERS),
    "offers-denied": (tunnel(), OFFERS),
    "exits-denied": (tunnel(), EXITS),
    "managed": (tunnel(), []),
    "lent": (tunnel(LinkManager=":1.4096"), [peer("home")]),
    "untold": (tunnel(DnsManager=""), []),
    "namespace": (tunnel(DnsManager="", NetworkNamespace="/proc/0/ns/net"), []),
    "in-hosts": (tunnel(DnsManager="hosts"), []),
    "off": (tunnel(**BARE), []),
    "crowded": (tunnel(State="degraded", StateReason="too many routes", Reasons=[
        ("too-many-routes", [GLib.Variant("t", n), GLib.Variant("t", 64)]) for n in (1, 2, 70)]), []),
    "pending": (tunnel(PendingRestart=["device.address", "device.interface"]), []),
    "unconfigured": (tunnel(Name="", Addresses=[], PublicKey="", ServerUrl="", Membership="", **BARE), []),
    "fresh": (tunnel(Name="", Addresses=[], PublicKey="", ServerUrl="", Membership="", **BARE), []),
    "denied": (tunnel(), [peer("home")]),
    "hub": (tunnel(), [peer("home"), peer("attic")]),
    "replaced": (tunnel(), [peer("attic", State="refused", StateReason="its key is not the one known since 2026-01-02",
                                 Reasons=reasons("peer-key-changed", "2026-01-02", "attic"), **IDLE)]),
    "static": (tunnel(), [peer("home"), peer("office", Kind="static", Path="udp", Implementation="")]),
    "hostile": (tunnel(StateReason="\x1b]0;owned\x07 bad\nState  online", State="degraded"), [
        peer("\x1b[31mevil\x1b[0m", StateReason="a\nb\tc", Addresses=["\u202e3.0.0.01", "\u200bx"],
             Implementation="\x9b1A\x7f"),
        peer("line\nState  failed"),
        peer("-$(touch x)'", State="refused", StateReason="another key", **IDLE)]),
}

NETWORK_ID, HEAD, OTHER_HEAD = (" ".join(["%02x" % n * 2] * 8) for n in (0x3a, 0x5c, 0x77))
CODE = "ABCDEF-GHIJKL-MNOPQR-STUVWX-YZ2345-67ABCD"
SIGNED = dict(NetworkId=NETWORK_ID, Membership="signed", Owner=True)
LOG = {"signed": True, "id": NETWORK_ID, "entries": 5, "head": HEAD, "changed-at": ago(7200), "member": True, "owner": True,
       "allows-unsigned": False, "alarm": ""}

AUTHORITY = {"authority": "home", "certificate": "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
             "certificate-sha256": ":".join(["A5"] * 32), "names": {"wiki": "attic"}}


def device(number, name, **more):
    """A row of ListDevices; `_` stands for “-”."""
    row = dict(id="%032x" % number, name=name, public_key=base64.b64encode(bytes([number]) * 32).decode(), addresses=[f"10.0.0.{number}"],
               state="active", owner=False, online=True, signed=True, self=False, created=ago(900_000), last_seen=ago(60), any_route=False,
               routes=[], exit=[], signed_by="laptop")
    return {key.replace("_", "-"): value for key, value in (row | more).items()}


DEVICES = [device(2, "laptop", owner=True, self=True, last_seen=0), device(3, "home", any_route=True, exit=["4", "6"]),
           device(4, "attic", online=False, last_seen=ago(90_000), routes=["192.168.1.0/24"]),
           device(5, "phone", state="pending", signed=False, signed_by=""),
           device(6, "home", state="pending", signed=False, signed_by="", replaces="%032x" % 3),
           device(7, "old", state="revoked", online=False), device(8, "gone", state="left", online=False)]
OPEN_INVITE, USED_INVITE = "0123456789abcdef", "fedcba9876543210"
INVITES = [{"id": OPEN_INVITE, "name": "phone", "made-by": "laptop", "created": ago(120), "expires": ago(-480), "uses-left": 1, "signed": True},
           {"id": "00000000000000aa", "name": "", "made-by": "attic", "created": ago(60), "expires": ago(-540), "uses-left": 1, "signed": False}]
HOSTILE_DEVICES = [device(9, "\x1b[31mevil\x1b[0m", state="pending", signed=False), device(10, "-$(touch x)'")]

SCENARIOS |= {
    "signed": (tunnel(**SIGNED, PendingDevices=2), [peer("home", Signed=True), peer("attic", Addresses=["10.0.0.4"])]),
    "authority": (tunnel(**SIGNED), [peer("home", Signed=True)]),
    "signed-denied": (tunnel(**SIGNED), []),
    "member": (tunnel(**SIGNED | {"Owner": False}), [peer("home", Signed=True)]),
    "waits": (tunnel(NetworkId=NETWORK_ID, Membership="pending", State="starting", StateReason="waiting until an owner lets this machine in",
                     Reasons=reasons("text", "waiting until an owner lets this machine in")), []),
    "forked": (tunnel(**SIGNED | {"Membership": "alarm"}), [peer("home")]),
    "withheld": (tunnel(**SIGNED | {"Membership": "alarm"}), [peer("home")]),
    "owner": (tunnel(Owner=True), [peer("home")]),
}

def endpoint(host, port, **changes):
    properties = dict(
        Key=f"{host}:{port}", Host=host, Port=port, Protocol="tcp", Url=f"tcp://{host}:{port}", Ids=["ep_1"], Source="ngrok", Mode="virtual",
        Addresses=["10.107.0.2"], ListenPort=port, LocalOnly=True, Named=True, State="ready", StateReason="", Reasons=[], Listening=True,
        Connected=True, Ready=True, Connections=1, TotalConnections=7, RxBytes=4096, TxBytes=700, Errors={"tls": 2}, LastActivity=ago(95))
    return properties | changes


NOWHERE = dict(Addresses=[], ListenPort=0, Listening=False, Ready=False, Connections=0, TotalConnections=0, RxBytes=0, TxBytes=0, Errors={}, LastActivity=0)
ENDPOINTS = [
    endpoint("db.prod", 5432),
    endpoint("web.prod", 80, Protocol="http", Url="http://web.prod", Ids=["ep_2", "ep_3"], Addresses=["0.0.0.0"], ListenPort=9080, Mode="0.0.0.0", LocalOnly=False),
    endpoint("web.prod", 443, Protocol="https", Url="https://web.prod", State="failed",
             StateReason="another program has port 443 of 10.107.0.3", Reasons=reasons("endpoint-port-taken", "443", "10.107.0.3"), **NOWHERE),
    endpoint("", 0, Key="tcp://\x1b[31mevil", Url="tcp://\x1b[31mevil", Protocol="", Named=False, State="refused",
             StateReason="its address has no port, which tcp needs", Reasons=reasons("endpoint-port-missing"), **NOWHERE)]
BOUND = {
    "endpoints": (dict(State="running", Id="k8sop_1", Ingress="ingress.example:443", HasKey=True, CertificateEnds=4_000_000_000_000_000, PolledAt=ago(192)), ENDPOINTS),
    "endpoints-well": (dict(State="running", Id="k8sop_1", HasKey=True, PolledAt=ago(192)), ENDPOINTS[:2]),
    "endpoints-denied": (dict(State="running", Id="k8sop_1", HasKey=True, PolledAt=ago(192)), ENDPOINTS[:1]),
    "endpoints-keyless": (dict(State="waiting-for-key", StateReason="nobody has given the account's API key yet", Reasons=reasons("api-key-missing")), []),
}
SCENARIOS |= {name: (tunnel(**BARE), []) for name in BOUND}
SCENARIOS["files"] = SCENARIOS["online"]

SERVICE = {"tcp": "", "udp": "", "unix": "", "peers": [], "proxy-protocol": False, "http-headers": False, "tls": False, "last-error": "", "port": 0,
           "peer-connections": 256, "connections": 0, "connections-total": 0, "refused-connections": 0, "rx-bytes": 0, "tx-bytes": 0}
SERVICES = [
    SERVICE | {"name": "web", "port": 80, "host": "web.laptop.bamgate.internal", "state": "open", "tcp": "127.0.0.1:8080", "http-headers": True,
               "peers": ["attic", "home"], "connections": 2, "connections-total": 17, "refused-connections": 3, "rx-bytes": 4096,
               "tx-bytes": 10 * 1024**2},
    SERVICE | {"name": "dns", "port": 53, "host": "dns.laptop.bamgate.internal", "state": "failed", "unix": "/run/dns", "udp": "127.0.0.1:53",
               "last-error": "Connection refused"}]
SCENARIOS |= {"services": SCENARIOS["online"], "services-denied": SCENARIOS["online"], "services-none": SCENARIOS["alone"]}

SETTINGS = {
    "device.name": GLib.Variant("s", "laptop"),
    "device.accept-routes": GLib.Variant("b", True),
    "device.mtu": GLib.Variant("u", 1420),
    "device.routes": GLib.Variant("as", ["192.168.7.0/24"]),
    "device.exit-lan": GLib.Variant("b", True),
    "device.exit-strict": GLib.Variant("b", False),
    "network.server-url": GLib.Variant("s", "https://hub.example.net:8443"),
}

EXTRA_SETTINGS = {
    "endpoints-well": {"ngrok.description": GLib.Variant("s", "our laptop"), "ngrok.poll-interval": GLib.Variant("u", 30),
                       "publish.drain": GLib.Variant("u", 10)},
    "hub": {"network.host-hub": GLib.Variant("b", True)},
    "static": {"peer.office.public-key": GLib.Variant("s", "aG9tZS1ob21lLWhvbWUtaG9tZS1ob21lLWhvbWUtaG8=")},
}

INVITE = {
    "code": GLib.Variant("s", "ABCD-EFGH"),
    "expires-in": GLib.Variant("u", 600),
    "server-url": GLib.Variant("s", "https://hub.example.net:8443"),
    "join-command": GLib.Variant("s", "bamgatectl join ABCD-EFGH 'https://hub.example.net:8443#sha256=cGlu'"),
}


NEW_HUBS_TOKEN = "the-token-of-the-new-hub"
