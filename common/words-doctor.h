/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The doctor's rows of words-table.h: what is so, what it means, what to do. */

BG_SAY (DOCTOR_LATE, 1, N_ ("this could not be found out within %s s"))
BG_SAY (DOCTOR_LATE_MEANS, 0, N_ ("whoever was asked does not answer, or this machine is very busy"))
BG_SAY (DOCTOR_TUNNEL_UP, 0, N_ ("the tunnel is up"))
/* TRANSLATORS: %s says why. */
BG_SAY (DOCTOR_TUNNEL_FAILED, 1, N_ ("the tunnel could not come up: %s"))
BG_SAY (DOCTOR_TUNNEL_FAILED_MEANS, 0, N_ ("there is no tunnel, and it is not tried again: somebody has to put that right first"))
BG_SAY_TWICE (DOCTOR_TUNNEL_FAILED_DEED, 0,
        N_ ("put that right, then run “bamgatectl up”; “journalctl -u bamgated” has more"),
        N_ ("put that right, then turn the tunnel on; the system's log has more, under bamgated"))
BG_SAY (DOCTOR_TUNNEL_OFF, 0, N_ ("the tunnel is off"))
BG_SAY (DOCTOR_TUNNEL_OFF_MEANS, 0, N_ ("no other machine of the network can be reached"))
BG_SAY_TWICE (DOCTOR_TUNNEL_OFF_DEED, 0,
        N_ ("bring it up with “bamgatectl up”"),
        N_ ("turn it on"))
BG_SAY (DOCTOR_NO_NETWORK, 0, N_ ("this machine is in no network"))
BG_SAY_TWICE (DOCTOR_NO_NETWORK_DEED, 0,
        N_ ("run “bamgatectl setup” to make a network, or “bamgatectl join” to enter one"),
        N_ ("“Join a Network” and “Make a New Network” are in the main menu"))
BG_SAY (DOCTOR_TUNNEL_STARTING, 0, N_ ("the tunnel is coming up"))
BG_SAY (DOCTOR_TUNNEL_STOPPING, 0, N_ ("the tunnel is going down"))
/* TRANSLATORS: %s says what went wrong and when it is tried again. */
BG_SAY (DOCTOR_TUNNEL_WAITS, 1, N_ ("the tunnel is not up yet: %s"))
BG_SAY (DOCTOR_TUNNEL_WAITS_MEANS, 0, N_ ("there is no tunnel now; it is tried again by itself"))
BG_SAY (DOCTOR_SIGNED, 0, N_ ("the network is signed: its owners say which machines are in it"))
BG_SAY (DOCTOR_NOT_SIGNED, 0, N_ ("the network is not signed: the hub says which machines are in it"))
BG_SAY (DOCTOR_NOT_LET_IN, 0, N_ ("this machine waits until an owner of the network lets it in"))
BG_SAY (DOCTOR_NOT_LET_IN_MEANS, 0, N_ ("no other machine speaks with it before"))
BG_SAY_TWICE (DOCTOR_NOT_LET_IN_DEED, 0,
        N_ ("on an owner's machine run “bamgatectl devices”, compare this machine's key, and approve it"),
        N_ ("on an owner's machine open “Machines of the Network” in the main menu, compare this machine's key, and approve it"))
BG_SAY (DOCTOR_DISPUTED, 0, N_ ("who is in the network is disputed, or withheld by the hub"))
BG_SAY (DOCTOR_DISPUTED_MEANS, 0, N_ ("nothing new about it is believed; what worked goes on working"))
BG_SAY_TWICE (DOCTOR_DISPUTED_DEED, 0,
        N_ ("see “bamgatectl network”, here and on an owner's machine"),
        N_ ("open “Machines of the Network” in the main menu, here and on an owner's machine"))
BG_SAY_N (DOCTOR_WAITING, 1,
        N_N ("%s machine waits to be let in", "%s machines wait to be let in"))
BG_SAY (DOCTOR_WAITING_MEANS, 0, N_ ("it is in the network only after you approve it"))
BG_SAY_TWICE (DOCTOR_WAITING_DEED, 0,
        N_ ("see “bamgatectl devices”"),
        N_ ("open “Machines of the Network” in the main menu"))
BG_SAY (DOCTOR_HUB_ONLINE, 1, N_ ("the hub answers at %s"))
BG_SAY (DOCTOR_HUB_LOST_MEANS, 0,
        N_ ("connections that there are go on, but no new ones can be made, and machines that come are not seen"))
BG_SAY (DOCTOR_HUB_LOST_DEED, 1,
        N_ ("see that this machine is online, that the hub at %s runs, and that a firewall on the way lets its port through"))
/* TRANSLATORS: two networks, and an interface. */
BG_SAY (DOCTOR_OVERLAP, 3, N_ ("the tunnel's network %s overlaps %s, which this machine is in on %s"))
BG_SAY (DOCTOR_OVERLAP_MEANS, 0,
        N_ ("the network around goes first: peers whose addresses are taken there cannot be reached while this machine is in it"))
BG_SAY (DOCTOR_OVERLAP_DEED, 0,
        N_ ("give one of the two other addresses: those of the tunnel are chosen where its network is made"))
BG_SAY (DOCTOR_NO_OVERLAP, 0, N_ ("the tunnel's network overlaps none that this machine is in"))

BG_SAY (DOCTOR_TUN_FINE, 0, N_ ("the daemon can make the tunnel's interface"))
BG_SAY (DOCTOR_TUN_MISSING, 0, N_ ("/dev/net/tun is not there, or the kernel offers nothing behind it"))
BG_SAY (DOCTOR_TUN_MEANS, 0, N_ ("the tunnel's interface cannot be made"))
BG_SAY_TWICE (DOCTOR_TUN_MISSING_DEED, 0,
        N_ ("run “modprobe tun”; restart where the kernel was just upgraded; in a container, pass the device /dev/net/tun into it"),
        N_ ("restart this machine; in a container, pass the device /dev/net/tun into it"))
BG_SAY (DOCTOR_TUN_FORBIDDEN, 0, N_ ("the daemon lacks the capability CAP_NET_ADMIN"))
BG_SAY_TWICE (DOCTOR_TUN_FORBIDDEN_DEED, 0,
        N_ ("start it by its unit: “systemctl restart bamgated”; in a container, give that the capability NET_ADMIN"),
        N_ ("start the daemon of the system; in a container, give that the capability NET_ADMIN"))
/* TRANSLATORS: %s is an interface. */
BG_SAY (DOCTOR_TUN_TAKEN, 1, N_ ("another program has an interface %s"))
BG_SAY_TWICE (DOCTOR_TUN_TAKEN_DEED, 0,
        N_ ("stop that program (wg-quick, another bamgated), or choose another name: “bamgatectl config set device.interface=NAME”"),
        N_ ("stop that program, or choose another name in the settings (“Name of the Interface”)"))
/* TRANSLATORS: %s are names of settings. */
BG_SAY (DOCTOR_PENDING, 1, N_ ("settings that were changed are not in effect yet: %s"))
BG_SAY (DOCTOR_PENDING_MEANS, 0, N_ ("the tunnel goes on with the old ones until it comes up next"))
BG_SAY_TWICE (DOCTOR_PENDING_DEED, 0,
        N_ ("run “bamgatectl down” and “bamgatectl up”"),
        N_ ("turn the tunnel off and on"))
BG_SAY (DOCTOR_SECRETS_FINE, 0, N_ ("this machine's key is there and can be read"))
BG_SAY (DOCTOR_SECRETS_MEANS, 0, N_ ("without its secrets this machine cannot prove who it is, and the tunnel cannot come up"))
BG_SAY (DOCTOR_SECRETS_DEED, 0, N_ ("put right what it says; nobody but the daemon may read these files"))
BG_SAY (DOCTOR_SECRETS_ASKED, 0, N_ ("a person has to be asked for a secret before the tunnel can come up"))
BG_SAY (DOCTOR_SECRETS_ASKED_MEANS, 0, N_ ("it does not come up by itself while nobody is logged in who could be asked"))
BG_SAY_TWICE (DOCTOR_SECRETS_ASKED_DEED, 0,
        N_ ("log in, with the bamgate applet or “bamgatectl agent” running; or “bamgatectl secrets move NAME --to system”"),
        N_ ("log in and open bamgate, or give the secrets to the system in the settings"))
BG_SAY (DOCTOR_NO_KEY, 0, N_ ("this machine is in a network, and its key is not there"))
BG_SAY (DOCTOR_NO_KEY_MEANS, 0, N_ ("the tunnel cannot come up; the others know this machine by that key"))
BG_SAY_TWICE (DOCTOR_NO_KEY_DEED, 0,
        N_ ("put it back from a backup, or “bamgatectl leave” and join again with a new invite"),
        N_ ("put it back from a backup, or leave the network and join it again with a new invitation"))
/* TRANSLATORS: %s is a directory. */
BG_SAY (DOCTOR_STATE_FINE, 1, N_ ("%s can be written to"))
/* TRANSLATORS: a directory, and what the system says. */
BG_SAY (DOCTOR_STATE_CLOSED, 2, N_ ("%s cannot be written to: %s"))
BG_SAY (DOCTOR_STATE_FULL, 1, N_ ("%s is full"))
BG_SAY (DOCTOR_STATE_MEANS, 0,
        N_ ("keys of peers and what people chose are not remembered, and are lost with a restart"))
BG_SAY_TWICE (DOCTOR_STATE_CLOSED_DEED, 1,
        N_ ("see who owns it with “ls -ld %s” (the user bamgate), and whether its file system is mounted read-only"),
        N_ ("see whether %s belongs to the user bamgate, and whether its file system is mounted read-only"))
BG_SAY (DOCTOR_STATE_FULL_DEED, 0, N_ ("make room on its file system"))
BG_SAY (DOCTOR_HUB_SILENT, 1, N_ ("the hub does not answer: %s"))
BG_SAY (DOCTOR_CLOCK_FINE, 0, N_ ("this machine's clock agrees with the hub's"))
BG_SAY (DOCTOR_CLOCK_AHEAD, 1, N_ ("this machine's clock is %s s ahead of the hub's"))
BG_SAY (DOCTOR_CLOCK_BEHIND, 1, N_ ("this machine's clock is %s s behind the hub's"))
BG_SAY (DOCTOR_CLOCK_MEANS, 0,
        N_ ("certificates may count as expired, and after a clock that was ahead is set right, peers refuse this machine until the time it had is reached"))
BG_SAY_TWICE (DOCTOR_CLOCK_DEED, 0,
        N_ ("set the clock by the network on whichever of the two is wrong: “timedatectl set-ntp true”"),
        N_ ("let the clock be set by the network, on whichever of the two is wrong"))
/* TRANSLATORS: %s are interfaces. */
BG_SAY (DOCTOR_UPLINK, 1, N_ ("this machine is connected by %s"))
BG_SAY (DOCTOR_NO_UPLINK, 0, N_ ("this machine has no way out: there is no default route"))
BG_SAY (DOCTOR_NO_UPLINK_MEANS, 0, N_ ("only machines in the networks right here can be reached, with or without the tunnel"))
BG_SAY (DOCTOR_NO_UPLINK_DEED, 0, N_ ("connect it to a network; where it is connected, its router gives it no default route"))
/* TRANSLATORS: an interface and a number. */
BG_SAY (DOCTOR_UPLINK_MTU, 2, N_ ("packets out of %s have up to %s bytes"))
BG_SAY (DOCTOR_UPLINK_MTU_MEANS, 1, N_ ("with less than %s bytes IPv6 does not fit into the tunnel, and everything is slower"))
BG_SAY_TWICE (DOCTOR_UPLINK_MTU_DEED, 0,
        N_ ("see whether it has to be so small: another tunnel in between, or a wrong setting (“ip link set dev NAME mtu 1500”)"),
        N_ ("see whether it has to be so small: another tunnel in between, or a wrong setting of the connection"))
/* TRANSLATORS: a peer and a number. */
BG_SAY (DOCTOR_PATH_MTU, 2, N_ ("packets on the path to %s have up to %s bytes"))
BG_SAY (DOCTOR_PATH_MTU_MEANS, 1, N_ ("IPv6 needs %s, so this peer is reached by IPv4 only while it has no better path"))
/* TRANSLATORS: %s is an interface. */
BG_SAY (DOCTOR_FILTER, 1, N_ ("the kernel drops what comes in on %s and would be answered on another interface (rp_filter is strict)"))
BG_SAY (DOCTOR_FILTER_MEANS, 0, N_ ("with several ways out, peers may not be reached by all of them"))
BG_SAY_TWICE (DOCTOR_FILTER_DEED, 1,
        N_ ("make it loose: “sysctl net.ipv4.conf.%s.rp_filter=2”"),
        N_ ("the kernel's setting net.ipv4.conf.%s.rp_filter makes it loose with 2"))
/* TRANSLATORS: a network. */
BG_SAY (DOCTOR_OFFER, 1, N_ ("%s is offered to peers, but this machine is not in it and has no route to it"))
BG_SAY (DOCTOR_OFFER_MEANS, 0,
        N_ ("what peers send there goes on to the router that everything goes to, which may not know the network"))
BG_SAY_TWICE (DOCTOR_OFFER_DEED, 0,
        N_ ("see whether device.routes names the right network; where another router leads to it, add a route"),
        N_ ("see whether the settings name the right network; where another router leads to it, add a route"))
BG_SAY (DOCTOR_FIREWALL_FINE, 0, N_ ("nothing in this machine's firewall keeps peers from what is offered to them here"))
BG_SAY (DOCTOR_FIREWALL_MEANS, 0, N_ ("peers that take what this machine offers reach nothing through it"))
BG_SAY (DOCTOR_FIREWALL_DEED, 0, N_ ("change that rule, as it says, or have whoever wrote it do so"))
BG_SAY_TWICE (DOCTOR_GATEWAY_DEED, 0,
        N_ ("see whether the kernel has nf_tables (“modprobe nf_tables”) and the daemon its rights (“systemctl restart bamgated”)"),
        N_ ("see whether the kernel has nf_tables, and restart this machine"))
BG_SAY (DOCTOR_EXIT_FINE, 1, N_ ("everything goes out through %s"))
BG_SAY (DOCTOR_EXIT_MEANS, 0, N_ ("nothing goes out of this machine, so that nothing leaves beside the exit"))
BG_SAY_TWICE (DOCTOR_EXIT_DEED, 0,
        N_ ("see whether that machine is on; choose another with “bamgatectl exit set NAME”, or none with “bamgatectl exit set none”"),
        N_ ("see whether that machine is on, or choose another exit, or none"))
BG_SAY (DOCTOR_STRICT_FINE, 0, N_ ("nothing can leave this machine but through the exit"))
BG_SAY (DOCTOR_STRICT_OPEN, 0, N_ ("what is to keep packets from leaving beside the exit is not in the packet filter"))
BG_SAY (DOCTOR_STRICT_OPEN_MEANS, 0, N_ ("while the daemon does not run, packets leave beside the exit"))
BG_SAY_TWICE (DOCTOR_STRICT_OPEN_DEED, 0,
        N_ ("run “bamgatectl reload”; where that does not help, “journalctl -u bamgated” says why"),
        N_ ("choose the exit once more; where that does not help, the system's log says why, under bamgated"))
BG_SAY (DOCTOR_STRICT_LEFT, 0, N_ ("packets are kept from leaving this machine as if there were a strict exit, and there is none"))
BG_SAY (DOCTOR_STRICT_LEFT_MEANS, 0, N_ ("nothing goes out of this machine"))
BG_SAY_TWICE (DOCTOR_STRICT_LEFT_DEED, 0,
        N_ ("where no other bamgated keeps that, remove it: “nft delete table inet bamgate_strict” and “nft delete table arp bamgate_strict”"),
        N_ ("restart this machine, or have whoever looks after it remove the tables bamgate_strict of the packet filter"))
BG_SAY (DOCTOR_STRICT_SAYS_MEANS, 0, N_ ("the strict exit is not what it promises to be"))
BG_SAY (DOCTOR_BLOCKED_MEANS, 0, N_ ("what has only addresses of that family cannot be reached"))
BG_SAY (DOCTOR_EXIT_NAMES_MEANS, 0, N_ ("pages and servers cannot be found by their names"))
/* TRANSLATORS: %s is a program. */
BG_SAY (DOCTOR_RESOLV, 1, N_ ("names are looked up as %s says (/etc/resolv.conf)"))
BG_SAY (DOCTOR_RESOLV_NOBODY, 0, N_ ("/etc/resolv.conf was written by hand, or by a program that is not known"))
BG_SAY (DOCTOR_NO_RESOLV, 0, N_ ("there is no /etc/resolv.conf"))
BG_SAY (DOCTOR_NO_RESOLV_MEANS, 0, N_ ("no name can be looked up here, that of the hub among them"))
BG_SAY_TWICE (DOCTOR_NO_RESOLV_DEED, 0,
        N_ ("with systemd-resolved: “ln -s /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf”; else write a line “nameserver ADDRESS” into it"),
        N_ ("have whoever looks after this machine set up its name servers"))
/* TRANSLATORS: %s is a program, or “hosts”. */
BG_SAY (DOCTOR_DNS_TOLD, 1, N_ ("%s was told of the names of peers"))
BG_SAY (DOCTOR_DNS_MEANS, 0, N_ ("peers are not found by their names, only by their addresses"))
BG_SAY (DOCTOR_DNS_PASSED_BY, 0, N_ ("systemd-resolved knows the names of peers, but /etc/resolv.conf passes it by"))
BG_SAY_TWICE (DOCTOR_DNS_PASSED_BY_DEED, 0,
        N_ ("run “ln -sf /run/systemd/resolve/stub-resolv.conf /etc/resolv.conf”, or install libnss-resolve"),
        N_ ("install libnss-resolve, or have whoever looks after this machine link /etc/resolv.conf to systemd-resolved"))
BG_SAY (DOCTOR_DNS_UNTOLD, 0, N_ ("nobody on this machine was told of the names of peers"))
BG_SAY_TWICE (DOCTOR_DNS_UNTOLD_DEED, 0,
        N_ ("install systemd-resolved, or see with “systemctl status bamgated-dns.socket” whether /etc/hosts can be written"),
        N_ ("install systemd-resolved"))
BG_SAY_TWICE (DOCTOR_RESOLVER_DEED, 0,
        N_ ("stop what has port 53 there; “ss -lnup sport = :53” shows it"),
        N_ ("stop the program that has port 53 there"))
BG_SAY (DOCTOR_NAME_FOUND, 1, N_ ("this machine finds itself by its name %s"))
/* TRANSLATORS: a name, and what the resolver says. */
BG_SAY (DOCTOR_NAME_LOST, 2, N_ ("this machine's own name %s is not found: %s"))
BG_SAY (DOCTOR_NAME_FOREIGN, 2, N_ ("this machine's own name %s leads to %s, which is none of its addresses"))
BG_SAY (DOCTOR_NAME_FOREIGN_MEANS, 0, N_ ("somebody else answers for the names of this network: they may lead to the wrong machines"))
BG_SAY_TWICE (DOCTOR_NAME_DEED, 0,
        N_ ("see who answers: “resolvectl query NAME”, “getent hosts NAME”; “bamgatectl reload” tells the resolver again"),
        N_ ("turn the tunnel off and on, which tells the resolver again"))
BG_SAY (DOCTOR_NAMES_MEANS, 0, N_ ("one of the two machines is not found by its name"))
BG_SAY (DOCTOR_SUFFIX_MEANS, 0, N_ ("names end otherwise here than on the other machines"))
BG_SAY (DOCTOR_INTERFACE_MEANS, 0, N_ ("packets into the tunnel are lost as long as that is so"))
BG_SAY (DOCTOR_INTERFACE_DEED, 0, N_ ("find the program that changes it: another VPN, or one that looks after networks"))
BG_SAY (DOCTOR_APPLIED_MEANS, 0, N_ ("the tunnel goes on with what it had before"))
BG_SAY (DOCTOR_APPLIED_DEED, 0, N_ ("choose a value that can be, or make room for this one"))
BG_SAY (DOCTOR_ROUTES_MEANS, 0, N_ ("what these routes lead to cannot be reached through the tunnel"))
BG_SAY (DOCTOR_OWN_HUB_MEANS, 0, N_ ("the machines of this network do not find each other while it does not run"))
BG_SAY_TWICE (DOCTOR_OWN_HUB_DEED, 0,
        N_ ("“systemctl status bamgated-hub” says more"),
        N_ ("the system's log says more, under bamgated-hub"))
BG_SAY (DOCTOR_HUB_AGAIN_MEANS, 0,
        N_ ("the hub learns what this machine offers now; connections go on, and new ones wait a moment"))
BG_SAY (DOCTOR_RELAY_MEANS, 0, N_ ("peers behind strict firewalls may not be reached"))
BG_SAY (DOCTOR_READABLE_MEANS, 0, N_ ("whoever reads it can enter the network"))
BG_SAY (DOCTOR_READABLE_DEED, 0, N_ ("give the hub a certificate, and use its https address"))
BG_SAY (DOCTOR_PEERS, 2, N_ ("connected peers: %s of %s"))
BG_SAY (DOCTOR_PEER_REFUSED_MEANS, 0, N_ ("nothing is sent to this peer and nothing taken from it, so that nobody can pretend to be it"))
/* TRANSLATORS: a peer, and what was wrong. */
BG_SAY (DOCTOR_PEER_TRYING, 2, N_ ("there is no connection to %s yet: %s"))
BG_SAY (DOCTOR_PEER_TRYING_MEANS, 0, N_ ("it cannot be reached now; it is tried again by itself"))
BG_SAY_TWICE (DOCTOR_PEER_TRYING_DEED, 0,
        N_ ("see that bamgate runs there; where both are behind strict firewalls, a relay helps (the setting ice.turn-servers, or the hub's own)"),
        N_ ("see that bamgate runs there; where both are behind strict firewalls, a relay helps (“TURN Servers (Relays)” in the settings, or the hub's own)"))
BG_SAY (DOCTOR_PEER_ROUTE_MEANS, 0, N_ ("what is in that network is not reached through this peer"))
BG_SAY (DOCTOR_PEER_ROUTE_DEED, 0,
        N_ ("where a network here has the same addresses, that machine can offer its own under others, as in "
            "device.routes=192.168.1.0/24@10.77.1.0/24"))
BG_SAY (DOCTOR_PEERS_RELAYED, 1, N_ ("connections that go through a relay: %s"))
BG_SAY (DOCTOR_PEERS_RELAYED_MEANS, 0, N_ ("they work, but slower than direct ones"))
BG_SAY_TWICE (DOCTOR_PEERS_RELAYED_DEED, 0,
        N_ ("let UDP through the firewalls in front of both machines, or let the router map ports (the setting ice.port-mapping)"),
        N_ ("let UDP through the firewalls in front of both machines, or let the router map ports"))
/* TRANSLATORS: IPv4 or IPv6, and our address as others see it. */
BG_SAY (DOCTOR_UDP, 2, N_ ("UDP gets out over %s; others see this machine as %s"))
/* TRANSLATORS: IPv4 or IPv6. */
BG_SAY (DOCTOR_NO_WAY, 1, N_ ("this network has no way out over %s"))
BG_SAY (DOCTOR_NO_WAY_MEANS, 0, N_ ("machines that have nothing else are reached through a relay, if at all"))
BG_SAY (DOCTOR_STUN_UNRESOLVED, 1, N_ ("no STUN server has an address of %s"))
BG_SAY (DOCTOR_STUN_UNRESOLVED_MEANS, 0,
        N_ ("this machine does not learn what others see it as, so that connections from elsewhere may need a relay"))
BG_SAY_TWICE (DOCTOR_STUN_UNRESOLVED_DEED, 0,
        N_ ("see that names are resolved here, and that the names in “bamgatectl config get ice.stun-servers” are right"),
        N_ ("see that names are resolved here, and that the STUN servers in the preferences are right"))
BG_SAY (DOCTOR_NO_STUN, 0, N_ ("no STUN server is named in the settings"))
BG_SAY (DOCTOR_NO_STUN_MEANS, 0,
        N_ ("this machine does not learn what others see it as: connections are direct within one network, else they may need a relay"))
BG_SAY_TWICE (DOCTOR_NO_STUN_DEED, 0,
        N_ ("name one or two: “bamgatectl config set ice.stun-servers=stun:HOST:PORT”"),
        N_ ("name one or two in the preferences"))
/* TRANSLATORS: IPv4 or IPv6. */
BG_SAY (DOCTOR_NO_UDP, 1, N_ ("no STUN server answers by UDP over %s"))
BG_SAY (DOCTOR_NO_UDP_MEANS, 0,
        N_ ("UDP does not get out of this network while TCP does: connections to other networks go through a relay, which is slower"))
BG_SAY (DOCTOR_NO_UDP_DEED, 0,
        N_ ("let this machine send UDP in the firewall on the way, or ask whoever runs the network; the STUN servers may be down, too"))
BG_SAY (DOCTOR_NOTHING_OUT_MEANS, 0, N_ ("nothing seems to get out: the hub is not reached either"))
/* TRANSLATORS: IPv4 or IPv6; what it lets in. */
BG_SAY (DOCTOR_NO_NAT, 2, N_ ("no address is translated over %s; %s"))
/* TRANSLATORS: IPv4 or IPv6; what it does with ports; what it lets in. */
BG_SAY (DOCTOR_NAT, 3, N_ ("addresses of %s are translated: %s; %s"))
BG_SAY (DOCTOR_MAPPING_SAME, 0, N_ ("the same port for everybody (endpoint-independent mapping)"))
BG_SAY (DOCTOR_MAPPING_BY_ADDRESS, 0, N_ ("another port for each address (address-dependent mapping)"))
BG_SAY (DOCTOR_MAPPING_BY_PORT, 0, N_ ("another port for each address and port (address-and-port-dependent mapping)"))
BG_SAY (DOCTOR_MAPPING_DIFFERS, 0, N_ ("another port for each server (symmetric)"))
BG_SAY (DOCTOR_MAPPING_NOT_KNOWN, 0, N_ ("how ports are chosen is not known"))
BG_SAY (DOCTOR_FILTER_NONE, 0, N_ ("everybody gets in (endpoint-independent filtering)"))
BG_SAY (DOCTOR_FILTER_BY_ADDRESS, 0, N_ ("addresses that were sent something get in (address-dependent filtering)"))
BG_SAY (DOCTOR_FILTER_BY_PORT, 0,
        N_ ("only the address and port that were sent something get in (address-and-port-dependent filtering)"))
BG_SAY (DOCTOR_FILTER_NOT_KNOWN, 0, N_ ("who gets in is not known"))
BG_SAY (DOCTOR_NAT_HARD_MEANS, 0,
        N_ ("two such machines need a relay, and so does one with a machine that lets in nobody but by address and port"))
BG_SAY (DOCTOR_NAT_HARD_DEED, 0,
        N_ ("let the router map ports (PCP, NAT-PMP or UPnP in its settings), or use IPv6 where both sides have it"))
BG_SAY (DOCTOR_NAT_UNJUDGED_MEANS, 0, N_ ("whether direct connections are possible shows only when they are tried"))
BG_SAY_TWICE (DOCTOR_NAT_UNJUDGED_DEED, 0,
        N_ ("name two STUN servers at different addresses in ice.stun-servers, or one of RFC 5780 with two addresses"),
        N_ ("name two STUN servers at different addresses in the preferences, or one of RFC 5780 with two addresses"))
BG_SAY (DOCTOR_HAIRPIN, 0, N_ ("machines behind the same router meet by its outer address"))
BG_SAY (DOCTOR_NO_HAIRPIN, 0,
        N_ ("machines behind the same router do not meet by its outer address; in one network they need not"))
/* TRANSLATORS: a router's address, and names of protocols. */
BG_SAY (DOCTOR_MAPS, 2, N_ ("the router %s maps ports for who asks (%s)"))
BG_SAY (DOCTOR_MAPS_INSIDE_MEANS, 1,
        N_ ("its own outer address, %s, is private: another router stands before it, so that its mappings lead nowhere from the Internet"))
BG_SAY (DOCTOR_MAPS_INSIDE_DEED, 0, N_ ("make one of the two routers a bridge, or map a port at the outer one by hand; with some providers only IPv6 helps"))
BG_SAY (DOCTOR_MAPPING_OFF_MEANS, 0, N_ ("the settings do not want that, so that more connections may need a relay"))
BG_SAY_TWICE (DOCTOR_MAPPING_OFF_DEED, 0,
        N_ ("“bamgatectl config set ice.port-mapping=yes” uses it"),
        N_ ("turn port mapping on in the preferences"))
BG_SAY (DOCTOR_MAPS_NOT, 1, N_ ("the router %s maps no ports by itself"))
BG_SAY (DOCTOR_MAPS_NOT_MEANS, 0, N_ ("nothing is wrong with that where connections are direct without"))
BG_SAY (DOCTOR_MAPS_NOT_DEED, 0, N_ ("where they need a relay, allow PCP, NAT-PMP or UPnP in the router's settings"))
BG_SAY (DOCTOR_PORTAL, 0, N_ ("this network wants a sign-in before it lets anything out"))
/* TRANSLATORS: a URL. */
BG_SAY (DOCTOR_PORTAL_AT, 1, N_ ("this network answers in the hub's place, and leads to %s"))
BG_SAY (DOCTOR_PORTAL_MEANS, 0, N_ ("the hub and other machines cannot be reached before somebody signed in"))
BG_SAY (DOCTOR_PORTAL_DEED, 0, N_ ("open any page in a browser and sign in; the tunnel goes on by itself"))
BG_SAY (DOCTOR_LIMITED, 0, N_ ("NetworkManager finds no way to the Internet"))
BG_SAY (DOCTOR_LIMITED_MEANS, 0, N_ ("machines in this network may still be reached, others not"))
BG_SAY (DOCTOR_NO_PORTAL, 0, N_ ("NetworkManager finds the way to the Internet open"))
/* TRANSLATORS: milliseconds, "12" or "0.8". */
BG_SAY (DOCTOR_RELAY_ANSWERS, 1, N_ ("the hub's relay answers in %s ms"))
/* TRANSLATORS: the URL of a server, and milliseconds. */
BG_SAY (DOCTOR_TURN_ANSWERS, 2, N_ ("the TURN server %s answers in %s ms"))
BG_SAY (DOCTOR_RELAY_SLOW_MEANS, 0, N_ ("what goes through it arrives late: speech and remote screens suffer"))
BG_SAY (DOCTOR_RELAY_SLOW_DEED, 0, N_ ("have a TURN server nearer to the machines, or see that they connect directly"))
/* TRANSLATORS: the second half of “the TURN server X cannot be used: …”. */
BG_SAY (DOCTOR_NO_ANSWER, 0, N_ ("no answer"))
BG_SAY (DOCTOR_RELAY_SILENT, 1, N_ ("the hub's relay cannot be used: %s"))
BG_SAY (DOCTOR_RELAY_SILENT_MEANS, 0, N_ ("machines that do not connect directly need a TURN server, or cannot reach each other"))
BG_SAY (DOCTOR_RELAY_SILENT_DEED, 0, N_ ("see the hub's log; a proxy before it has to pass WebSockets at /turn on"))
BG_SAY (DOCTOR_TURN_SILENT, 2, N_ ("the TURN server %s cannot be used: %s"))
BG_SAY (DOCTOR_TURN_SILENT_MEANS, 0, N_ ("connections that need a relay do without this one, which takes them longer"))
BG_SAY_TWICE (DOCTOR_TURN_SILENT_DEED, 0,
        N_ ("see that it runs and can be reached, or take it out of ice.turn-servers"),
        N_ ("see that it runs and can be reached, or take it out of the preferences"))
