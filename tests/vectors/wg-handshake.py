#!/usr/bin/env python3
# SPDX-License-Identifier: LGPL-2.1-or-later
"""The WireGuard handshake with fixed keys, from the paper, by other means than the engine's: pyca/cryptography, hashlib,
and an HChaCha20 of its own. Writes wg-handshake.json and wg-handshake.h beside itself; --check compares instead."""

import hashlib
import hmac
import json
import pathlib
import struct
import sys

try:
    from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
    from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
except ImportError:
    print("python3-cryptography is not installed")
    sys.exit(77)

HERE = pathlib.Path(__file__).parent


def blake(*parts):
    return hashlib.blake2s(b"".join(parts)).digest()


def mac(key, data):
    return hashlib.blake2s(data, key=key, digest_size=16).digest()


def hmac_blake(key, data):
    return hmac.new(key, data, hashlib.blake2s).digest()


def kdf(n, key, data):
    secret, out, last = hmac_blake(key, data), [], b""
    for i in range(1, n + 1):
        last = hmac_blake(secret, last + bytes([i]))
        out.append(last)
    return out


def public(private):
    return X25519PrivateKey.from_private_bytes(private).public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)


def dh(private, pub):
    return X25519PrivateKey.from_private_bytes(private).exchange(X25519PublicKey.from_public_bytes(pub))


def aead(key, counter, plain, ad):
    return ChaCha20Poly1305(key).encrypt(bytes(4) + struct.pack("<Q", counter), plain, ad)


def quarter(s, a, b, c, d):
    for x, y, z, turn in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        s[x] = (s[x] + s[y]) & 0xFFFFFFFF
        s[z] ^= s[x]
        s[z] = (s[z] << turn | s[z] >> 32 - turn) & 0xFFFFFFFF


def hchacha20(key, nonce):
    s = list(struct.unpack("<16I", b"expand 32-byte k" + key + nonce))
    for _ in range(10):
        for i in range(4):
            quarter(s, i, i + 4, i + 8, i + 12)
        for i in range(4):
            quarter(s, i, 4 + (i + 1) % 4, 8 + (i + 2) % 4, 12 + (i + 3) % 4)
    return struct.pack("<8I", *s[:4], *s[12:])


def xaead(key, nonce, plain, ad):
    return ChaCha20Poly1305(hchacha20(key, nonce[:16])).encrypt(bytes(4) + nonce[16:], plain, ad)


def seeded(name):
    return hashlib.sha256(b"bamgate wg vector " + name.encode()).digest()


def clamped(key):
    return bytes([key[0] & 248]) + key[1:31] + bytes([key[31] & 127 | 64])


class Noise:
    def __init__(self, responder_public):
        self.chain = blake(b"Noise_IKpsk2_25519_ChaChaPoly_BLAKE2s")
        self.hash = blake(self.chain, b"WireGuard v1 zx2c4 Jason@zx2c4.com")
        self.mix(responder_public)

    def mix(self, data):
        self.hash = blake(self.hash, data)

    def ephemeral(self, pub):
        self.chain = kdf(1, self.chain, pub)[0]
        self.mix(pub)

    def secret(self, shared):
        self.chain, self.key = kdf(2, self.chain, shared)

    def psk(self, psk):
        self.chain, tau, self.key = kdf(3, self.chain, psk)
        self.mix(tau)

    def seal(self, plain):
        sealed = aead(self.key, 0, plain, self.hash)
        self.mix(sealed)
        return sealed


def with_macs(body, pub, cookie=None):
    body += mac(blake(b"mac1----", pub), body)
    return body + (mac(cookie, body) if cookie else bytes(16))


def initiation(v, noise):
    stamp = struct.pack(">QI", 0x400000000000000A + v["unix_s"], v["unix_ns"] & ~((1 << 25) - 1))
    e_pub = public(v["e_i"])
    noise.ephemeral(e_pub)
    noise.secret(dh(v["e_i"], public(v["s_r"])))
    sealed_static = noise.seal(public(v["s_i"]))
    noise.secret(dh(v["s_i"], public(v["s_r"])))
    sealed_stamp = noise.seal(stamp)
    return struct.pack("<II", 1, v["index_i"]) + e_pub + sealed_static + sealed_stamp


def response(v, noise):
    e_pub = public(v["e_r"])
    noise.ephemeral(e_pub)
    noise.secret(dh(v["e_r"], public(v["e_i"])))
    noise.secret(dh(v["e_r"], public(v["s_i"])))
    noise.psk(v["psk"])
    return struct.pack("<III", 2, v["index_r"], v["index_i"]) + e_pub + noise.seal(b"")


def data(receiver, counter, key, plain):
    return struct.pack("<IIQ", 4, receiver, counter) + aead(key, counter, plain + bytes(-len(plain) % 16), b"")


def cookie_reply(v, message, cookie):
    key = blake(b"cookie--", public(v["s_r"]))
    sealed = xaead(key, v["cookie_nonce"], cookie, message[-32:-16])
    return struct.pack("<II", 3, v["index_i"]) + v["cookie_nonce"] + sealed


def ip4(v):
    payload = b"a fixed-key transcript"
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, 17, 0) + v["inner_i"] + v["inner_r"] + payload


def vectors():
    v = {name: clamped(seeded(name)) for name in ("s_i", "s_r", "e_i", "e_r")}
    v |= {"psk": seeded("psk"), "index_i": 0x1A2B3C4D, "index_r": 0x55667788, "unix_s": 1700000000, "unix_ns": 987654321,
          "cookie_secret": seeded("cookie"), "cookie_nonce": seeded("nonce")[:24],
          "source": bytes([192, 0, 2, 1]) + struct.pack(">H", 51820), "inner_i": bytes([10, 0, 0, 1]), "inner_r": bytes([10, 0, 0, 2])}
    noise = Noise(public(v["s_r"]))
    body = initiation(v, noise)
    v["initiation"] = with_macs(body, public(v["s_r"]))
    v["response"] = with_macs(response(v, noise), public(v["s_i"]))
    v["key_i"], v["key_r"] = kdf(2, noise.chain, b"")
    v["keepalive"] = data(v["index_r"], 0, v["key_i"], b"")
    v["inner"] = ip4(v)
    v["data"] = data(v["index_r"], 1, v["key_i"], v["inner"])
    cookie = mac(v["cookie_secret"], v["source"])
    v["cookie_reply"] = cookie_reply(v, v["initiation"], cookie)
    v["initiation_with_cookie"] = with_macs(body, public(v["s_r"]), cookie)
    v["public_i"], v["public_r"] = public(v["s_i"]), public(v["s_r"])
    v["hmac_key"], v["hmac_data"] = bytes(range(32)), b"what do ya want for nothing?"
    v["hmac"] = hmac_blake(v["hmac_key"], v["hmac_data"])
    v["kdf_1"], v["kdf_2"], v["kdf_3"] = kdf(3, v["hmac_key"], v["hmac_data"])
    v["mac_16"] = mac(v["hmac_key"], v["hmac_data"])
    return v


def rendered(v):
    plain = {name: value.hex() if isinstance(value, bytes) else value for name, value in v.items()}
    lines = ["/* SPDX-License-Identifier: LGPL-2.1-or-later */", "/* Made by wg-handshake.py. */", "#pragma once", ""]
    for name, value in plain.items():
        lines.append(f"#define VECTOR_{name.upper()} " + (f'"{value}"' if isinstance(value, str) else f"{value}u"))
    return {"wg-handshake.json": json.dumps(plain, indent=2) + "\n", "wg-handshake.h": "\n".join(lines) + "\n"}


def main():
    # draft-irtf-cfrg-xchacha, 2.2.1: the one primitive written here
    assert hchacha20(bytes(range(32)), bytes.fromhex("000000090000004a0000000031415927")).hex().startswith("82413b42")
    files = rendered(vectors())
    if sys.argv[1:] != ["--check"]:
        for name, text in files.items():
            (HERE / name).write_text(text)
        return 0
    stale = [name for name, text in files.items() if (HERE / name).read_text() != text]
    print(f"stale: {', '.join(stale)}" if stale else "vectors are fresh")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
