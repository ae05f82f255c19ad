# SPDX-License-Identifier: LGPL-2.1-or-later
"""Names of machines, asked by dig and getent: what is ours, who may ask, and domains of peers that never leave the tunnel."""

import ipaddress
import shutil
import socket

import dns.flags
import dns.message
import dns.query
import dns.rcode
import pytest

from lab.bamgate import static_machine
from lab.mesh import Mesh
from lab.namespaces import made_on
from lab.wait import wait_for

SUFFIX = "bamgate.internal"
KEY_OF_NOBODY = "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4eXoxMjM0NTY="
IP_FREEBIND = 15  # linux/in.h
DNSMASQ = shutil.which("dnsmasq", path="/usr/sbin:/usr/bin:/sbin:/bin")

needs_dnsmasq = pytest.mark.skipif(not DNSMASQ, reason="dnsmasq is not installed")


def dig(machine, *words, server=None):
    """The lines of an answer."""
    host = getattr(machine, "host", machine)
    return host.out("dig", f"@{server or machine.address}", "+tries=1", "+time=6", "+noall", "+answer", *words, check=False).splitlines()


def short(machine, *words, server=None):
    return sorted(line.split()[-1] for line in dig(machine, *words, server=server))


def ask(machine, name, kind="A", server=None, tcp=False, seconds=8, **options):
    """The message that dnspython reads, from the machine's network."""
    query = dns.message.make_query(name, kind, **options)
    server = server or machine.address
    host = getattr(machine, "host", machine)
    family = socket.AF_INET6 if ":" in server else socket.AF_INET

    def exchange():
        with socket.socket(family, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM) as sock:
            sock.settimeout(seconds)
            sock.connect((server, 53))
            if tcp:
                return dns.query.tcp(query, server, timeout=seconds, sock=sock)
            sock.send(query.to_wire())
            return dns.message.from_wire(sock.recv(65535))

    return made_on(host, exchange)


def code(machine, name, kind="A", **options):
    return dns.rcode.to_text(ask(machine, name, kind, **options).rcode())


def wait_name(machine, name, address):
    wait_for(f"{name} on {machine.name}", lambda: short(machine, f"{name}.{SUFFIX}") == [address])


# what is ours


def test_names_of_the_network(mesh):
    """Forward and reverse, both families, UDP and TCP; who is away keeps its name, who is forgotten loses it."""
    a = mesh.machine("alpha", device={"address6": "fd00::1/64"})
    b = mesh.machine("My.Laptop_2", device={"address6": "fd00::2/64"})
    mesh.wait_connected(a, b)
    wait_name(a, "my-laptop-2", b.address)
    assert short(a, f"alpha.{SUFFIX}") == [a.address]
    assert a.bus.tunnel()["DnsName"] == f"alpha.{SUFFIX}"
    assert a.ctl_json("peers", "show", b.name)["peer"]["dns_name"] == f"my-laptop-2.{SUFFIX}"
    wait_for("its other address", lambda: short(a, f"my-laptop-2.{SUFFIX}", "AAAA") == ["fd00::2"])
    assert short(a, f"MY-LAPTOP-2.{SUFFIX}", "+tcp") == [b.address]
    assert short(a, "-x", b.address) == short(a, "-x", "fd00::2") == [f"my-laptop-2.{SUFFIX}."]
    assert short(a, "-x", a.address, server="fd00::1") == [f"alpha.{SUFFIX}."]
    assert short(b, f"alpha.{SUFFIX}") == [a.address]
    b.stop()
    a.wait_peer(b.name, state="disconnected")
    assert short(a, f"my-laptop-2.{SUFFIX}") == [b.address]
    a.stop()
    a.start()
    a.wait_state("online")
    wait_name(a, "my-laptop-2", b.address)
    a.ctl("peers", "forget", b.name)
    wait_for("it is forgotten", lambda: code(a, f"my-laptop-2.{SUFFIX}") == "NXDOMAIN")


def test_answers_to_the_letter(mesh):
    """Codes, authority and EDNS, as another library reads them."""
    a = mesh.machine("alpha")
    wait_name(a, "alpha", a.address)
    for tcp in (False, True):
        answer = ask(a, f"alpha.{SUFFIX}", tcp=tcp)
        assert answer.flags & dns.flags.AA and answer.flags & dns.flags.RD and not answer.flags & dns.flags.TC
        assert answer.answer[0].to_text() == f"alpha.{SUFFIX}. 30 IN A {a.address}" and answer.edns == -1
        missing = ask(a, f"nobody.{SUFFIX}", tcp=tcp, use_edns=0, payload=1400)
        assert missing.rcode() == dns.rcode.NXDOMAIN and missing.edns == 0 and missing.payload == 1232
        assert missing.authority[0].to_text().startswith(f"{SUFFIX}. 5 IN SOA alpha.{SUFFIX}. hostmaster.alpha.{SUFFIX}. ")
    nothing = ask(a, f"alpha.{SUFFIX}", "MX")
    assert nothing.rcode() == dns.rcode.NOERROR and not nothing.answer and nothing.authority
    assert code(a, "example.org") == "REFUSED" and code(a, "1.0.0.11.in-addr.arpa", "PTR") == "REFUSED"
    assert code(a, f"alpha.{SUFFIX}", "AXFR", tcp=False) == "REFUSED"
    assert "BADVERS" in a.host.out("dig", f"@{a.address}", "+edns=1", "+noednsnegotiation", f"alpha.{SUFFIX}")
    assert code(a, "version.bind", "TXT", rdclass="CH") == "REFUSED"


def test_libc_finds_names(mesh):
    """getent with a resolv.conf that names our resolver, as resolvconf would write it."""
    a, b = mesh.machine("alpha"), mesh.machine("bravo")
    mesh.wait_connected(a, b)
    wait_name(a, "bravo", b.address)
    conf = a.host.dir / "resolv.conf"
    conf.write_text(f"nameserver {a.address}\nsearch {SUFFIX}\n", encoding="ascii")
    a.host.run("mount", "--bind", conf, "/etc/resolv.conf")
    for name in (f"bravo.{SUFFIX}", "bravo"):
        assert a.host.out("getent", "ahostsv4", name).split()[0] == b.address
    assert f"bravo.{SUFFIX}" in a.host.out("getent", "hosts", b.address)


def test_others_are_refused(mesh):
    """A peer through the tunnel gets an error, a neighbour on the wire nothing at all."""
    a, b = mesh.machine("alpha"), mesh.machine("bravo")
    mesh.wait_connected(a, b)
    wait_name(a, "alpha", a.address)
    assert code(b, f"alpha.{SUFFIX}", server=a.address) == "REFUSED"
    with pytest.raises(OSError):
        ask(b, f"alpha.{SUFFIX}", server=a.address, tcp=True, seconds=0.5)
    mesh.net.router.run("ip", "route", "add", f"{a.address}/32", "via", a.host.address)
    with pytest.raises(OSError):
        ask(mesh.net.router, f"alpha.{SUFFIX}", server=a.address, seconds=0.5)


def test_the_networks_suffix_counts(net):
    """The hub chooses; what could be somebody's is not taken, and said, until the settings agree."""
    mesh = Mesh(net)
    hub = mesh.hub
    hub.options = ("--suffix", "Lab.Internal")
    with mesh:
        a = mesh.machine("alpha")
        wait_for("the hub's suffix", lambda: short(a, "alpha.lab.internal") == [a.address])
        assert code(a, f"alpha.{SUFFIX}") == "REFUSED"
        hub.stop()
        a.stop()
        a.start()
        a.wait_state("degraded")
        wait_for("it is remembered", lambda: short(a, "alpha.lab.internal") == [a.address])
        hub.options = ("--suffix", "google.com")
        hub.start()
        wait_for("the suffix is refused", lambda: "google.com" in a.bus.tunnel()["StateReason"], 60)
        assert short(a, f"alpha.{SUFFIX}") == [a.address] and code(a, "alpha.google.com") == "REFUSED"
        a.ctl("config", "set", "dns.suffix=google.com")
        wait_for("the settings agree", lambda: short(a, "alpha.google.com") == [a.address])
        assert "google.com" not in a.bus.tunnel()["StateReason"]


def test_a_port_that_somebody_has(net):
    """It is said, another address is found, and the first one comes back when the other server goes."""
    a = net.host("a")
    machine = static_machine(a, "10.9.0.1/24", {"office": {"public-key": KEY_OF_NOBODY, "allowed-ips": "10.9.0.7"}})
    other = made_on(a, lambda: socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    other.setsockopt(socket.IPPROTO_IP, IP_FREEBIND, 1)
    other.bind(("10.9.0.1", 53))
    machine.start()
    machine.wait_state("online")
    assert short(machine, f"office.{SUFFIX}", server="127.98.71.53") == ["10.9.0.7"]
    assert "python" in machine.bus.tunnel()["StateReason"] and "dns.resolver=false" in machine.bus.tunnel()["StateReason"]
    other.close()
    machine.ctl("config", "set", "dns.search=true")  # anything is an occasion
    machine.address = "10.9.0.1"
    wait_name(machine, "office", "10.9.0.7")
    machine.ctl("config", "set", "dns.resolver=false")
    wait_for("nobody answers", lambda: a.run("dig", "@10.9.0.1", "+tries=1", "+time=1", "x", check=False).returncode != 0)
    machine.ctl("config", "set", "dns.resolver=true")
    wait_name(machine, "office", "10.9.0.7")


def test_a_server_at_all_addresses(net):
    """It keeps TCP, and the status says who that is; with it gone there is TCP, too."""
    a = net.host("a")
    machine = static_machine(a, "10.9.0.1/24", {"office": {"public-key": KEY_OF_NOBODY, "allowed-ips": "10.9.0.7"}})
    machine.address = "10.9.0.1"
    other = made_on(a, lambda: socket.create_server(("0.0.0.0", 53)))
    machine.start()
    machine.wait_state("online")
    wait_name(machine, "office", "10.9.0.7")
    said = machine.bus.tunnel()["StateReason"]
    assert "TCP are not answered at 10.9.0.1, since python" in said and "bind-dynamic" in said, said
    other.close()
    machine.ctl("config", "set", "dns.search=true")
    wait_for("it is said no more", lambda: "TCP" not in machine.bus.tunnel()["StateReason"])
    assert short(machine, f"office.{SUFFIX}", "+tcp") == ["10.9.0.7"]


# domains of peers


def test_public_suffixes_are_not_taken(mesh):
    """With all that a peer offers; a person who names one has it."""
    b = mesh.machine("bravo", device={"dns": ["192.168.77.2"], "dns-search": ["com", "co.uk", "corp.example", "lan"]})
    a = mesh.machine("alpha")
    mesh.wait_connected(a, b)
    a.ctl("peers", "set", "bravo", "--accept-dns=all", "--accept-search=all")
    assert a.peer("bravo")["AcceptedDnsSearch"] == ["corp.example", "lan"]
    assert "“com”" in a.peer("bravo")["StateReason"] and "com" in a.ctl("status").stdout
    wait_for("corp.example is asked about", lambda: code(a, "www.corp.example") == "SERVFAIL")
    assert code(a, "www.example.com") == "REFUSED"
    a.ctl("peers", "set", "bravo", "--accept-search=com")
    assert a.peer("bravo")["AcceptedDnsSearch"] == ["com"] and not a.peer("bravo")["StateReason"]
    wait_for("com is asked about", lambda: code(a, "www.example.com") == "SERVFAIL")


def office(mesh):
    """A peer with a network behind it, where a real server knows corp.example, and a machine that takes both."""
    b = mesh.machine("bravo", device={"routes": ["192.168.77.0/24"], "dns": ["192.168.77.2"], "dns-search": ["corp.example"]}, start=False)
    server = mesh.net.add_host("server")
    mesh.net.join(server, "eth0", b.host, "lan0", ipaddress.ip_network("192.168.77.0/24"))
    server.run("ip", "route", "add", "default", "via", "192.168.77.1")
    mesh.net.forward(b.host)
    b.server = server.start("dnsmasq", DNSMASQ, "--keep-in-foreground", "--no-resolv", "--no-hosts", "--conf-file=/dev/null",
                            "--user=root", "--log-facility=-", "--log-queries", "--local=/corp.example/",
                            "--host-record=www.corp.example,192.168.77.80",
                            "--txt-record=long.corp.example," + ",".join("x" * 250 for _ in range(12)))
    b.start()
    b.wait_state("online")
    a = mesh.machine("alpha", start=False)
    with a.config.open("a", encoding="ascii") as file:
        file.write("\n[accept bravo]\nroutes=*\ndns=*\ndns-search=*\n")
    a.start()
    a.wait_state("online")
    mesh.wait_connected(a, b)
    return a, b


@needs_dnsmasq
def test_domains_of_a_peer(mesh):
    """Through the tunnel, cut by UDP and whole by TCP; with the server gone, and with the peer, an error, and nothing outside."""
    a, b = office(mesh)
    watch = mesh.net.router.start("tcpdump", "tcpdump", "-n", "-l", "-i", "to-alpha", "port 53 or port 5353")
    watch.wait_line("listening")
    wait_for("the server answers", lambda: short(a, "www.corp.example") == ["192.168.77.80"])
    assert short(a, "www.corp.example", "+tcp") == ["192.168.77.80"]
    assert code(a, "nobody.corp.example") == "NXDOMAIN"
    assert ask(a, "long.corp.example", "TXT").flags & dns.flags.TC
    assert len(ask(a, "long.corp.example", "TXT", tcp=True).answer[0][0].strings) == 12
    b.server.stop()
    failed = ask(a, "www.corp.example", use_edns=0)
    assert failed.rcode() == dns.rcode.SERVFAIL and [option.code for option in failed.options] == [22]
    b.stop()
    a.wait_peer("bravo", state="disconnected")
    assert code(a, "www.corp.example") == "SERVFAIL"
    assert code(a, "www.example.org") == "REFUSED"
    watch.stop()
    assert not [line for line in watch.text().splitlines() if " IP" in line], watch.text()
