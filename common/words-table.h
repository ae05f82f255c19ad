/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* What the daemon says to people (common/words.h): BG_SAY (ID, number of arguments, text), or BG_SAY_N with the forms for one and for
 * many, of which the first number among the arguments chooses, or BG_SAY_TWICE where a person at a terminal has to type something
 * (first text) and one at a window has to press something (second text, which names no command). On the bus UNKNOWN_KEY is "unknown-key": a code never changes its
 * meaning or its arguments; what says something else is another row. "%s" stands for each argument, whatever its kind, and
 * "%%" for a percent sign. Texts that stand behind others begin with a small letter and have no full stop.
 * No include guard: it is read once for each list that is made of it. */
/* clang-format off */

/* --- Layouts --- */

BG_SAY (TEXT, 1, "%s")
BG_SAY (ABOUT, 2, "%s: %s")
BG_SAY (LINE, 2, N_ ("line %s: %s"))
BG_SAY_TWICE (NO_HUB_CAN_BE_STARTED, 2,
        N_ ("no hub can be started, see “systemctl status %s”: %s"),
        N_ ("no hub can be started: %2$s"))

/* --- Names, addresses and levels that people write --- */

BG_SAY (BAD_DEVICE_NAME_SUGGEST, 3,
        N_ ("“%s” cannot name a device (1 to %s letters, digits, “-”, “_” and “.”, with a letter or digit"
            " at both ends); “%s” would be one"))
BG_SAY (BAD_DEVICE_NAME, 2,
        N_ ("“%s” cannot name a device (1 to %s letters, digits, “-”, “_” and “.”, with a letter or digit"
            " at both ends)"))
BG_SAY (BAD_LISTEN_ADDRESS, 1,
        N_ ("“%s” is not ADDRESS:PORT (as in *:8443, 192.0.2.7:8443 or [2001:db8::7]:8443)"))
BG_SAY (BAD_LOG_LEVEL, 1,
        N_ ("log level “%s” is not LEVEL or TOPIC=LEVEL (levels: debug, info, message, warning, critical)"))
BG_SAY (FIELD_WRONG_TYPE, 1, N_ ("field “%s” has a wrong type"))
BG_SAY (FIELD_MISSING, 1, N_ ("field “%s” is missing"))
BG_SAY (FIELD_NO_PEER_ID, 1, N_ ("field “%s” is no peer id"))

/* --- The log of who is in the network --- */

BG_SAY_TWICE (PEER_NOT_SIGNED, 1,
        N_ ("no owner of the network has signed for it: “bamgatectl devices approve %s” on an owner's machine does"),
        N_ ("no owner of the network has signed for “%s”: it is approved in an owner's window"))
BG_SAY (PEER_REVOKED, 0, N_ ("an owner of the network has put it out"))
BG_SAY (PEER_REVOKED_BY_HUB, 0, N_ ("the hub says that an owner of the network has put it out"))
BG_SAY (PEER_KEY_NOT_SIGNED, 0, N_ ("it has another key than the one that the network's owners have signed for that name"))
BG_SAY (PEER_NAME_NOT_SIGNED, 1, N_ ("the network's owners have signed its key for another name, “%s”"))
BG_SAY (ROUTE_NOT_GRANTED, 0, N_ ("the network's owners have not signed that it may offer this"))
BG_SAY (EXIT_NOT_GRANTED, 0, N_ ("its exit is not used: the network's owners have not signed that it may offer one"))

BG_SAY (RECOVERY_CODE_SHORT, 2, N_ ("the recovery code has %s of its %s letters and digits: the rest is missing"))
BG_SAY (RECOVERY_CODE_WRONG, 0, N_ ("that is no recovery code: a letter or digit of it is wrong, or there are too many"))
BG_SAY (RECOVERY_CODE_OTHER, 0, N_ ("this recovery code is another network's, or was replaced by a newer one"))
BG_SAY (TRUST_UNREADABLE, 0,
        N_ ("what stands behind “trust=” in the line was cut short or changed: copy the whole line once more"))
BG_SAY (NETWORK_LOG_NO_FILE, 1, N_ ("%s is no file, or a larger one than any network's log"))
BG_SAY (NETWORK_LOG_MARK, 1, N_ ("%s is damaged: bring back a copy of it, or leave the network and join it anew"))
BG_SAY (NETWORK_LOG_DAMAGED, 2,
        N_ ("%s, which says who is in the network, is damaged: bring back a copy of it, or leave the network and join it "
            "anew (%s)"))
BG_SAY (ENTRY_DOES_NOT_FOLLOW, 2, N_ ("entry %s does not follow: %s"))
BG_SAY (ENTRY_CUT_SHORT, 0, N_ ("it is cut short"))
BG_SAY (ENTRY_MISSING, 0, N_ ("it is missing"))
BG_SAY (ENTRY_BAD_SIGNATURE, 0, N_ ("its signature is wrong"))
BG_SAY (ENTRY_MALFORMED, 0, N_ ("it says nothing that a log can hold"))
BG_SAY (ENTRY_ELSEWHERE, 0, N_ ("it was made for another log, or for another place in this one"))
BG_SAY (ENTRY_TOO_OLD, 0, N_ ("it is older than the entry before it"))
BG_SAY (ENTRY_TOO_NEW, 0, N_ ("it is from the future: look at the clocks of this machine and of the one that signed"))
BG_SAY (ENTRY_NOT_ALLOWED, 0, N_ ("whoever signed it may not do so"))
BG_SAY (ENTRY_EXPIRED, 0, N_ ("the invite has expired"))
BG_SAY (ENTRY_BEYOND_INVITE, 0, N_ ("the invite is for another name, or for a device that offers less"))
BG_SAY (ENTRY_NAME_TAKEN, 0, N_ ("another device of the network has that name"))
BG_SAY (ENTRY_ADDRESS_TAKEN, 0, N_ ("another device of the network has that address"))
BG_SAY (ENTRY_KEY_SPENT, 0, N_ ("the network had a device with that key, or put it out"))
BG_SAY (ENTRY_UNKNOWN, 0, N_ ("the network's log has no such device, owner or invite"))
BG_SAY (ENTRY_LAST_OWNER, 0, N_ ("it is the network's last owner"))
BG_SAY (ENTRY_FULL, 0, N_ ("the network's log has room for no more of these"))
BG_SAY (NETWORK_IS_SIGNED, 0, N_ ("the network is signed already, by others"))
BG_SAY (MEMBER_CHANGED_MEANWHILE, 0, N_ ("another owner has changed that device meanwhile: look at it again"))
BG_SAY (HUB_LOG_SHORTER, 2, N_ ("it has %s entries, where this machine has %s"))
BG_SAY (HUB_LOG_OTHER, 0, N_ ("its entries are others than this machine's"))
BG_SAY (HUB_LOG_INCOMPLETE, 0, N_ ("it says that there are more entries, and does not hand them out"))
BG_SAY (HUB_LOG_BROKEN, 1, N_ ("the hub's log of the network is not the one that this machine has: %s"))
BG_SAY (NO_FORK, 0, N_ ("no peer has another log than this machine, and the hub has none"))
BG_SAY (ENTRY_NEEDED, 0, N_ ("say which log is right: name an entry that it has, as an owner's machine shows it"))
BG_SAY (ENTRY_TOO_EARLY, 1,
        N_ ("both logs may have that entry: name one from number %s on, or the last one that an owner's machine shows"))
BG_SAY (TRUST_UNDER_WAY, 0, N_ ("the log that was said to be right is being fetched: wait for that"))
BG_SAY (SIGNING_WAITS_FOR_PERSON, 0,
        N_ ("nothing is signed while it is not known which log is the network's: compare it with another machine's first"))
BG_SAY (LOG_TAKES_NOTHING, 0, N_ ("the hub does not take it into the network's log, or does not hand it out again"))
BG_SAY (SIGNS_NOT, 0, N_ ("this machine does not sign for the network: that is done on an owner's machine"))
BG_SAY_TWICE (NETWORK_NOT_SIGNED, 0,
        N_ ("the network is not signed: “bamgatectl network protect” makes it so"),
        N_ ("the network is not signed yet"))
BG_SAY (NO_SUCH_MEMBER, 1, N_ ("the network's log has no device “%s”"))
BG_SAY (NO_SUCH_NEWCOMER, 1, N_ ("no device “%s” waits to be approved"))
BG_SAY (NEWCOMER_HAS_OTHER_KEY, 1, N_ ("the device “%s” that waits has another key than the one that was named"))
BG_SAY (NEWCOMER_IS_UNUSABLE, 1, N_ ("what the hub says of the device “%s” cannot be signed: its key, name or address is none"))
BG_SAY (CANNOT_REVOKE_SELF, 0, N_ ("this machine cannot put itself out of the network"))
BG_SAY (BAD_SIGNING_KEY, 0, N_ ("that is no signing key: take it as the other machine shows it"))
BG_SAY (BAD_GRANTED_ROUTE, 1, N_ ("“%s” is no network that a device could offer"))
BG_SAY (TOO_MANY_GRANTED, 1, N_ ("a device may offer any network, or up to %s that are named"))
BG_SAY (HUB_KEEPS_NO_LOG, 0, N_ ("this hub keeps no log of the network: it is too old"))
BG_SAY_TWICE (LOG_FORKED, 3,
        N_ ("%s has another log of the network than this machine: compare them with a third one, and say which is right with "
            "“bamgatectl network trust” (here “%s”, there “%s”)"),
        N_ ("%s has another log of the network than this machine: compare them with a third one, and say which is right (here "
            "“%s”, there “%s”)"))
BG_SAY (LOG_WITHHELD, 2,
        N_ ("%s knows %s entries of the network's log, and the hub does not hand them out: somebody may have been put out "
            "meanwhile"))
BG_SAY (TRUST_IS_OTHERS, 0,
        N_ ("the network at this hub is not the one of the invite: do not join it, and ask whoever made the invite"))
BG_SAY (HEAD_IS_NEITHERS, 0,
        N_ ("neither this machine's log nor the one that the hub hands out has that entry, so nothing was changed: compare it once "
            "more, or try again when the hub hands out what that machine has"))

/* --- Setup, join, leave, up and down --- */

BG_SAY_TWICE (LEAVE_LAST_OWNER, 0,
              N_ ("this machine is the last one that signs for the network: make another one an owner first with “bamgatectl "
                  "owners add”; with --force it leaves all the same, and only the recovery code makes another owner then"),
              N_ ("this machine is the last one that signs for the network: make another one an owner first"))
BG_SAY_TWICE (ENTERS_ANOTHER_NETWORK, 0,
              N_ ("the network of this machine is signed, and that is another one, or one that nobody signed: leave it first with "
                  "“bamgatectl leave”"),
              N_ ("the network of this machine is signed, and that is another one, or one that nobody signed: leave it first"))
BG_SAY (ENTERS_SPLIT_NETWORK, 1,
        N_ ("from entry %s on the hub's log of this network is another than this machine's, so nothing was changed: compare them, and "
            "say which is right"))
BG_SAY (ENTERING_UNREADABLE, 0,
        N_ ("a network was being entered when this machine went down, and what was written down of it cannot be read: remove the "
            "secret “entering”, and enter it once more"))
BG_SAY_TWICE (OWN_HUB_RUNS, 0,
        N_ ("the hub of this machine is running: take the tunnel down first"),
        N_ ("the hub of this machine is running: turn the tunnel off first"))
BG_SAY (NO_SUCH_OPTION_OF_TYPE, 1, N_ ("there is no option “%s” of this type"))
BG_SAY_TWICE (NO_NETWORK_TO_INVITE, 0,
        N_ ("this machine is in no network yet: run “bamgatectl setup”"),
        N_ ("this machine is in no network yet: “Make a New Network” in the main menu makes one"))
BG_SAY_TWICE (OWN_HUB_RESTS, 0,
        N_ ("the hub of this machine rests: bring the tunnel up"),
        N_ ("the hub of this machine rests: turn the tunnel on"))
BG_SAY (NO_SUCH_OPTION, 1, N_ ("there is no option “%s”"))
BG_SAY (NO_SUCH_MACHINE, 1, N_ ("there is no machine “%s”, or it is none that this can be done with"))
BG_SAY (SEVERAL_MACHINES, 1, N_ ("several machines are called “%s”: say which by its id or key"))
BG_SAY (MACHINE_HAS_OTHER_KEY, 1, N_ ("the machine “%s” that waits has another key"))
BG_SAY (LEAVE_HUB_NEITHER, 0, N_ ("option “hub” is neither “keep” nor “remove”"))
BG_SAY (IN_NO_NETWORK, 0, N_ ("this machine belongs to no network"))
BG_SAY_TWICE (LEAVE_OWN_HUB_OF_OTHERS, 1,
        N_ ("this machine runs the hub of its network, also for %s, which ends with it: say whether the "
            "hub's data stay (hub: keep) or go (hub: remove)"),
        N_ ("this machine runs the hub of its network, also for %s, which ends with it: choose whether the hub's "
            "data are kept or removed"))
BG_SAY_TWICE (LEAVE_OWN_HUB, 0,
        N_ ("this machine runs the hub of its network, which ends with it: say whether the hub's data "
            "stay (hub: keep) or go (hub: remove)"),
        N_ ("this machine runs the hub of its network, which ends with it: choose whether the hub's data are "
            "kept or removed"))
BG_SAY (LEAVE_NO_OWN_HUB, 0, N_ ("this machine runs no hub: option “hub” means nothing here"))
BG_SAY (ENROLMENT_UNDER_WAY, 0,
        N_ ("another change is under way: try again in a moment"))
BG_SAY (TAKEN_DOWN_MEANWHILE, 0, N_ ("the tunnel was taken down"))
/* TRANSLATORS: what went wrong; then “next attempt at …”. */
BG_SAY (ERROR_TRIED_AGAIN, 2, N_ ("%s (tried again until the tunnel is taken down, %s)"))
BG_SAY (STAYS_DOWN, 0, N_ ("taken down, and stays so over restarts until it is brought up"))
BG_SAY (GOING_DOWN, 0, N_ ("the tunnel is being taken down"))
BG_SAY (ENTERING_ANOTHER_NETWORK, 0, N_ ("entering another network"))
/* TRANSLATORS: %s says why that is so. */
BG_SAY (DOWN_NOT_REMEMBERED, 1, N_ ("the tunnel is down, but comes up again with the daemon: %s"))
BG_SAY_TWICE (NO_PATH_ALLOWED, 1,
        N_ ("%s: [ice] paths: none of them is allowed by --paths"),
        N_ ("the settings in %s allow no path that the daemon may use"))
BG_SAY_TWICE (LINK_MANAGED_ALREADY, 0,
        N_ ("another program sets up the interface already: “bamgatectl down” ends that"),
        N_ ("another program sets up the interface already: turning the tunnel off ends that"))
BG_SAY (LINK_NOT_MANAGED, 0, N_ ("this program does not set up the interface"))
BG_SAY (BAD_MANAGE_LINK, 0, N_ ("option “manage-link” is true or false"))

/* --- Settings --- */

BG_SAY (BAD_NAME, 1, N_ ("“%s” is not a name (1 to 63 bytes without “[”, “]” and control characters)"))
BG_SAY (BAD_INTERFACE_NAME, 1,
        N_ ("“%s” cannot name an interface (1 to 15 letters, digits and marks, without “/”, “:” and “%%”)"))
BG_SAY (ABOUT_VALUE, 2, "“%s”: %s")
BG_SAY (BAD_PIN, 1, N_ ("“%s” is not a SHA-256 digest in base64 (44 characters)"))
BG_SAY (BAD_STUN_SERVER, 1, N_ ("“%s” is not a STUN server (as in stun:stun.example.org:3478)"))
BG_SAY (BAD_TURN_SERVER, 1,
        N_ ("“%s” is not a TURN server (as in turn:turn.example.org:3478?transport=udp)"))
BG_SAY (EMPTY_VALUE, 1, N_ ("“%s” is empty"))
BG_SAY (BAD_ACCESS_RULE, 1,
        N_ ("“%s” is not a rule (as in tcp 22 8000-8100 from laptop to 192.168.1.0/24: all, tcp, udp or icmp, then ports, a "
            "peer or its addresses, and our side)"))
BG_SAY (BAD_CONNECT, 1, N_ ("“%s” is neither auto, always nor on-demand"))
BG_SAY (BAD_FORWARD, 1, N_ ("“%s” is neither auto, offered nor all"))
BG_SAY (BAD_DNS_MANAGE, 1, N_ ("“%s” is none of auto, resolved, networkmanager, resolvconf, hosts and off"))
BG_SAY (BAD_PROXY, 1,
        N_ ("“%s” is neither system, none nor a proxy without a password (as in http://proxy.example.org:3128)"))
BG_SAY (BAD_RELAY, 1, N_ ("“%s” is neither hub nor off"))
BG_SAY (BAD_BOOLEAN, 1, N_ ("“%s” is neither true nor false"))
BG_SAY (BAD_NUMBER, 3, N_ ("“%s” is not a number between %s and %s"))
BG_SAY (BAD_IPV4_ADDRESS, 1,
        N_ ("“%s” is not an IPv4 host address with its prefix length, at least 8 (as in 10.0.0.2/24)"))
BG_SAY (BAD_IPV6_ADDRESS, 1,
        N_ ("“%s” is not an IPv6 host address with its prefix length, at least 16 (as in fd00::2/64)"))
BG_SAY (BAD_PREFIX, 1, N_ ("“%s” is not an address with a prefix length (as in 192.168.1.0/24)"))
BG_SAY (BAD_SERVED_ROUTE, 1,
        N_ ("“%s” is not two networks of one family and length (as in 192.168.1.0/24@10.77.1.0/24)"))
BG_SAY (ROUTE_SHOWN_TWICE, 2, N_ ("“%s” is for the others where “%s” is already"))
BG_SAY (BAD_DNS_SERVER, 1, N_ ("“%s” is not the address of a name server (as in 192.168.1.1)"))
BG_SAY (BAD_DOMAIN, 1, N_ ("“%s” is not a domain (as in corp.example.org)"))
BG_SAY (PREFIX_OF_ALL, 1, N_ ("“%s” covers all addresses, which is not possible here"))
BG_SAY (BAD_PATH, 1, N_ ("“%s” is not a path (direct, ice, data-channel)"))
BG_SAY (NO_PATH, 1, N_ ("“%s” names no path (direct, ice, data-channel)"))
BG_SAY (BAD_PUBLIC_KEY, 1, N_ ("“%s” is not a public key (44 characters of base64)"))
BG_SAY (BAD_ENDPOINT, 1,
        N_ ("“%s” is not HOST:PORT (as in vpn.example.org:51820, [2001:db8::1]:51820 or "
            "[fe80::1%%eth0]:51820)"))
BG_SAY (BAD_SECRET_OWNER, 1, N_ ("“%s” is none of system, user:UID and ask:UID"))
BG_SAY (BAD_VALUE_TYPE, 2, N_ ("takes a value of type “%s” or text, not “%s”"))
BG_SAY (HINT_SECRETS, 0,
        N_ ("secrets do not belong in this file, which everybody may read, but in the directory “secrets”"
            " beside it"))
BG_SAY (HINT_PEER_SECTION, 0, N_ ("it belongs in [peer NAME]"))
/* TRANSLATORS: Goes behind “unknown key …, ”; %s is the name of a section. */
BG_SAY (HINT_SECTION, 1, N_ ("it belongs in [%s]"))
/* TRANSLATORS: Goes behind “unknown key …, ”. */
BG_SAY (HINT_KEY, 1, N_ ("did you mean “%s”?"))
BG_SAY (HINT_PEER_NAME, 0, N_ ("a peer's section is named [peer NAME]"))
BG_SAY (HINT_SECTION_NAME, 1, N_ ("did you mean [%s]?"))
BG_SAY (NOT_REGULAR_FILE, 0, N_ ("not a regular file"))
BG_SAY (LARGER_THAN_1_MIB, 0, N_ ("larger than 1 MiB"))
BG_SAY (NOT_TEXT_FILE, 0, N_ ("not a text file"))
BG_SAY (MORE_THAN_256_DROP_INS, 0, N_ ("more than 256 drop-ins"))
BG_SAY (WITH_HINT, 2, "%s, %s")
BG_SAY (UNKNOWN_SECTION, 2, N_ ("%s: unknown section [%s]"))
BG_SAY (UNKNOWN_KEY, 3, N_ ("%s: [%s] unknown key “%s”"))
BG_SAY (SETTING_IN_FILE, 4, "%s: [%s] %s: %s")
BG_SAY (SAME_KEY, 1, N_ ("the same key as [peer %s]"))
BG_SAY (SAME_PREFIX, 2, N_ ("%s belongs to [peer %s] already"))
BG_SAY (MISSING, 0, N_ ("missing"))
BG_SAY (PEER_NAMED_LIKE_US, 2, N_ ("%s: [%s]: this is the name of this device ([device] name)"))
BG_SAY (UNKNOWN_SETTING, 1, N_ ("unknown setting “%s”"))
BG_SAY (OVERRIDDEN, 3, N_ ("%s is set by %s, which overrides %s: change it there"))
BG_SAY (BAD_SETTINGS_TYPE, 0, N_ ("settings are of type a{sv}"))
BG_SAY (SETTINGS_STAY, 1, N_ ("what the settings said before holds, as they are wrong now: %s"))
BG_SAY (SETTINGS_GONE, 1, N_ ("%s: empty, or not there any more"))
BG_SAY (BAD_METRICS_LISTEN, 1,
        N_ ("“%s” is no address of loopback with a port (as in 127.0.0.1:9099 or [::1]:9099)"))
BG_SAY (MTU_TOO_SMALL_FOR_IPV6, 0, N_ ("IPv6 ([device] address6) needs at least 1280"))

/* --- Ways into a network --- */

BG_SAY_TWICE (IN_NETWORK_ALREADY, 1,
        N_ ("this machine belongs to the network of %s already; “--force” leaves it"),
        N_ ("this machine belongs to the network of %s already; going on leaves that one"))
BG_SAY_TWICE (IN_OWN_NETWORK_ALREADY, 0,
        N_ ("this machine belongs to the network of its own hub already; “--force” leaves it"),
        N_ ("this machine belongs to the network of its own hub already; going on leaves that one"))
BG_SAY (HUB_DATA_STAY, 2, N_ ("the hub's data in %s stay: %s"))
BG_SAY (BAD_DEVICE_KEY, 0, N_ ("secret device-key: not a WireGuard key"))
BG_SAY (UNUSABLE_DEVICE_KEY, 0, N_ ("secret device-key: not a usable key"))
BG_SAY (NO_RANDOMNESS, 0, N_ ("no randomness for a key"))
BG_SAY_TWICE (NETWORK_OVERLAPS, 3,
        N_ ("the network %s overlaps %s, which this machine is in on %s: one of the two needs other "
            "addresses (“--subnet” of the hub)"),
        N_ ("the network %s overlaps %s, which this machine is in on %s: one of the two needs other addresses "
            "(“Addresses of the Network”, where it is made)"))
BG_SAY_TWICE (NETWORK_OVERLAPS_ROUTE_ON, 3,
        N_ ("the network %s overlaps %s, which this machine reaches by a route on %s; “--force” takes it "
            "all the same"),
        N_ ("the network %s overlaps %s, which this machine reaches by a route on %s; going on takes it "
            "nevertheless"))
BG_SAY_TWICE (NETWORK_OVERLAPS_ROUTE, 2,
        N_ ("the network %s overlaps %s, which this machine reaches by a route; “--force” takes it all the "
            "same"),
        N_ ("the network %s overlaps %s, which this machine reaches by a route; going on takes it nevertheless"))
BG_SAY_TWICE (NETWORK_NOT_PRIVATE, 1,
        N_ ("the network %s is not of the private or shared addresses: it belongs to others, who could "
            "not be reached any more; “--force” takes it all the same"),
        N_ ("the network %s is not of the private or shared addresses: it belongs to others, who could not be "
            "reached any more; going on takes it nevertheless"))
BG_SAY (GRANTED_NO_ADDRESS, 1, N_ ("the hub grants “%s”, which is no address"))
BG_SAY (GRANTED_TOO_LARGE, 1, N_ ("the hub grants %s: so large a network would swallow others"))
BG_SAY (GRANTED_UNUSABLE, 1, N_ ("the hub grants %s, which no machine can have"))
BG_SAY_TWICE (NAME_TAKEN_IN_DNS, 2,
        N_ ("this network has a device “%s”, and in DNS both names are “%s”: say another name, or “--force”"),
        N_ ("this network has a device “%s”, and in DNS both names are “%s”: choose another name, or go on "
            "nevertheless"))
BG_SAY_TWICE (JOIN_NAME_IN_LOG, 1,
        N_ ("the network has a machine “%s” already; if that is this machine, as it was before it left, an owner puts it out first with "
            "“bamgatectl devices revoke”, else say another name with “--name”"),
        N_ ("the network has a machine “%s” already; if that is this machine, as it was before it left, an owner puts it out first under "
            "“Machines of the Network”, else choose another name"))
BG_SAY_TWICE (REFUSED_NOT_ENCRYPTED, 1,
        N_ ("%s is not encrypted: everybody on the way could read the token, and enter the network with "
            "it; use https, or “setup” and “join” with “--force” where the way is safe"),
        N_ ("%s is not encrypted: everybody on the way could read the token, and enter the network with it; use "
            "https, or go on where the way is safe"))
BG_SAY (BAD_OPTION_TYPE, 2, N_ ("option “%s” is not of type %s"))
BG_SAY (BAD_URL_FRAGMENT, 0, N_ ("what follows “#” in the hub's URL is neither “sha256=” and a pin nor “trust=” and what belongs to it"))
BG_SAY_TWICE (PINS_DIFFER, 0,
        N_ ("the pin in the hub's URL and “server-pin” differ"),
        N_ ("the address of the hub names two different pins"))
BG_SAY_TWICE (SUBNET_WITHOUT_HOST, 0,
        N_ ("“subnet” is of no use without “host”"),
        N_ ("addresses of the network are chosen only where its hub runs on this machine"))
BG_SAY_TWICE (BAD_SUBNET, 0,
        N_ ("“subnet” is not an IPv4 address with prefix length"),
        N_ ("the addresses of the network are not an IPv4 address with prefix length, as in 10.77.0.0/24"))
BG_SAY_TWICE (ADDRESS_OUTSIDE_SUBNET, 0,
        N_ ("“address” is none of “subnet”, or has another prefix length"),
        N_ ("this machine's address is none of the network, or has another prefix length"))
BG_SAY_TWICE (BAD_ADDRESS, 0,
        N_ ("“address” is not an address with prefix length"),
        N_ ("this machine's address is not an address with prefix length"))
BG_SAY_TWICE (TOKEN_AND_HOST, 0,
        N_ ("“token” and “host” exclude each other"),
        N_ ("a token belongs to a hub that runs elsewhere, not to one on this machine"))
BG_SAY_TWICE (LISTEN_WITHOUT_HOST, 0,
        N_ ("“listen” is of no use without “host”"),
        N_ ("where it listens is chosen only for a hub on this machine"))
BG_SAY (NAME_NEEDED, 0, N_ ("say a name for this device: its host name cannot be one"))
BG_SAY_TWICE (HOST_NAME_UNUSABLE, 0,
        N_ ("this machine's host name is no name for a device: say “name”"),
        N_ ("this machine's host name is no name for a device: choose another one"))
BG_SAY (NETWORK_FULL, 1, N_ ("the network %s has no free address"))
BG_SAY_TWICE (SUBNET_NEEDED, 0,
        N_ ("this machine has a use for every private network: say “subnet”"),
        N_ ("this machine has a use for every private network: choose the addresses of the network"))
BG_SAY_TWICE (SERVER_URL_NEEDED, 0,
        N_ ("say “server-url”, or “host” for a hub on this machine"),
        N_ ("the address of the hub is missing"))
BG_SAY_TWICE (JOIN_NEEDS_URL, 0,
        N_ ("say the hub's URL too: it is in the line that “bamgatectl invite” printed"),
        N_ ("the hub's address is missing: it is in the line of the invitation"))

/* --- The hub of this machine --- */

BG_SAY (PROGRAM_MISSING, 2, N_ ("%s is neither beside bamgated nor in %s"))
BG_SAY (SOCKET_PAIR, 1, N_ ("socket pair: %s"))
BG_SAY (TOO_MANY_FILES, 1, N_ ("%s: too many open files"))
BG_SAY (HUB_TAKES_NOTHING, 0, N_ ("the hub does not take what it is told"))
BG_SAY (NOT_A_HUB, 0, N_ ("not what a hub says"))
BG_SAY (OWN_HUB_SAYS, 1, N_ ("bamgate-hub: %s"))
BG_SAY (OWN_HUB_EXITED, 1, N_ ("bamgate-hub ended with exit status %s"))
BG_SAY (OWN_HUB_KILLED, 1, N_ ("bamgate-hub was ended by signal %s"))
BG_SAY_TWICE (OWN_HUB_ENDED, 1,
        N_ ("bamgate-hub ended; “journalctl -u %s” says why"),
        N_ ("bamgate-hub ended; the system's log says why, under %s"))
BG_SAY_TWICE (OWN_HUB_ENDS_EARLY, 1,
        N_ ("bamgate-hub ends before it is ready; “journalctl -u %s” says why"),
        N_ ("bamgate-hub ends before it is ready; the system's log says why, under %s"))
BG_SAY (OWN_HUB_LATE, 1, N_ ("bamgate-hub was not ready within %s s"))

/* --- Files of other programs --- */

BG_SAY (SAID_TWICE, 0, N_ ("the same is said a second time"))
BG_SAY (SKIPPED_DEPLOYMENT, 0, N_ ("for deploying to Cloudflare, which is not done here"))
BG_SAY (SKIPPED_RENEWAL, 0, N_ ("tokens that are renewed are not understood: join with an invite"))
BG_SAY (SKIPPED_NAME_SERVERS, 0, N_ ("name servers are not changed"))
BG_SAY (SKIPPED_IGNORED, 0, N_ ("the Go program ignores it too"))
BG_SAY (BAD_IMPORT_TYPE, 0, N_ ("a value of another type than the Go program has"))
BG_SAY (SKIPPED_ACCEPT_ROUTES, 0, N_ ("accept-routes is for all peers, not for one"))
BG_SAY (SKIPPED_UNKNOWN_GO_KEY, 0, N_ ("a key that the Go program does not have"))
BG_SAY (IMPORT_INCOMPLETE, 1,
        N_ ("neither a wg-quick file, nor a config.yml of ngrokd, nor a whole config.toml: %s is missing"))
BG_SAY (IMPORT_WITHOUT_KEY, 0,
        N_ ("device.private_key is missing: newer versions have it in secrets.toml, which has to lie "
            "beside config.toml, and be readable"))
BG_SAY (IN_SECRETS_TOML, 1, N_ ("secrets.toml: %s"))
BG_SAY_TWICE (HAS_KEY_ALREADY, 0,
        N_ ("this machine has a key already, which others may know it by; “--force” replaces it"),
        N_ ("this machine has a key already, which others may know it by; going on replaces it"))
BG_SAY_TWICE (HAS_ADDRESS_ALREADY, 1,
        N_ ("this machine has the address %s already; “--force” replaces it"),
        N_ ("this machine has the address %s already; going on replaces it"))
BG_SAY_TWICE (HAS_PEER_ALREADY, 1,
        N_ ("the peer %s has been imported already; “--force” brings it in line"),
        N_ ("the peer %s has been imported already; going on brings it in line"))
BG_SAY (BAD_IMPORT_ADDRESS, 0, N_ ("Address is not an address with a prefix length"))
BG_SAY (SKIPPED_SECOND_ADDRESS, 0, N_ ("the interface has one address of each kind"))
BG_SAY (BAD_IMPORT_ALLOWED_IPS, 0, N_ ("AllowedIPs is not a list of addresses"))
BG_SAY (SKIPPED_DEFAULT_ROUTE, 0, N_ ("packets are taken, but no default route is set for it"))
BG_SAY (SKIPPED_TABLE, 0, N_ ("routes are those of the peers' AllowedIPs, in the main table"))
BG_SAY_TWICE (SKIPPED_SAVE_CONFIG, 0,
        N_ ("settings are saved when bamgatectl changes them"),
        N_ ("settings are saved whenever they are changed"))
BG_SAY (SKIPPED_COMMAND, 0, N_ ("commands are not run"))
BG_SAY (SKIPPED_MARK, 0, N_ ("packets carry no mark"))
BG_SAY (BAD_IMPORT_LINE, 0, N_ ("neither a section, KEY = VALUE nor a comment"))
BG_SAY (IMPORT_KEY_TOO_EARLY, 0, N_ ("a key before the first section"))
BG_SAY (SKIPPED_UNKNOWN_KEY, 0, N_ ("a key that wg-quick does not have"))
BG_SAY (IMPORT_PEER_WITHOUT_KEY, 0, N_ ("[Peer] has no PublicKey"))
BG_SAY (BAD_IMPORT_SECTION, 0, N_ ("a section that is neither [Interface] nor [Peer]"))
BG_SAY (NAMED_TWICE, 1, N_ ("%s is said a second time"))
BG_SAY (BAD_IMPORT_KEY, 1, N_ ("%s is not a WireGuard key (44 characters of base64)"))
BG_SAY (IMPORT_TOO_LARGE, 0, N_ ("the file is larger than 256 KiB"))
BG_SAY (IMPORT_NOT_UTF8, 0, N_ ("the file is not UTF-8"))
BG_SAY (BAD_IMPORT_YAML, 1, N_ ("that is no YAML: %s"))
BG_SAY (BAD_IMPORT_YAML_SHAPE, 0, N_ ("that is not how ngrokd writes its settings"))
BG_SAY (BAD_IMPORT_YAML_DEPTH, 0, N_ ("it is nested deeper than any setting of ngrokd"))
BG_SAY (BAD_IMPORT_YAML_ALIAS, 0, N_ ("an alias (“*”): write out what it stands for"))
BG_SAY (BAD_IMPORT_YAML_SECOND, 0, N_ ("a second document"))
BG_SAY (BAD_IMPORT_OVERRIDE, 0, N_ ("not a name of endpoints and where they are to be had"))
BG_SAY (SKIPPED_SELECTOR, 0, N_ ("one expression says which endpoints are wanted: the first stands"))
BG_SAY (SKIPPED_OTHERWISE, 0, N_ ("bamgate has a way of its own for that"))
BG_SAY (SKIPPED_REGISTRATION, 0,
        N_ ("this machine registers as another one; what ngrokd registered stays in the account until it is removed there"))
BG_SAY (SKIPPED_UNKNOWN_NGROKD_KEY, 0, N_ ("a key that ngrokd does not have"))
BG_SAY_TWICE (HAS_API_KEY_ALREADY, 0,
        N_ ("this machine has another API key of the account already; “--force” replaces it"),
        N_ ("this machine has another API key of the account already; going on replaces it"))

/* --- The daemon's own places --- */

BG_SAY (LOCKED_BY_PROCESS, 2, N_ ("another bamgated, process %s, looks after %s already"))
BG_SAY (LOCKED, 1, N_ ("another bamgated looks after %s already"))
BG_SAY (OWN_HUB_DOWN, 2, N_ ("the hub of this machine does not run: %s; %s"))
BG_SAY (OWN_HUB_RESTARTS, 1, N_ ("the hub of this machine does not run: %s; it is started again"))
/* TRANSLATORS: %s is a time of the day or a date. */
BG_SAY (NEXT_ATTEMPT, 1, N_ ("next attempt at %s"))
BG_SAY (ABOUT_SECRET, 4, "%s/%s: %s: %s")
BG_SAY_TWICE (FOREIGN_OWNER, 4,
        N_ ("%s belongs to user %s: run “chown %s %s” if it is ours"),
        N_ ("%1$s belongs to user %2$s rather than to the daemon, which whoever looks after this machine has to put "
            "right"))
BG_SAY_TWICE (OPEN_TO_OTHERS, 4,
        N_ ("%s may be used by others (mode %s): run “chmod %s %s”"),
        N_ ("%1$s may be used by others (mode %2$s), which whoever looks after this machine has to put right"))
BG_SAY (SECRET_IS_LINK, 1, N_ ("%s is a symbolic link, which a secret must not be"))
BG_SAY (SECRET_IS_NO_FILE, 1, N_ ("%s is not a regular file"))
BG_SAY (SECRET_TOO_LARGE, 1, N_ ("%s is larger than 64 KiB"))
BG_SAY (SECRET_IS_NO_TEXT, 2, N_ ("%s/%s is not text"))
BG_SAY (NO_DIRECTORY, 1, N_ ("%s: not a directory of its own"))
BG_SAY (SECRET_CREDENTIAL, 0, N_ ("this device's credential for the hub"))
BG_SAY (BAD_SECRET_NAME, 1, N_ ("“%s” cannot name a secret"))
BG_SAY (NEW_SECRET_TOO_LARGE, 1, N_ ("secret “%s” is larger than 64 KiB"))
BG_SAY (SETTINGS_NOT_SAVED, 2, N_ ("the settings cannot be saved: %s: %s"))
BG_SAY (BAD_PRESHARED_KEY, 1, N_ ("secret %s: not a preshared key"))

/* --- config.toml of the Go program --- */

BG_SAY (TOML_CONTROL_CHARACTER, 0, N_ ("a control character in a comment"))
BG_SAY (TOML_TRAILING, 0, N_ ("something behind what was complete"))
BG_SAY (TOML_BAD_UNICODE, 0, N_ ("a bad \\u in a string"))
BG_SAY (TOML_NO_CHARACTER, 0, N_ ("a \\u that is no character"))
BG_SAY (TOML_BAD_ESCAPE, 0, N_ ("an escape that TOML does not have"))
BG_SAY (TOML_LONG_STRING, 0, N_ ("strings over several lines are not understood here"))
BG_SAY (TOML_OPEN_STRING, 0, N_ ("a string that does not end, or has a control character"))
BG_SAY (TOML_BAD_LINE, 0, N_ ("neither a table, a key nor a comment"))
BG_SAY (TOML_BAD_VALUE, 0, N_ ("a value that is not understood here"))
BG_SAY (TOML_BAD_ITEM, 0, N_ ("an array of something else than strings is not understood here"))
BG_SAY (TOML_OPEN_ARRAY, 0, N_ ("an array without “,” or “]” behind an item"))
BG_SAY (TOML_KEY_ALONE, 0, N_ ("a key without “=” behind it"))
BG_SAY (TOML_BAD_TABLE, 0, N_ ("a table's name that is not understood here"))

/* --- A tunnel that is up --- */

BG_SAY (UDP_PORT_FAILED, 2, N_ ("UDP port %s: %s"))
BG_SAY (UDP_PORT_STAYS, 3, N_ ("UDP port %s: %s; %s stays in use"))
BG_SAY (METRICS_NOT_SERVED, 2, N_ ("no metrics at %s: %s"))
BG_SAY (INTERFACE_FAILED, 2, N_ ("interface %s: %s"))
BG_SAY (UDP_PORT_IN_USE, 1, N_ ("UDP port %s is in use"))
BG_SAY (INTERFACE_GONE, 3, N_ ("interface %s was taken away: %s; %s"))
BG_SAY (INTERFACE_BROKEN, 3, N_ ("interface %s cannot be set up: %s; %s"))
BG_SAY (INTERFACE_COMES_BACK, 1, N_ ("interface %s was taken away, it is made again"))
BG_SAY (OVERLAP_WITHOUT_TUNNEL, 4,
        N_ ("the tunnel's network %s overlaps %s on %s, which goes first; %s, so there is no tunnel in "
            "this network"))
BG_SAY (OVERLAP, 3,
        N_ ("the tunnel's network %s overlaps %s on %s, which goes first; peers are reached there as long"
            " as nothing else has their addresses"))
BG_SAY (ROUTES_FAILED, 1, N_ ("routes: %s"))
BG_SAY (EXIT_WITHOUT_NAMES, 1, N_ ("exit “%s” offers no name servers, so names outside of the network are not found: set device.dns on that machine"))
BG_SAY_TWICE (DOMAIN_IS_PUBLIC, 3,
        N_ ("names that end in “%s”, which this peer offers to know, belong to many and are not asked of it: “bamgatectl peers set %s --accept-search=%s” does"),
        N_ ("names that end in “%1$s”, which this peer offers to know, belong to many and are not asked of it, unless it is chosen by name"))
BG_SAY_TWICE (RESOLVER_PORT_TAKEN, 2,
        N_ ("questions about names cannot be answered at %s, where %s has port 53: let it listen at other addresses, or leave it the port with “bamgatectl config set dns.resolver=false”"),
        N_ ("questions about names cannot be answered at %s, where %s has port 53: let it listen at other addresses, or leave it the port with the setting “dns.resolver”"))
BG_SAY_TWICE (RESOLVER_TCP_TAKEN, 2,
        N_ ("questions about names by TCP are not answered at %s, since %s listens at port 53 of all addresses: let it listen at its own (dnsmasq: bind-dynamic), or leave it the port with “bamgatectl config set dns.resolver=false”"),
        N_ ("questions about names by TCP are not answered at %s, since %s listens at port 53 of all addresses: let it listen at its own (dnsmasq: bind-dynamic), or leave it the port with the setting “dns.resolver”"))
BG_SAY (RESOLVER_TCP, 2, N_ ("questions about names by TCP are not answered at %s: %s"))
BG_SAY (RESOLVER_PORT, 2, N_ ("questions about names cannot be answered at %s, port 53: %s"))
BG_SAY_TWICE (SUFFIX_REFUSED, 2,
        N_ ("the network wants names to end in “%s”, which could be somebody's: “bamgatectl config set dns.suffix=%s” agrees"),
        N_ ("the network wants names to end in “%1$s”, which could be somebody's: it may if the setting “dns.suffix” says so"))
BG_SAY (BAD_SUFFIX, 1, N_ ("“%s” is no domain that names could end in, as in bamgate.internal"))
BG_SAY (NAMES_MEET_IN_DNS, 2, N_ ("in DNS the names “%s” and “%s” are one: rename one of the two"))
BG_SAY_TWICE (NO_NETWORK, 0,
        N_ ("this machine is in no network yet: run “bamgatectl setup” or “bamgatectl join”"),
        N_ ("this machine is in no network yet: “Join a Network” and “Make a New Network” are in the main menu"))
BG_SAY_TWICE (NO_DEVICE_KEY, 1,
        N_ ("there is no device-key among the secrets in %s"),
        N_ ("this machine's key is missing among the secrets in %s: leave the network, and join it again"))
BG_SAY (NOT_ENCRYPTED, 1, N_ ("%s is not encrypted: the token travels readable"))
BG_SAY (CONNECTING_TO_HUB, 0, N_ ("connecting to the hub"))

/* --- Steps on the way up, before what went wrong --- */

BG_SAY (STEP_SETTINGS, 0, N_ ("settings"))
BG_SAY (STEP_SECRETS, 0, N_ ("secrets"))
BG_SAY (STEP_LOCK, 0, N_ ("lock"))
BG_SAY (STEP_LEFTOVERS, 0, N_ ("leftovers"))
BG_SAY (STEP_INTERFACE, 0, N_ ("interface"))
BG_SAY (STEP_DATA_PLANE, 0, N_ ("data plane"))
BG_SAY (STEP_CONFIGURATION_SOCKET, 0, N_ ("configuration socket"))
BG_SAY (STEP_NETWORKS, 0, N_ ("networks"))
BG_SAY (STEP_ADDRESSES, 0, N_ ("addresses"))
BG_SAY (STEP_GUARD, 0, N_ ("guard"))
BG_SAY (STEP_HUB, 0, N_ ("hub"))
BG_SAY (STEP_LINE, 0, N_ ("line to the hub"))
BG_SAY (STEP_PEERS, 0, N_ ("peers"))
BG_SAY (STEP_SIGNALING, 0, N_ ("signaling"))

/* --- The bus --- */

BG_SAY (STATISTICS_TOO_OFTEN, 2, N_ ("statistics interval %s ms: at least %s"))
BG_SAY (SYSTEMD_ANSWER, 0, N_ ("systemd says something else"))
BG_SAY (NO_JOB, 0, N_ ("there is no job"))
BG_SAY (DAEMON_STOPS, 0, N_ ("the daemon is stopping"))
BG_SAY (NO_SUCH_ERROR, 0, N_ ("no such error was given to this program"))
BG_SAY (PEER_HAS_GONE, 0, N_ ("the peer has gone"))
BG_SAY (ENDPOINT_HAS_GONE, 0, N_ ("the endpoint has gone"))
BG_SAY (ROOT_ONLY, 1, N_ ("only root may do this, because polkit cannot be asked: %s"))
BG_SAY (AUTHENTICATION_WITHOUT_AGENT, 1,
        N_ ("authentication is needed and no agent is there to ask for it (%s)"))
BG_SAY (AUTHENTICATION_NOT_ALLOWED, 1,
        N_ ("authentication is needed and the call did not allow to ask (%s)"))
BG_SAY (AUTHENTICATION_DISMISSED, 0, N_ ("the authentication was dismissed"))
BG_SAY (NOT_ALLOWED, 0, N_ ("polkit does not allow this to the caller"))
BG_SAY (CALLER_UNKNOWN, 0, N_ ("the bus does not say who calls"))
BG_SAY (RIGHTS_UNKNOWN, 0, N_ ("the daemon cannot tell who may call this"))
BG_SAY (OWN_OF_ANOTHER, 0, N_ ("this daemon is another user's own"))
BG_SAY (NOBODY_MAY, 0, N_ ("nobody may call this method"))

/* --- The exit --- */

BG_SAY (EXIT_UNKNOWN, 1, N_ ("nothing goes out: no peer %s is known, which is chosen as exit"))
BG_SAY (EXIT_NOT_OFFERED, 1, N_ ("nothing goes out: the exit %s does not offer to be one"))
BG_SAY (EXIT_WITHOUT_ADDRESS, 1,
        N_ ("nothing goes out: this machine has no tunnel address of a family that the exit %s carries"))
BG_SAY (EXIT_NOT_CONNECTED, 1, N_ ("nothing goes out: the exit %s is not connected"))
/* TRANSLATORS: the second %s says why it is not connected. */
BG_SAY (EXIT_AWAY, 2, N_ ("nothing goes out: the exit %s is not connected: %s"))
BG_SAY (EXIT_BLOCKS_IPV6, 1, N_ ("IPv6 is blocked: it does not go through the exit %s"))
BG_SAY (EXIT_BLOCKS_IPV4, 1, N_ ("IPv4 is blocked: it does not go through the exit %s"))
/* TRANSLATORS: %s says why. */
BG_SAY (STRICT_FAILED, 1, N_ ("packets can leave beside the exit: %s"))
/* TRANSLATORS: %s says why. */
BG_SAY (STRICT_STAYS, 1, N_ ("nothing leaves this machine, though no exit is chosen: %s"))
BG_SAY_TWICE (EXIT_SHUT, 1,
        N_ ("nothing goes out without the tunnel to %s: bring it up, or end that with “bamgatectl exit set none”"),
        N_ ("nothing goes out without the tunnel to %s: turn it on, or choose no exit"))
BG_SAY (NO_SUCH_EXIT, 1, N_ ("no peer %s is known"))
BG_SAY_TWICE (NO_EXIT_OFFERED, 1,
        N_ ("%s does not offer to be an exit; to make it one, there: bamgatectl config set device.exit=true"),
        N_ ("%s does not offer to be an exit; it does once that is switched on in its own settings"))

/* --- Interface, addresses, routes --- */

BG_SAY (NO_SUCH_INTERFACE, 1, N_ ("interface %s does not exist"))
BG_SAY (ADDRESS_FAILED, 2, N_ ("address %s: %s"))
BG_SAY (RULE_FAILED, 2, N_ ("policy rule %s: %s"))
BG_SAY (ROUTE_FAILED, 2, N_ ("route %s: %s"))
BG_SAY (WATCH_FAILED, 1, N_ ("cannot watch an interface: %s"))
BG_SAY (NETLINK_FAILED, 1, N_ ("cannot open a netlink socket: %s"))
BG_SAY (NFT_MISSING, 1, N_ ("this kernel has no packet filter (nf_tables): %s"))
/* TRANSLATORS: %s is what the kernel says, in English. */
BG_SAY (NFT_FAILED, 1, N_ ("the packet filter (nf_tables) refuses: %s"))
BG_SAY (FIREWALL_FAILED, 1, N_ ("the networks behind this machine cannot be reached through it: %s"))
/* TRANSLATORS: the name of a chain, that of its table, and an interface. */
BG_SAY (FIREWALL_BLOCKS, 3,
        N_ ("this machine's firewall drops what goes to and from the networks behind it: chain %s of table %s, which no "
            "other table can overrule, has to accept what comes in and goes out by %s"))
/* TRANSLATORS: %s is an interface. */
BG_SAY_TWICE (FIREWALLD_BLOCKS, 1,
        N_ ("firewalld drops what goes to and from the networks behind this machine, and lets nobody else change its "
            "rules: run “firewall-cmd --permanent --zone=trusted --add-interface=%s” and “firewall-cmd --reload”"),
        N_ ("firewalld drops what goes to and from the networks behind this machine, and lets nobody else change its "
            "rules: put the interface %s into its zone “trusted”"))
/* TRANSLATORS: what the system says about a file. */
BG_SAY (FORWARDING_FAILED, 1, N_ ("the networks behind this machine cannot all be reached through it: forwarding cannot be switched on: %s"))
BG_SAY (WITH_DETAIL, 2, "%s (%s)")
BG_SAY (NETWORKS_FAILED, 1, N_ ("networks of this machine: %s"))
/* TRANSLATORS: %s is another message, such as “systemd-resolved: access denied”. */
BG_SAY (DNS_NOT_TOLD, 1, N_ ("this machine's resolver does not know the names of peers: %s"))
/* TRANSLATORS: %s is a program, or the file /etc/hosts. */
BG_SAY_TWICE (DNS_CHANGED_BY_OTHERS, 1,
        N_ ("another program changed what %s knows of the names of peers, which may not be found now; “bamgatectl reload” "
            "tells it again"),
        N_ ("another program changed what %s knows of the names of peers, which may not be found now"))
/* TRANSLATORS: %s is a value of the setting. */
BG_SAY (DNS_NOT_THERE, 1, N_ ("names of peers: dns.manage is “%s”, which this machine does not have or does not use"))
/* TRANSLATORS: %s is an interface. */
BG_SAY (DNS_ADDRESS_UNSEEN, 1, N_ ("the address of %s is not seen yet"))
BG_SAY (NETWORKS_UNWATCHED, 1, N_ ("changes of this machine's networks go unnoticed: %s"))
BG_SAY (NO_TUN, 1,
        N_ ("%s: the kernel offers no TUN devices (load the module “tun”, or pass the device into the "
            "container)"))
BG_SAY_TWICE (INTERFACE_EXISTS, 1,
        N_ ("interface %s exists already: stop the program that made it, or choose another name ([device]"
            " interface)"),
        N_ ("interface %s exists already: stop the program that made it, or choose another name in the settings "
            "(“Name of the Interface”)"))
BG_SAY_TWICE (NO_RIGHT_TO_TUN, 1,
        N_ ("interface %s: making a TUN device needs CAP_NET_ADMIN, which bamgated.service has, and everybody in a network of her "
            "own: unshare --user --map-current-user --keep-caps --net"),
        N_ ("interface %s: the daemon has no right to make a TUN device; that of the system has it"))
BG_SAY (NO_USER_NAMESPACE, 1,
        N_ ("this system lets no ordinary user make a network of her own (%s): the switches kernel.unprivileged_userns_clone, "
            "user.max_user_namespaces and kernel.apparmor_restrict_unprivileged_userns decide about that"))
BG_SAY (NO_TUN_IN_NAMESPACE, 1, N_ ("no TUN device can be made in a network of one's own: %s"))
BG_SAY (GATEWAY_NEEDS_ROOT, 0,
        N_ ("neither networks behind this machine nor its way out can be offered to others: that needs a right of root's, which this "
            "daemon has not"))
BG_SAY (BAD_INTERFACE, 1, N_ ("“%s” cannot name an interface"))
BG_SAY (INTERFACE_VANISHED, 1, N_ ("interface %s vanished at once"))

/* --- Peers: “it” is the peer, or a route of it --- */

BG_SAY_TWICE (ACCEPT_ROUTES_OFF, 0,
        N_ ("device.accept-routes is off"),
        N_ ("“Use Networks Behind Other Machines” is off in the settings"))
BG_SAY_TWICE (ROUTE_NOT_NAMED, 1,
        N_ ("[accept %s] does not name it"),
        N_ ("it is not among what is used of %s"))
BG_SAY (ROUTE_NOT_OFFERED, 0, N_ ("the peer does not offer it"))
BG_SAY (ROUTE_THROUGH, 1, N_ ("it goes through %s"))
BG_SAY (PEER_NOT_CONNECTED, 0, N_ ("the peer is not connected"))
BG_SAY (PEER_KEY_UNUSABLE, 0, N_ ("its public key is no WireGuard key"))
BG_SAY (PEER_CLAIMS_OUR_KEY, 0, N_ ("it claims this machine's own key"))
BG_SAY (PEER_CLAIMS_OUR_ADDRESS, 1, N_ ("it claims this machine's own address %s"))
BG_SAY (PEER_ADDRESS_NO_HOST, 1, N_ ("its address %s is no host of the network"))
BG_SAY (PEER_ADDRESS_OUTSIDE, 1, N_ ("its address %s is outside the network"))
BG_SAY (PEER_WITHOUT_ADDRESS, 0, N_ ("it has no address"))
BG_SAY (PEER_ADDRESS_UNUSABLE, 1, N_ ("its address “%s” is unusable"))
BG_SAY (ROUTE_NO_PREFIX, 0, N_ ("it is no prefix"))
BG_SAY (ROUTE_TOO_BROAD, 0, N_ ("it is too broad"))
BG_SAY (ROUTE_NO_NETWORK, 0, N_ ("it is no network of hosts"))
BG_SAY (ROUTE_OVERLAPS, 0, N_ ("it overlaps this network"))
BG_SAY (ROUTE_IS_OURS, 0, N_ ("this machine offers a network there itself"))
BG_SAY_N (TOO_MANY_ROUTES, 2,
          N_N ("it offers %s route; none is taken above %s",
                "it offers %s routes; none is taken above %s"))
BG_SAY (ROUTE_NOT_TAKEN, 2, N_ ("its route %s is not taken: %s"))
BG_SAY (NOT_ONLINE, 0, N_ ("not online"))
BG_SAY (WAITING_FOR_OFFER, 0, N_ ("waiting for its offer"))
BG_SAY (LINGERING, 0, N_ ("it left the hub; the connection is still alive"))
BG_SAY (ROUTE_OF_ANOTHER, 0, N_ ("another peer has it"))
BG_SAY (PING_UNANSWERED, 0, N_ ("no answer from the peer"))
BG_SAY (PEER_REMOVED, 0, N_ ("the peer was removed"))
BG_SAY (HANDSHAKES_UNANSWERED, 0, N_ ("WireGuard handshakes found no answer"))
BG_SAY (BAD_KNOWN_KEY, 1, N_ ("[%s] public-key: not a WireGuard key"))
BG_SAY (KNOWN_PEERS_FILE, 2, N_ ("known peers %s: %s"))
BG_SAY (KNOWN_PEERS, 1, N_ ("known peers: %s"))
BG_SAY (NO_SUCH_PEER, 1, N_ ("no peer is known by the name “%s”"))
BG_SAY (ABOUT_PEER, 2, N_ ("peer %s: %s"))
BG_SAY (PEERS_SHARE_KEY, 2, N_ ("peer %s: peer %s has the same key"))
BG_SAY (ENDPOINT_IN_TUNNEL, 1,
        N_ ("its endpoint %s is among the addresses that lead into the tunnel, and this machine has no "
            "other way to it"))
/* TRANSLATORS: %s is a date or a time of the day; then the peer's name. */
BG_SAY_TWICE (PEER_KEY_CHANGED, 2,
        N_ ("its key is not the one known since %s; if it was set up anew, run “bamgatectl peers forget "
            "%s”"),
        N_ ("its key is not the one known since %s; if it was set up anew, press “Forget” on its page"))
BG_SAY (PEER_KEY_TAKEN, 1, N_ ("its key is in use by %s"))
BG_SAY (PEER_ADDRESS_TAKEN, 2, N_ ("its address %s is in use by %s"))
/* TRANSLATORS: an address, a peer's name, and that name again in a form for a shell. */
BG_SAY_TWICE (PEER_ADDRESS_KEPT, 3,
        N_ ("its address %s is that of %s, which is away; if that one is gone for good, run “bamgatectl "
            "peers forget %s”"),
        N_ ("its address %s is that of %s, which is away; if that one is gone for good, choose “Forget” in the "
            "menu of its page"))
/* TRANSLATORS: %s is the peer's name in a form for a shell. */
BG_SAY_TWICE (PEER_UNSIGNED, 1,
        N_ ("a message in its name does not prove its key, as it always does; if an older bamgate runs there now, "
            "run “bamgatectl peers forget %s”"),
        N_ ("a message in its name does not prove its key, as it always does; if an older bamgate runs there "
            "now, press “Forget” on its page"))
BG_SAY (CONNECTION_ENDED, 0, N_ ("the connection ended"))
BG_SAY (OFFER_UNANSWERED, 0, N_ ("it does not answer our offer"))
BG_SAY (ANSWER_LATE, 0, N_ ("our answer could not be made in time"))
BG_SAY (NO_WAY, 0, N_ ("no way to it was found"))
BG_SAY (WAY_LOST, 0, N_ ("the way to it was lost"))
BG_SAY (PEER_WITHOUT_KEY, 0, N_ ("it names no public key"))
BG_SAY (PEER_ADDRESS_UNKNOWN, 0, N_ ("the hub named no address of it"))
BG_SAY (PEER_REFUSED, 1, N_ ("the peer is refused: %s"))
BG_SAY (PEER_NOT_ONLINE, 0, N_ ("the peer is not online"))
BG_SAY (PEER_IS_STATIC, 0, N_ ("the peer is in the configuration; remove it there"))
BG_SAY (OUTSIDE_HUB, 1, N_ ("the hub is at %s"))
BG_SAY (OUTSIDE_STUN, 1, N_ ("a STUN server is at %s"))
BG_SAY (OUTSIDE_TURN, 1, N_ ("a TURN server is at %s"))
BG_SAY (OUTSIDE_PEER, 2, N_ ("peer %s is reached at %s"))
BG_SAY (IN_LOCAL_NETWORK, 2, N_ ("this machine is in %s on %s"))
BG_SAY (IS_ROUTER, 2, N_ ("%s is a router on %s"))
BG_SAY (NAME_WITHOUT_ADDRESS, 0, N_ ("no address"))
BG_SAY (ENDPOINT_WITHOUT_INTERFACE, 1, N_ ("there is no interface %s"))
BG_SAY (ABOUT_ENDPOINT, 1, N_ ("endpoint: %s"))

/* --- The line to the hub --- */

BG_SAY (HUB_PIN_BAD, 0, N_ ("the hub's pin is not a SHA-256 digest in base64 (44 characters)"))
BG_SAY (HUB_PIN_WITHOUT_TLS, 0,
        N_ ("the hub's pin is of no use without TLS (https, wss), by which the hub shows its key"))
BG_SAY (HUB_URL_SCHEME, 1, N_ ("the hub's URL begins with “%s”, which is none of wss, https, ws and http"))
BG_SAY (HUB_URL_EMPTY, 0, N_ ("the hub's URL is empty"))
BG_SAY (HUB_URL_BLANKS, 0, N_ ("the hub's URL has blanks in it"))
BG_SAY (HUB_URL_CHARACTERS, 0, N_ ("the hub's URL has characters that a URL cannot have"))
BG_SAY (HUB_URL_BAD, 1, N_ ("the hub's URL: %s"))
BG_SAY (HUB_URL_WITHOUT_HOST, 0, N_ ("the hub's URL names no host"))
BG_SAY (HUB_URL_WITH_USER, 0, N_ ("the hub's URL has a user name or password, which do not belong there"))
BG_SAY (HUB_LATE, 1, N_ ("the hub did not answer within %s s"))
BG_SAY (MOVED_ELSEWHERE, 1, N_ ("the network has moved already, to %s"))
BG_SAY (HUB_MOVED_TO, 1, N_ ("the network has moved to another hub, %s"))
BG_SAY (MOVED_TO_NOWHERE, 1, N_ ("the hub sends this machine on to %s, where no network is found: ask for another invite"))
BG_SAY (MOVED_IN_THE_OPEN, 1,
        N_ ("the network has moved to %s, says the hub, and since one of both is not encrypted anybody on the way could have said so: ask for "
            "another invite"))
BG_SAY (LOG_NAMES_OTHER_HUB, 0,
        N_ ("the hub sent this machine on to another one, and no owner of the network signed that it is there: ask for another invite"))
BG_SAY (HUB_CANNOT_GO, 0, N_ ("the hub of the network is an older one, from which none can move: bring it up to date"))
BG_SAY (NEW_HUB_CANNOT_TAKE, 0, N_ ("there is no hub at the new address, or an older one, to which no network can move"))
BG_SAY (NEW_HUB_REFUSES_TOKEN, 0, N_ ("the new hub refuses the token: it takes its own, which it made when it was started first"))
BG_SAY (NEW_HUB_REFUSES, 1, N_ ("the new hub does not take the network: %s"))
BG_SAY (HUB_REFUSES_MOVE, 1, N_ ("the hub of the network does not let it go: %s"))
BG_SAY (NEW_HUB_KEPT_OTHERS, 0, N_ ("the new hub has kept something else than it was given: nothing has moved"))
BG_SAY (NETWORK_KEEPS_CHANGING, 0, N_ ("the network changed each time that it was read: try again in a while"))
BG_SAY (MOVE_NEEDS_URL_AND_TOKEN, 0, N_ ("a network moves to a hub by its URL and with its token"))
BG_SAY (MOVED_BUT_NOT_WRITTEN, 1, N_ ("the network has moved to %s, but this machine cannot write that into its settings"))
BG_SAY (INVITE_UNKNOWN, 0, N_ ("the invite code is unknown or was used: ask for another invite"))
BG_SAY (INVITE_EXPIRED, 0, N_ ("the invite code has expired: ask for another invite"))
BG_SAY_TWICE (TOKEN_REGISTERS_NOBODY, 0,
        N_ ("the hub lets no further machine in by its token: make an invite on a machine that is in the network (“bamgatectl invite”), and join with it"),
        N_ ("the hub lets no further machine in by its token: make an invite on a machine that is in the network, and join with it"))
BG_SAY_TWICE (KEY_PUT_OUT, 0,
        N_ ("an owner put this machine out of the network, and its key is never taken again: “bamgatectl leave” here ends with a new one, then join with another invite"),
        N_ ("an owner put this machine out of the network, and its key is never taken again: leave the network here, then join with another invite"))
BG_SAY_TWICE (ADDRESS_OF_ANOTHER, 1,
        N_ ("the address %s of this machine is none of the hub's network, or another machine's: “bamgatectl leave” here, then join with an invite, gives it a free one; or an owner puts the other one out (“bamgatectl devices revoke”)"),
        N_ ("the address %s of this machine is none of the hub's network, or another machine's: leave the network here and join with an invite, or have an owner put the other one out"))
BG_SAY_TWICE (TOO_MANY_DEVICES, 0,
        N_ ("the network has as many machines as the hub keeps, or too many wait for an owner: an owner has to approve or revoke some of them (“bamgatectl devices”)"),
        N_ ("the network has as many machines as the hub keeps, or too many wait for an owner, who has to approve or put out some of them"))
/* TRANSLATORS: the first %s is what the hub says, in English; the second the number of an HTTP status. */
BG_SAY (HUB_REFUSED_SAYING, 2, N_ ("the hub refused: %s (HTTP %s)"))
BG_SAY (KEY_NOT_PROVED, 0, N_ ("the hub did not take the proof that this machine's key is its own: try again"))
BG_SAY (HUB_IS_ELSEWHERE, 1,
        N_ ("the hub goes by the name “%s”, and takes in nobody who means another: use that one, or have the hub started with "
            "this one's URL as its public URL"))
BG_SAY (NO_FREE_ADDRESS, 0, N_ ("the network has no free address left"))
BG_SAY (TOO_MANY_ATTEMPTS, 1, N_ ("too many attempts: try again in %s s"))
BG_SAY (NOT_AS_A_HUB, 0, N_ ("a server answers there, but not as a bamgate hub does"))
BG_SAY (HUB_ANSWER_BAD, 1, N_ ("the hub's answer has no usable “%s”"))
BG_SAY_TWICE (NO_SUCH_INVITE, 0,
        N_ ("there is no such invite, and was none in the last day: “bamgatectl invite list” shows those that are open"),
        N_ ("there is no such invite, and was none in the last day"))
BG_SAY (HUB_WITHOUT_INVITES, 0,
        N_ ("the hub does not list its invites: it is older than that, or another program; a code ends by itself, mostly after ten minutes"))
BG_SAY (INVITE_BAD, 0, N_ ("an invite code has eight letters or digits, such as ABCD-EFGH: take it whole from the line of the invite"))
BG_SAY (DEVICE_WAITS, 0,
        N_ ("this device waits for an owner of the network, who has to approve it"))
BG_SAY (DEVICE_REVOKED, 0,
        N_ ("this device was put out of the network: it needs another invite to come back"))
BG_SAY (CREDENTIAL_EXPIRED, 0,
        N_ ("this device was away for more than 30 days, so that the hub lets it in no more: join again with an invite"))
BG_SAY (CREDENTIAL_UNKNOWN, 0,
        N_ ("the hub does not know what this device shows it: join again with an invite"))
BG_SAY (HUB_WITHOUT_DEVICES, 0,
        N_ ("the hub keeps no list of devices: it is older than that, or another program"))
BG_SAY (NO_SUCH_DEVICE, 0, N_ ("the hub knows no such device"))
BG_SAY (NOT_AN_OWNER, 0, N_ ("this device does not manage the network: an owner's device does"))
BG_SAY (DEVICE_NAME_TAKEN, 0, N_ ("another device of the network has this name"))
BG_SAY (DEVICE_IS_OUT, 0, N_ ("this device is in the network no more"))
BG_SAY (LOG_DECIDES, 0, N_ ("the network is signed: an entry of its log, which an owner signs, decides that"))
BG_SAY (OWN_DEVICE_STAYS, 0, N_ ("a device does not put itself out of the network: it leaves"))
BG_SAY (LINE_OFFLINE, 0, N_ ("signalling: not online"))
BG_SAY (LINE_MESSAGE_TOO_LONG, 1, N_ ("signalling: a message of %s bytes is above the limit"))
BG_SAY (TOKEN_BAD, 0, N_ ("token: unusable characters"))
/* TRANSLATORS: %s is the number of an HTTP status. */
BG_SAY (HUB_REFUSED_TOKEN, 1, N_ ("the hub refused the token (HTTP %s)"))
BG_SAY (HUB_BARS_DEVICE, 1, N_ ("the hub does not let this device in (HTTP %s)"))
BG_SAY (PROXY_REFUSES, 1, N_ ("the proxy wants another user and password (HTTP %s)"))
BG_SAY (HUB_MOVED, 1, N_ ("the network has moved to another hub, which is being looked for (HTTP %s)"))
BG_SAY (HUB_NOT_THERE, 1, N_ ("there is no hub at this address (HTTP %s)"))
BG_SAY (HUB_WANTS_WEBSOCKET, 1, N_ ("the hub wants a WebSocket (HTTP %s)"))
BG_SAY (HUB_ASKS_FOR_PATIENCE, 1, N_ ("the hub asks for patience: too many attempts (HTTP %s)"))
BG_SAY (HUB_BUSY, 1, N_ ("the hub is full or busy (HTTP %s)"))
BG_SAY (HUB_FAILED, 1, N_ ("the hub failed (HTTP %s)"))
BG_SAY (HUB_REDIRECTS, 1,
        N_ ("the hub's address redirects elsewhere, which is not followed: say the other one (HTTP %s)"))
BG_SAY (NO_HUB_ANSWERS, 1, N_ ("a server answers there, but it is no hub (HTTP %s)"))
BG_SAY (HUB_REFUSED, 1, N_ ("the hub refused (HTTP %s)"))
BG_SAY (HUB_KEY_DIFFERS, 0,
        N_ ("the hub shows another key than the pinned one (if it has a new one, join again with a new "
            "invite)"))
BG_SAY (HUB_NOT_TRUSTED, 0,
        N_ ("the certificate of the hub is not trusted (one that it made itself needs its pin: "
            "#sha256=PIN behind the URL)"))
BG_SAY (HUB_UNRESOLVED, 1, N_ ("the hub cannot be reached: its name “%s” cannot be resolved"))
BG_SAY (HUB_REFUSES_CONNECTION, 1,
        N_ ("the hub cannot be reached: nothing listens at “%s” (connection refused)"))
BG_SAY (HUB_UNREACHABLE, 1, N_ ("the hub cannot be reached: %s"))
BG_SAY (HUB_LOST, 0, N_ ("the connection to the hub was lost"))
BG_SAY (HUB_CLOSED, 1, N_ ("the hub closed the connection (%s)"))
BG_SAY (HUB_CLOSED_SAYING, 2, N_ ("the hub closed the connection: %s (%s)"))
BG_SAY (HUB_SILENT, 0, N_ ("the hub fell silent"))
BG_SAY (HUB_IGNORES_JOIN, 0, N_ ("the hub did not answer our join"))
BG_SAY (HUB_NOT_IN_TIME, 0, N_ ("the hub did not answer in time"))
/* TRANSLATORS: %s is another message of this program, such as “the hub refused the token (HTTP 401)”. */
BG_SAY (RELAY_FAILS, 1, N_ ("the hub's relay cannot be used: %s"))
/* TRANSLATORS: %s is the number of an error of the protocol TURN. */
BG_SAY (RELAY_REFUSES, 1, N_ ("the hub's relay has no place for this device (error %s)"))
BG_SAY (RELAY_OVER_CEILING, 0,
        N_ ("the hub's relay has passed on as much as its owner allows; it does so again when the day or the month is over"))
BG_SAY (RELAY_REFUSES_SECRET, 0,
        N_ ("the hub's relay refuses the secret “turn-secret”: it is another network's, or an old one"))
BG_SAY_TWICE (RELAY_FORCED_AND_ABSENT, 0,
        N_ ("ice.force-relay is set, but the hub has no relay and ice.turn-servers is empty"),
        N_ ("“Relays Only” is on in the settings, but the hub has no relay and “TURN Servers (Relays)” is empty"))
BG_SAY_TWICE (NAME_IS_REGISTERED, 1,
        N_ ("the hub knows this machine as “%s”, and lets it in under no other name: an owner of the network gives it another one with “bamgatectl devices rename”"),
        N_ ("the hub knows this machine as “%s”, and lets it in under no other name: an owner gives it another one in the list of machines of the network"))
BG_SAY (JOINING_AGAIN, 0, N_ ("joining the hub again"))
BG_SAY (LINE_STOPPED, 0, N_ ("stopped"))
BG_SAY (GOING_TO_ANOTHER_HUB, 0, N_ ("going to another hub"))

/* --- Transports --- */

BG_SAY (NO_DIRECT_PATH, 1, N_ ("no direct path: %s"))
BG_SAY (CANDIDATE_BAD, 1, N_ ("candidate: %s"))
BG_SAY (SDP_BAD, 1, N_ ("session description: %s"))
BG_SAY (SDP_TWICE, 1, N_ ("session description: two lines a=%s"))
BG_SAY (SDP_LINE_BAD, 2, N_ ("session description: %s a=%s"))
BG_SAY (GSTREAMER_ELEMENT_MISSING, 2, N_ ("GStreamer element “%s” is missing: install %s"))
BG_SAY (GSTREAMER_WITHOUT_WEBRTC, 0, N_ ("GStreamer cannot make a webrtcbin"))
BG_SAY (GSTREAMER_DOES_NOT_START, 0, N_ ("GStreamer's WebRTC pipeline does not start"))
BG_SAY (SESSION_CLOSED_EARLY, 0, N_ ("the peer closed the session before it was open"))
BG_SAY (SESSION_CERTIFICATE_DIFFERS, 0,
        N_ ("the peer's certificate is not the one in its session description"))
BG_SAY (SESSION_TOO_MANY_CHANNELS, 0, N_ ("the peer opens one data channel after another"))
BG_SAY (SESSION_WITHOUT_CHANNEL, 0, N_ ("webrtcbin makes no data channel"))
BG_SAY (SESSION_OVER, 0, N_ ("the session is over"))
BG_SAY (SDP_TOO_EARLY, 0, N_ ("an answer before the offer"))
BG_SAY (SDP_WITHOUT_ROLE, 0, N_ ("session description: an answer must choose its DTLS role"))
BG_SAY (SDP_OTHER_MID, 0, N_ ("session description: the answer has another mid than the offer"))
BG_SAY (SDP_SMALL_MESSAGES, 0, N_ ("session description: the peer takes no message of 1184 bytes"))
BG_SAY (SDP_OTHER_SESSION, 0, N_ ("session description: of another session than this one"))
BG_SAY (SDP_NOT_ACCEPTED, 0, N_ ("session description: not accepted"))
BG_SAY (CANDIDATE_UNUSABLE, 0, N_ ("candidate: unusable address"))
BG_SAY (CANDIDATE_IN_TUNNEL, 0, N_ ("candidate: address inside the tunnel"))
BG_SAY (CANDIDATE_LOOPBACK, 0, N_ ("candidate: loopback address"))
BG_SAY (SESSION_CHANNEL_LATE, 0, N_ ("the data channel did not open in 30 s"))
BG_SAY (SESSION_NO_WAY_FOUND, 0, N_ ("no way to the peer found in 30 s"))
BG_SAY (SESSION_WAY_LOST, 0, N_ ("the way to the peer is lost"))
BG_SAY (SESSION_NO_WAY, 0, N_ ("no way to the peer"))
BG_SAY (SDP_ANSWER_EXPECTED, 0, N_ ("an answer was expected"))
BG_SAY (SDP_OFFER_EXPECTED, 0, N_ ("an offer was expected"))

/* --- The socket of wg(8) --- */

BG_SAY (SOCKET_PATH_TOO_LONG, 1, N_ ("%s: too long for a socket"))
BG_SAY (SOCKET_PATH_EXISTS, 1, N_ ("%s: it exists, and is not the socket of a program that is gone"))

#include "common/words-doctor.h"
#include "common/words-services.h"
#include "common/words-endpoints.h"
#include "common/words-files.h"

/* --- Secrets and their owners --- */

BG_SAY (HUB_RENAMES_DEVICE, 0, N_ ("going over to the name and address that the hub has for this device"))
BG_SAY (SECRET_TOKEN, 0, N_ ("the hub token"))
BG_SAY (SECRET_DEVICE_KEY, 0, N_ ("the device key"))
BG_SAY (SECRET_OF_TURN, 0, N_ ("the secret of the TURN servers"))
BG_SAY (SECRET_PRESHARED_KEY, 1, N_ ("the preshared key of %s"))
BG_SAY (SECRET_NAMED, 1, N_ ("the secret %s"))
BG_SAY (SECRET_NOT_ASKED_YET, 1, N_ ("%s has not been asked for yet"))
BG_SAY (SECRET_WITHOUT_BUS, 2,
        N_ ("%s is kept by %s, and nobody can be asked while there is no bus"))
BG_SAY (SECRET_NOT_IN_KEYRING, 2,
        N_ ("%s is not in the keyring of %s, where the settings say it is"))
BG_SAY (SECRET_TYPED_WRONG, 1, N_ ("what was typed is not %s: nothing has changed"))
BG_SAY (SECRET_CHANGED_IN_KEYRING, 1,
        N_ ("the keyring does not give %s back as it was: nothing has changed"))
BG_SAY (SECRET_CHANGED_IN_FILE, 0,
        N_ ("the file does not give the secret back as it was: nothing has changed"))
BG_SAY (NO_SUCH_SECRET, 1, N_ ("this machine has no secret “%s”"))
BG_SAY (BAD_SECRET_MOVE, 0, N_ ("a secret can go to “system”, “user” or “ask”"))
BG_SAY (NO_SECRET_OF_NAME, 0, N_ ("this machine has no secret of that name"))
BG_SAY (SECRET_OF_ANOTHER, 2, N_ ("%s belongs to %s, who alone can move it"))
BG_SAY_TWICE (ASKED_WITHOUT_AGENT, 3,
        N_ ("%s is asked of %s, who has no agent here: log in as %s and start the bamgate applet, or run "
            "“bamgatectl agent”"),
        N_ ("%s is asked of %s, who has no program here that could ask: log in as %s and open bamgate"))
BG_SAY_TWICE (KEYRING_WITHOUT_AGENT, 3,
        N_ ("%s is in the keyring of %s, who has no agent here: log in as %s and start the bamgate "
            "applet, or run “bamgatectl agent”"),
        N_ ("%s is in the keyring of %s, who has no program here that could ask it: log in as %s and open bamgate"))
BG_SAY (AGENT_BUS_GONE, 1, N_ ("%s: the bus went away"))
BG_SAY (AGENT_SAID_NO, 2, N_ ("%s: %s said no when asked"))
BG_SAY (KEYRING_LOCKED, 2,
        N_ ("%s: the keyring of %s is locked, and could not be opened: unlock it, and try again"))
BG_SAY (KEYRING_LATE, 0, N_ ("the keyring did not answer in time"))
BG_SAY (AGENT_LATE, 2, N_ ("%s: no answer from %s in time"))
BG_SAY (AGENT_ODD, 2, N_ ("%s: the agent of %s does not answer as it should"))
BG_SAY (AGENT_ANSWER_TOO_LONG, 0, N_ ("an answer of more than 256 KiB"))
