#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The log of members (docs/devices.md) by other means than the core's: entries, what becomes of them, and the derivations of
invites and recovery codes, with pyca/cryptography. Writes membership.json beside itself; --check compares instead."""

import base64
import hashlib
import ipaddress
import json
import pathlib
import random
import struct
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    print("python3-cryptography is not installed")
    sys.exit(77)

FILE = pathlib.Path(__file__).with_suffix(".json")
START = 1_800_000_000
GENESIS, DEVICE, REVOKE, OWNER, DISOWN, INVITE, CANCEL, POLICY, RECOVERY, MOVE, AUTHORITY, NAME = range(12)
ANY, EXIT4, EXIT6 = 1, 2, 4
UNSIGNED = 1


# Keys and derivations

def seed_of(text):
    return hashlib.sha256(text.encode()).digest()


def signer_of(seed):
    return Ed25519PrivateKey.from_private_bytes(seed)


def public(seed):
    return signer_of(seed).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def device_key(text):
    return hashlib.sha256(b"device " + text.encode()).digest()


def derive(secret, info):
    return HKDF(SHA256(), 32, None, info).derive(secret)


def recovery_code(secret):
    text = base64.b32encode(secret + hashlib.sha256(secret).digest()[:2]).decode().rstrip("=")
    return "-".join(text[at:at + 6] for at in range(0, len(text), 6))


def trust(secret, log):
    return base64.urlsafe_b64encode(bytes([1]) + secret + log.id + struct.pack(">I", log.count) + log.head[:16]).decode().rstrip("=")


# Bytes

def text(value):
    return bytes([len(value)]) + value.encode()


def prefix(value):
    network = ipaddress.ip_network(value)
    return bytes([network.version]) + network.network_address.packed + bytes([network.prefixlen])


def listed(items):
    return bytes([len(items)]) + b"".join(items)


def grant(bits=0, routes=()):
    return bytes([bits]) + listed([prefix(route) for route in routes])


def record(who, addresses, granted=grant(), key=None):
    return (key or device_key(who)) + text(who) + listed([prefix(address) for address in addresses]) + granted


def entry(kind, body, number, time, previous, seed):
    covered = struct.pack(">BBHIQ", 1, kind, len(body), number, time) + previous + public(seed) + body
    return covered + signer_of(seed).sign(b"bamgate membership 1\0" + covered)


# What follows from a log

class Refused(Exception):
    pass


def need(condition, verdict):
    if not condition:
        raise Refused(verdict)


def within(part, whole):
    bits, routes = part
    most, networks = whole
    covered = [any(r.version == n.version and r.subnet_of(n) for n in networks) or most & ANY for r in routes]
    return bits & ~most == 0 and all(covered)


class Log:
    def __init__(self):
        self.count, self.time, self.head, self.id = 0, 0, bytes(32), None
        self.policy, self.recovery, self.hub = 0, None, {"number": 0}
        self.members = {}  # key: name, addresses; in the order in which they came
        self.revoked = set()
        self.owners = {}  # signing key: device's key
        self.names, self.authority = {}, (None, b"")  # label: device's key; signing key and certificate
        self.invites = {}  # key: inviter, good until, (bits, routes), name

    def active(self):
        return {key: member for key, member in self.members.items() if key not in self.revoked}

    def put(self, member):
        key, name, addresses = member["key"], member["name"], set(member["addresses"])
        need(key not in self.revoked, "key-spent")
        for other, (taken, _) in self.active().items():
            need(other == key or taken != name, "name-taken")
        for other, (_, taken) in self.active().items():
            need(other == key or not taken & addresses, "address-taken")
        self.members[key] = (name, addresses)

    def take(self, step, data):
        """The step of a story; Refused where the log may not have it."""
        kind, signer = step["kind"], public(step["seed"])
        need(step["number"] == self.count and step["previous"] == self.head, "elsewhere")
        need(step["time"] >= self.time, "too-old")
        if kind == GENESIS:
            self.policy, self.recovery = step["policy"], step["recovery"]
            self.put(step["record"])
            self.owners[signer] = step["record"]["key"]
        elif kind == RECOVERY:
            need(signer == self.recovery, "not-allowed")
            self.put(step["record"])
            self.recovery, self.owners = step["recovery"], {step["key"]: step["record"]["key"]}
        elif kind == DEVICE and signer not in self.owners:
            self.take_invited(step, signer)
        else:
            need(signer in self.owners, "not-allowed")
            self.take_owners(step, signer)
        self.count, self.time = self.count + 1, step["time"]
        self.head = hashlib.sha256(data).digest()
        self.id = self.id or self.head
        self.invites = {key: invite for key, invite in self.invites.items()
                        if invite[1] >= self.time and invite[0] in self.owners}

    def take_invited(self, step, signer):
        need(signer in self.invites, "not-allowed")
        _, until, granted, name = self.invites[signer]
        need(step["time"] <= until, "expired")
        need(step["record"]["key"] not in self.members, "key-spent")
        need(name in ("", step["record"]["name"]) and within(step["record"]["granted"], granted), "beyond-invite")
        self.put(step["record"])
        del self.invites[signer]

    def is_signing(self, key, time):
        return key in self.owners or (key in self.invites and self.invites[key][1] >= time)

    def take_owners(self, step, signer):
        kind, key = step["kind"], step.get("key")
        if kind == DEVICE:
            self.put(step["record"])
        elif kind == REVOKE:
            need(key in self.active(), "unknown")
            need(set(self.owners.values()) != {key}, "last-owner")
            self.revoked.add(key)
            self.names = {name: device for name, device in self.names.items() if device != key}
            self.owners = {owner: device for owner, device in self.owners.items() if device != key}
        elif kind == OWNER:
            need(step["device"] in self.active(), "unknown")
            need(not self.is_signing(key, step["time"]), "key-spent")
            self.owners = {owner: device for owner, device in self.owners.items() if device != step["device"]}
            need(len(self.owners) < 16, "full")
            self.owners[key] = step["device"]
        elif kind == DISOWN:
            need(key in self.owners, "unknown")
            need(len(self.owners) > 1, "last-owner")
            del self.owners[key]
        elif kind == INVITE:
            need(step["until"] >= step["time"], "expired")
            need(not self.is_signing(key, step["time"]), "key-spent")
            need(sum(invite[1] >= step["time"] for invite in self.invites.values()) < 64, "full")
            self.invites[key] = (signer, step["until"], step["granted"], step["name"])
        elif kind == CANCEL:
            need(key in self.invites and self.invites[key][1] >= step["time"], "unknown")
            del self.invites[key]
        elif kind == AUTHORITY:
            self.authority = (signer, step["certificate"])
        elif kind == NAME:
            self.name(step["name"], step["device"])
        elif kind == MOVE:
            self.hub = {"number": step["number"], "url": step["url"], "pin": step["pin"].hex()}
        else:
            self.policy = step["policy"]

    def name(self, name, device):
        if device == bytes(32):
            need(name in self.names, "unknown")
            del self.names[name]
            return
        need(device in self.active(), "unknown")
        need(name not in [taken for taken, _ in self.active().values()], "name-taken")
        need(name in self.names or len(self.names) < 64, "full")
        self.names[name] = device

    def state(self):
        signer, certificate = self.authority
        return {
            "count": self.count, "time": self.time, "policy": self.policy, "id": self.id.hex(), "head": self.head.hex(),
            "recovery": self.recovery.hex(), "hub": self.hub, "certificate": certificate.hex() if signer in self.owners else "",
            "names": [{"name": name, "device": device.hex()} for name, device in self.names.items()],
            "members": [{"key": key.hex(), "name": name, "revoked": key in self.revoked} for key, (name, _) in self.members.items()],
            "owners": [{"key": key.hex(), "device": device.hex()} for key, device in self.owners.items()],
        }


# Stories

class Story:
    """A log, and everything that somebody wanted to put into it."""

    def __init__(self):
        self.log, self.steps, self.time = Log(), [], START

    def who(self, who, addresses, bits=0, routes=(), key=None):
        networks = [ipaddress.ip_network(route) for route in routes]
        return {"key": key or device_key(who), "name": who, "addresses": addresses, "granted": (bits, networks),
                "bytes": record(who, addresses, grant(bits, routes), key)}

    def body_of(self, step):
        kind = step["kind"]
        if kind == GENESIS:
            return step["recovery"] + bytes([step["policy"]]) + step["record"]["bytes"]
        if kind == RECOVERY:
            return step["recovery"] + step["key"] + step["record"]["bytes"]
        if kind == DEVICE:
            return step["record"]["bytes"]
        if kind == OWNER:
            return step["key"] + step["device"]
        if kind == INVITE:
            bits, routes = step["granted"]
            return step["key"] + struct.pack(">Q", step["until"]) + grant(bits, routes) + text(step["name"])
        if kind == MOVE:
            return text(step["url"]) + step["pin"]
        if kind == AUTHORITY:
            return struct.pack(">H", len(step["certificate"])) + step["certificate"]
        if kind == NAME:
            return text(step["name"]) + step["device"]
        return bytes([step["policy"]]) if kind == POLICY else step["key"]

    def say(self, what, kind, seed, expect=None, **fields):
        step = {"kind": kind, "seed": seed, "number": self.log.count, "previous": self.log.head, "time": self.time, **fields}
        data = entry(kind, self.body_of(step), step["number"], step["time"], step["previous"], seed)
        before = dict(vars(self.log))
        vars(self.log).update({name: value.copy() for name, value in before.items() if isinstance(value, (dict, set))})
        verdict = "fits"
        try:
            self.log.take(step, data)
        except Refused as refusal:
            vars(self.log).update(before)
            verdict = str(refusal)
        assert expect in (None, verdict), f"{what}: {verdict}"
        self.steps.append({"what": what, "entry": data.hex(), "verdict": verdict})
        return data

    def begin(self, seed, who="alpha", policy=0):
        return self.say("the first owner", GENESIS, seed, recovery=public(seed_of("recovery")), policy=policy,
                        record=self.who(who, ["10.0.0.1/32", "fd00::1/128"], ANY | EXIT4 | EXIT6))

    def told(self):
        return {"steps": self.steps, "end": self.log.state()}


A, B, C = seed_of("owner A"), seed_of("owner B"), seed_of("owner C")
RESCUE, RESCUE2 = seed_of("recovery"), seed_of("recovery 2")


def invite_seed(number):
    return derive(hashlib.sha256(f"invite {number}".encode()).digest()[:16], b"bamgate invite 1")


def ordinary_story():
    story = Story()
    story.begin(A)
    story.time += 10
    story.say("an invite with a name", INVITE, A, "fits", key=public(invite_seed(1)), until=START + 600, name="bravo",
              granted=(EXIT4, [ipaddress.ip_network("192.168.0.0/16")]))
    story.say("an invite without one", INVITE, A, "fits", key=public(invite_seed(2)), until=START + 600, name="", granted=(0, []))
    story.time += 20
    bravo = story.who("bravo", ["10.0.0.2/32"], EXIT4, ["192.168.1.0/24"])
    story.say("whom it was for", DEVICE, invite_seed(1), "fits", record=bravo)
    story.say("a second with it", DEVICE, invite_seed(1), "not-allowed", record=story.who("charlie", ["10.0.0.3/32"]))
    story.say("another one", DEVICE, invite_seed(2), "fits", record=story.who("charlie", ["10.0.0.3/32"]))
    story.say("an owner more", OWNER, A, "fits", key=public(B), device=device_key("bravo"))
    story.say("a new record of an owner's device", DEVICE, B, "fits", record=story.who("bravo", ["10.0.0.22/32"], ANY))
    story.say("a machine without an invite", DEVICE, B, "fits", record=story.who("delta", ["10.0.0.2/32"]))
    story.say("older programs may in", POLICY, B, "fits", policy=UNSIGNED)
    story.say("a thief's is out", REVOKE, B, "fits", key=device_key("charlie"))
    story.say("its name and address are free", DEVICE, A, "fits",
              record=story.who("charlie", ["10.0.0.3/32"], key=device_key("charlie's next")))
    story.say("a key of the first", OWNER, B, "fits", key=public(C), device=device_key("alpha"))
    story.say("the one before it is none", POLICY, A, "not-allowed", policy=0)
    story.say("nobody signs for bravo", DISOWN, C, "fits", key=public(B))
    story.say("nor does its key", POLICY, B, "not-allowed", policy=0)
    story.say("an invite", INVITE, C, "fits", key=public(invite_seed(3)), until=START + 10_000, name="", granted=(ANY, []))
    story.say("which is over", CANCEL, C, "fits", key=public(invite_seed(3)))
    story.say("somebody had it", DEVICE, invite_seed(3), "not-allowed", record=story.who("echo", ["10.0.0.5/32"]))
    story.say("all owners are lost", RECOVERY, RESCUE, "fits", recovery=public(RESCUE2), key=public(A),
              record=story.who("foxtrot", ["10.0.0.6/32"], ANY))
    story.say("those who were", POLICY, C, "not-allowed", policy=0)
    story.say("the code that was used", RECOVERY, RESCUE, "not-allowed", recovery=public(RESCUE2), key=public(B),
              record=story.who("golf", ["10.0.0.7/32"]))
    story.say("the hub is elsewhere", MOVE, A, "fits", url="https://hub.example:8443", pin=seed_of("pin"))
    story.say("says nobody else", MOVE, C, "not-allowed", url="https://evil.example", pin=bytes(32))
    story.say("whoever is one", REVOKE, A, "fits", key=device_key("alpha"))
    return story


def names_story():
    story = Story()
    story.begin(A)
    bravo, nobody = device_key("bravo"), bytes(32)
    story.say("a device", DEVICE, A, "fits", record=story.who("bravo", ["10.0.0.2/32"]))
    story.say("a stranger's name", NAME, B, "not-allowed", name="wiki", device=bravo)
    story.say("a name", NAME, A, "fits", name="wiki", device=bravo)
    story.say("it goes over", NAME, A, "fits", name="wiki", device=device_key("alpha"))
    story.say("another", NAME, A, "fits", name="shop", device=bravo)
    story.say("a device's own", NAME, A, "name-taken", name="alpha", device=bravo)
    story.say("of nobody", NAME, A, "unknown", name="wiki", device=device_key("charlie"))
    story.say("an owner more", OWNER, A, "fits", key=public(B), device=bravo)
    story.say("who signs for names", AUTHORITY, B, "fits", certificate=b"\x30\x03\x02\x01\x05")
    story.say("somebody else does", AUTHORITY, C, "not-allowed", certificate=b"\x30\x00")
    story.say("the first does", AUTHORITY, A, "fits", certificate=bytes(range(256)) * 3)
    story.say("its name ends with it", REVOKE, A, "fits", key=bravo)
    story.say("which is said twice", NAME, A, "unknown", name="shop", device=nobody)
    story.say("one ends", NAME, A, "fits", name="wiki", device=nobody)
    story.say("one stays", NAME, A, "fits", name="www", device=device_key("alpha"))
    return story


def broken_story():
    story = Story()
    story.begin(A)
    first = story.log.head
    story.time += 100
    bravo = story.who("bravo", ["10.0.0.2/32", "fd00::2/128"])
    story.say("a stranger", DEVICE, B, "not-allowed", record=bravo)
    story.say("the recovery key, for something else", DEVICE, RESCUE, "not-allowed", record=bravo)
    story.say("an owner, for a recovery", RECOVERY, A, "not-allowed", recovery=public(RESCUE), key=public(B), record=bravo)
    story.say("a number too far", DEVICE, A, "elsewhere", record=bravo, number=2)
    story.say("behind another entry", DEVICE, A, "elsewhere", record=bravo, previous=seed_of("another"))
    story.say("before the one before", DEVICE, A, "too-old", record=bravo, time=START - 1)
    story.say("at the same time", DEVICE, A, "fits", record=bravo, time=START)
    story.say("for the head before", DEVICE, A, "elsewhere", record=bravo, number=1, previous=first)
    story.say("a name that is in use", DEVICE, A, "name-taken", record=story.who("alpha", ["10.0.0.3/32"], key=device_key("x")))
    story.say("a name that only looks like it", DEVICE, A, "fits", record=story.who("Alpha", ["10.0.0.3/32"], key=device_key("x")))
    story.say("an address that is in use", DEVICE, A, "address-taken", record=story.who("c", ["10.0.0.4/32", "fd00::2/128"]))
    story.say("one's own name and addresses", DEVICE, A, "fits", record=story.who("bravo", ["fd00::2/128"]))
    story.say("an address that it had", DEVICE, A, "fits", record=story.who("c", ["10.0.0.2/32"]))
    story.say("the last owner", REVOKE, A, "last-owner", key=device_key("alpha"))
    story.say("the last owner's key", DISOWN, A, "last-owner", key=public(A))
    story.say("no device", REVOKE, A, "unknown", key=device_key("nobody"))
    story.say("no owner", DISOWN, A, "unknown", key=public(B))
    story.say("an owner's device that is none", OWNER, A, "unknown", key=public(B), device=device_key("nobody"))
    story.say("one key for two", OWNER, A, "key-spent", key=public(A), device=device_key("bravo"))
    story.say("no invite", CANCEL, A, "unknown", key=public(invite_seed(1)))
    story.say("over before it begins", INVITE, A, "expired", key=public(invite_seed(1)), until=story.time - 1, name="", granted=(0, []))
    story.say("an owner's key as an invite's", INVITE, A, "key-spent", key=public(A), until=story.time, name="", granted=(0, []))
    story.say("good now", INVITE, A, "fits", key=public(invite_seed(1)), until=story.time + 5, name="delta",
              granted=(EXIT6, [ipaddress.ip_network("10.8.0.0/16")]))
    story.say("the same again", INVITE, A, "key-spent", key=public(invite_seed(1)), until=story.time + 9, name="", granted=(0, []))
    story.say("an invite's key as an owner's", OWNER, A, "key-spent", key=public(invite_seed(1)), device=device_key("bravo"))
    one = invite_seed(1)
    story.say("another name", DEVICE, one, "beyond-invite", record=story.who("delt", ["10.0.0.9/32"]))
    story.say("a longer name", DEVICE, one, "beyond-invite", record=story.who("delta2", ["10.0.0.9/32"]))
    for bits, routes in [(EXIT4, []), (ANY, []), (0, ["10.0.0.0/8"]), (0, ["10.9.0.0/16"]), (EXIT6, ["fd00::/64"]), (0, ["0.0.0.0/0"])]:
        story.say("more than it grants", DEVICE, one, "beyond-invite", record=story.who("delta", ["10.0.0.9/32"], bits, routes))
    story.say("a key that is in", DEVICE, one, "key-spent", record=story.who("delta", ["10.0.0.9/32"], key=device_key("bravo")))
    story.say("an address that is in use", DEVICE, one, "address-taken", record=story.who("delta", ["10.0.0.1/32"]))
    story.say("too late", DEVICE, one, "expired", record=story.who("delta", ["10.0.0.9/32"]), time=story.time + 6)
    story.say("something else with it", REVOKE, one, "not-allowed", key=device_key("bravo"))
    story.say("in time", DEVICE, one, "fits", record=story.who("delta", ["10.0.0.9/32"], EXIT6, ["10.8.0.0/24"]), time=story.time + 5)
    story.time += 5
    story.say("out", REVOKE, A, "fits", key=device_key("delta"))
    story.say("twice", REVOKE, A, "unknown", key=device_key("delta"))
    story.say("never again", DEVICE, A, "key-spent", record=story.who("delta", ["10.0.0.9/32"]))
    story.say("nor as an owner's", OWNER, A, "unknown", key=public(B), device=device_key("delta"))
    story.say("nor to recover", RECOVERY, RESCUE, "key-spent", recovery=public(RESCUE2), key=public(B),
              record=story.who("delta", ["10.0.0.9/32"]))
    story.say("an owner more", OWNER, A, "fits", key=public(B), device=device_key("bravo"))
    story.say("its invite", INVITE, B, "fits", key=public(invite_seed(2)), until=story.time + 99, name="", granted=(0, []))
    story.say("who is out", REVOKE, A, "fits", key=device_key("bravo"))
    story.say("invites nobody any more", DEVICE, invite_seed(2), "not-allowed", record=story.who("e", ["10.0.0.10/32"]))
    story.say("an invite", INVITE, A, "fits", key=public(invite_seed(3)), until=story.time + 1, name="", granted=(0, []))
    story.say("and its end", POLICY, A, "fits", policy=0, time=story.time + 2)
    story.time += 2
    story.say("which is remembered by nobody", CANCEL, A, "unknown", key=public(invite_seed(3)))
    return story


def full_story():
    story = Story()
    story.begin(A)
    for number in range(16):
        story.say("a device", DEVICE, A, "fits", record=story.who(f"device-{number}", [f"10.0.1.{number}/32"]))
        story.say("its key", OWNER, A, "full" if number == 15 else "fits", key=public(seed_of(f"owner {number}")),
                  device=device_key(f"device-{number}"))
    story.say("another key of one", OWNER, A, "fits", key=public(B), device=device_key("device-0"))
    for number in range(65):
        story.say("an invite", INVITE, A, "full" if number == 64 else "fits", key=public(invite_seed(number)),
                  until=story.time + (10 if number == 0 else 1000), name="", granted=(0, []))
    story.time += 11
    story.say("when one is over", INVITE, A, "fits", key=public(invite_seed(64)), until=story.time, name="", granted=(0, []))
    return story


def random_story(number, steps):
    """Mostly what fits; names, keys and addresses of so few that they meet."""
    story, dice = Story(), random.Random(number)
    seeds = [seed_of(f"story {number} owner {i}") for i in range(5)]
    rescues = [RESCUE] + [seed_of(f"story {number} recovery {i}") for i in range(4)]
    invites = [seed_of(f"story {number} invite {i}") for i in range(6)]
    keys = [device_key("alpha")] + [device_key(f"{number} {i}") for i in range(40)]
    names = ["alpha", "Bravo", "c", "d-1", "e.e", "f_f", "golf", "x" * 63]
    grants = [(0, []), (ANY, []), (EXIT4, ["10.0.0.0/8"]), (EXIT4 | EXIT6, ["10.1.0.0/16", "fd00::/8"]), (0, ["0.0.0.0/0"])]
    story.begin(seeds[0])

    def networks(granted):
        return (granted[0], [ipaddress.ip_network(route) for route in granted[1]])

    def somebody(pool, known):
        return dice.choice(pool) if dice.random() < 0.15 or not known else dice.choice(known)

    def who():
        key = dice.choice(keys[:dice.choice([6, 41])])
        addresses = dice.sample([f"10.0.0.{i}/32" for i in range(1, 9)] + [f"fd00::{i}/128" for i in range(1, 5)], dice.randint(1, 2))
        bits, routes = dice.choice(grants)
        return story.who(dice.choice(names), addresses, bits, routes, key)

    for _ in range(steps):
        log = story.log
        story.time += dice.choice([0, 0, 1, 5])
        signing = [seed for seed in seeds + invites if public(seed) in log.owners]
        kind = dice.choice([DEVICE] * 8 + [INVITE] * 4 + [REVOKE, OWNER, OWNER, DISOWN, CANCEL, POLICY, MOVE] + [RECOVERY] * (dice.random() < 0.3))
        seed = somebody(seeds, signing)
        fields = {}
        if dice.random() < 0.03:
            fields = dice.choice([{"number": log.count + 1}, {"previous": bytes(32)}, {"time": log.time - 1}])
        if kind == DEVICE:
            if dice.random() < 0.4:
                seed = somebody(invites, [one for one in invites if public(one) in log.invites])
            fields["record"] = who()
        elif kind == REVOKE:
            fields["key"] = somebody(keys, list(log.active()))
        elif kind == OWNER:
            fields |= {"key": public(dice.choice(seeds + invites[:1])), "device": somebody(keys, list(log.active()))}
        elif kind == DISOWN:
            fields["key"] = public(somebody(seeds, signing))
        elif kind == INVITE:
            fields |= {"key": public(dice.choice(invites)), "until": story.time + dice.choice([-1, 0, 10, 1000]),
                       "name": dice.choice(["", "", "", dice.choice(names)]), "granted": networks(dice.choice(grants))}
        elif kind == CANCEL:
            fields["key"] = public(dice.choice(invites))
        elif kind == MOVE:
            fields |= {"url": dice.choice(["https://a", "wss://hub.example/" + "x" * 237]), "pin": dice.choice(seeds)}
        elif kind == POLICY:
            fields["policy"] = dice.choice([0, UNSIGNED])
        else:
            seed = somebody(rescues, [one for one in rescues if public(one) == log.recovery])
            fields |= {"recovery": public(dice.choice(rescues)), "key": public(dice.choice(seeds)), "record": who()}
        story.say(f"kind {kind}", kind, seed, **fields)
    return story


# Bytes that are no entry

def with_byte(data, at, value):
    return data[:at] + bytes([value]) + data[at + 1:]


def spoilt():
    """What is wrong, and the bytes; each signed, so that nothing else is."""
    recovery = public(RESCUE)
    long = text("a") + listed([prefix("10.0.0.1/32")] * 4) + grant(7, ["10.0.0.0/8"] * 16)

    def genesis(body, kind=GENESIS, number=0, previous=bytes(32)):
        return entry(kind, body, number, START, previous, A)

    def device(body):
        return entry(DEVICE, body, 1, START, seed_of("head"), A)

    def named(name, addresses=None, granted=grant()):
        return device_key("a") + bytes([len(name)]) + name + (addresses or listed([prefix("10.0.0.1/32")])) + granted

    def moved(url):
        return entry(MOVE, bytes([len(url)]) + url + bytes(32), 1, START, seed_of("head"), A)

    good = genesis(recovery + b"\0" + device_key("a") + long)
    address = prefix("10.0.0.1/32")
    cases = {
        "nothing": b"",
        "a head": good[:80],
        "a byte too few": good[:-1],
        "a byte too many": good + b"\0",
        "another version": with_byte(good, 0, 2),
        "another type": with_byte(good, 1, 12),
        "a length that is not": with_byte(good, 3, good[3] - 1),
        "a body of 1025": device(named(b"a") + bytes(1025 - len(named(b"a")))),
        "more behind the record": device(named(b"a") + b"\0"),
        "a genesis that is not the first": genesis(recovery + b"\0" + device_key("a") + long, number=1),
        "a genesis behind something": genesis(recovery + b"\0" + device_key("a") + long, previous=seed_of("x")),
        "a first entry that is no genesis": genesis(device_key("a") + long, kind=DEVICE),
        "a policy that nobody knows": genesis(recovery + b"\2" + device_key("a") + long),
        "no name": device(named(b"")),
        "a name of 64": device(named(b"x" * 64)),
        "a name with a blank": device(named(b"a b")),
        "a name with a NUL": device(named(b"a\0b")),
        "a name beyond ASCII": device(named("ä".encode())),
        "a name that begins with a dot": device(named(b".a")),
        "a name that ends in a dash": device(named(b"a-")),
        "no address": device(named(b"a", b"\0")),
        "five addresses": device(named(b"a", listed([address] * 5))),
        "an address that is a network": device(named(b"a", listed([prefix("10.0.0.0/24")]))),
        "a family that is none": device(named(b"a", listed([b"\5" + address[1:]]))),
        "IPv4 of 33 bits": device(named(b"a", granted=b"\0" + listed([b"\4" + bytes(4) + b"\x21"]))),
        "IPv6 of 129 bits": device(named(b"a", granted=b"\0" + listed([b"\6" + bytes(16) + b"\x81"]))),
        "bits below an IPv4 prefix": device(named(b"a", granted=b"\0" + listed([b"\4\x0a\0\0\1\x1f"]))),
        "bits below an IPv6 prefix": device(named(b"a", granted=b"\0" + listed([b"\6\xfd" + bytes(14) + b"\1\x40"]))),
        "a bit below a prefix of nothing": device(named(b"a", granted=b"\0" + listed([b"\4\x80\0\0\0\0"]))),
        "a grant that nobody knows": device(named(b"a", granted=grant(8))),
        "17 networks": device(named(b"a", granted=grant(0, ["10.0.0.0/8"] * 17))),
        "no URL": moved(b""),
        "a URL with a blank": moved(b"https://a b"),
        "a URL with a NUL": moved(b"https://a\0"),
        "a certificate cut short": entry(AUTHORITY, b"\0\5\x30\3\2\1", 1, START, seed_of("head"), A),
        "more behind a certificate": entry(AUTHORITY, b"\0\1\x30\3", 1, START, seed_of("head"), A),
        "a label in capitals": entry(NAME, text("Wiki") + device_key("a"), 1, START, seed_of("head"), A),
        "a label with a dot": entry(NAME, text("wi.ki") + device_key("a"), 1, START, seed_of("head"), A),
        "no label": entry(NAME, text("") + device_key("a"), 1, START, seed_of("head"), A),
        "a pin that is short": entry(MOVE, text("https://a") + bytes(31), 1, START, seed_of("head"), A),
        "a list that ends early": device(named(b"a")[:-1]),
    }
    return {**{name: (data, False) for name, data in cases.items()},
            "all there may be": (good, True),
            "no certificate any more": (entry(AUTHORITY, b"\0\0", 1, START, seed_of("head"), A), True),
            "the longest URL": (moved(b"x" * 255), True),
            "the longest name": (device(named(b"x" * 63)), True),
            "a dot, a dash and a line": (device(named(b"A.b-c_9")), True)}


def derivations():
    invites, recoveries = [], []
    for number in range(3):
        secret = hashlib.sha256(f"invite {number}".encode()).digest()[:16]
        seed = derive(secret, b"bamgate invite 1")
        invites.append({"secret": secret.hex(), "seed": seed.hex(), "key": public(seed).hex()})
    for secret in [bytes(20), bytes([255] * 20), hashlib.sha1(b"recovery").digest()]:
        seed = derive(secret, b"bamgate recovery 1")
        recoveries.append({"secret": secret.hex(), "code": recovery_code(secret), "seed": seed.hex(), "key": public(seed).hex()})
    return {"invites": invites, "recoveries": recoveries}


def trusts():
    story, rows = ordinary_story(), []
    secret = hashlib.sha256(b"invite 0").digest()[:16]
    rows.append({"secret": secret.hex(), "id": story.log.id.hex(), "count": story.log.count, "head": story.log.head.hex(),
                 "text": trust(secret, story.log)})
    return rows


def vectors():
    stories = {"ordinary": ordinary_story(), "broken rules": broken_story(), "full": full_story(), "names": names_story(),
               **{f"random {number}": random_story(number, 150) for number in range(1, 4)}}
    return {
        "comment": "Made by membership.py. Each step of a story is judged behind those that fitted.",
        "derivations": derivations(),
        "trust": trusts(),
        "bytes": [{"what": what, "entry": data.hex(), "readable": readable} for what, (data, readable) in spoilt().items()],
        "stories": [{"name": name, **story.told()} for name, story in stories.items()],
    }


def main():
    made = json.dumps(vectors(), ensure_ascii=False, indent=1) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(made, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != made:
        sys.exit(f"{FILE.name} is not what it would be made as")


if __name__ == "__main__":
    main()
