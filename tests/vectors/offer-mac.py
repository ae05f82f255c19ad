#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""Proofs of offers and answers (docs/protocol.md) by other means than the daemon's: pyca/cryptography and hmac. Writes
offer-mac.json beside itself; --check compares instead."""

import base64
import hashlib
import hmac
import json
import pathlib
import struct
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF
    from cryptography.hazmat.primitives.hashes import SHA256
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    print("python3-cryptography is not installed")
    sys.exit(77)

FILE = pathlib.Path(__file__).with_suffix(".json")
SHORT, LONG, SEAL = b"bamgate description 1", b"bamgate description 2", b"bamgate description 3"
LONG_FROM, SEAL_FROM = 3, 5  # control
ALPHA, BRAVO = bytes([0xA1] * 32), bytes([0xB2] * 32)


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def mac(label, private, peer, fields):
    shared = X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(peer))
    key = HKDF(SHA256(), 32, None, label).derive(shared)
    covered = b"".join(struct.pack(">I", len(field.encode())) + field.encode() for field in fields)
    return base64.b64encode(hmac.new(key, covered, hashlib.sha256).digest()).decode()


def sign(private, peer, frame):
    addition = frame["bamgate"]
    head = [frame["type"], frame["from"], frame["to"], frame["sdp"], addition.get("implementation", ""),
            str(addition.get("control", 0)), str(addition.get("time", 0))]
    paths = addition.get("paths", [])
    lists = [addition.get(key, []) for key in ("routes", "dns", "search", "exit")]
    addition["mac"] = mac(SHORT, private, peer, head + paths)
    if addition.get("control", 0) >= LONG_FROM:
        counted = [field for texts in [paths, *lists] for field in [str(len(texts)), *texts]]
        addition["proof"] = mac(LONG, private, peer, head + counted)
    if addition.get("control", 0) >= SEAL_FROM:
        services = addition.get("services", [])
        addition["seal"] = mac(SEAL, private, peer, head + counted + [str(len(services)), *services])


def frame(kind, sender, receiver, sdp, **addition):
    return {"bamgate": addition, "from": sender, "sdp": sdp, "to": receiver, "type": kind}


FRAMES = [
    ("offer", ALPHA, BRAVO, frame("offer", "alpha", "bravo", "v=0\r\na=x\r\n", control=1, implementation="bamgated 0.1.0",
                                  paths=["ice", "direct"], time=1700000000000)),
    ("answer", BRAVO, ALPHA, frame("answer", "bravo", "alpha", "v=0\r\n", control=1, paths=["ice"], time=1700000000001)),
    ("bare", ALPHA, BRAVO, frame("offer", "alpha", "bravo", "")),
    ("what is offered", ALPHA, BRAVO, frame("offer", "alpha", "bravo", "v=0\r\n", control=3, implementation="bamgated 0.1.0",
                                            paths=["ice", "direct"], time=1700000000002, routes=["192.168.1.0/24", "fd12::/48"],
                                            dns=["192.168.1.1"], search=["corp.example.org"], exit=["4", "6"])),
    ("nothing is offered", BRAVO, ALPHA, frame("answer", "bravo", "alpha", "v=0\r\n", control=3, time=1700000000003)),
    ("services", ALPHA, BRAVO, frame("offer", "alpha", "bravo", "v=0\r\n", control=5, paths=["ice"], time=1700000000004, exit=["4"],
                                     services=["web 8080 http", "dns 5353 udp"])),
    ("no services", BRAVO, ALPHA, frame("answer", "bravo", "alpha", "v=0\r\n", control=5, time=1700000000005)),
    ("names beyond ASCII", ALPHA, BRAVO, frame("offer", "Zürich 🏔", "bravo", "v=0\r\n", control=1, time=1)),
]


def vectors():
    rows = []
    for name, private, peer, message in FRAMES:
        message = json.loads(json.dumps(message))
        sign(private, public(peer), message)
        rows.append({"name": name, "sender": private.hex(), "receiver": peer.hex(),
                     "frame": json.dumps(message, ensure_ascii=False, separators=(",", ":"))})
    return {"comment": "Made by offer-mac.py. sender, receiver: private keys.", "vectors": rows}


def main():
    text = json.dumps(vectors(), ensure_ascii=False, indent=2) + "\n"
    if "--check" not in sys.argv:
        FILE.write_text(text, encoding="utf-8")
    elif FILE.read_text(encoding="utf-8") != text:
        sys.exit(f"{FILE.name} is not what it would be made as")


if __name__ == "__main__":
    main()
