# SPDX-License-Identifier: LGPL-2.1-or-later
"""The certificates of an account with an ingress, made when it starts: who signs its machines, and who the ingress is."""

import datetime
import ipaddress
import pathlib

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

YEAR_S = 365 * 24 * 3600
INGRESS = "ingress.test"
BAD_CSR = "ERR_NGROK_20006"


class Refused(Exception):
    """What a machine sent cannot be signed; the argument is the account's code for it."""


def pem(certificate):
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


def key_pem(key):
    return key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()).decode()


def named(text):
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])


class Signer:
    """A certificate and its key, which sign others."""

    def __init__(self, name, parent=None):
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.name = named(name)
        self.certificate = (parent or self).sign(self.name, self.key.public_key(), 0, YEAR_S, is_authority=True)

    def sign(self, subject, key, since, lifetime, is_authority=False, extensions=()):
        """Valid for `lifetime` seconds from `since` seconds after now."""
        start = datetime.datetime.utcnow().replace(microsecond=0) + datetime.timedelta(seconds=since)
        builder = (x509.CertificateBuilder().subject_name(subject).issuer_name(self.name).public_key(key)
                   .serial_number(x509.random_serial_number()).not_valid_before(start)
                   .not_valid_after(start + datetime.timedelta(seconds=lifetime))
                   .add_extension(x509.BasicConstraints(is_authority, None), critical=True))
        for extension in extensions:
            builder = builder.add_extension(extension, critical=False)
        return builder.sign(self.key, hashes.SHA256())


class Authority:
    """`directory` gets the files: `root.pem`, `intermediate.pem` and `foreign.pem` for who is to trust, and what the ingress shows."""

    def __init__(self, directory, host=INGRESS, refuse_other_keys=True):
        self.directory, self.host, self.refuse_other_keys = pathlib.Path(directory), host, refuse_other_keys
        self.clients = Signer("clients of the account")
        self.root, self.foreign = Signer("root of the ingress"), Signer("somebody else")
        self.intermediate = Signer("intermediate of the ingress", self.root)
        for name in ("clients", "root", "foreign", "intermediate"):
            self.path(name).write_text(pem(getattr(self, name).certificate))

    def path(self, name):
        return self.directory / f"{name}.pem"

    # machines

    def sign_request(self, text, since=0, lifetime=90 * 24 * 3600):
        """A certificate for a machine, from its request as PEM."""
        try:
            request = x509.load_pem_x509_csr(text.encode())
        except ValueError:
            raise Refused(BAD_CSR) from None
        if not request.is_signature_valid or request.subject.get_attributes_for_oid(NameOID.COMMON_NAME):
            raise Refused(BAD_CSR)
        if self.refuse_other_keys and not isinstance(request.public_key(), ec.EllipticCurvePublicKey):
            raise Refused(BAD_CSR)
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.CLIENT_AUTH])
        return self.clients.sign(request.subject, request.public_key(), since, lifetime, extensions=[usage])

    # the ingress

    def ingress_files(self, kind="good"):
        """Chain and key of an ingress as paths: `good`, `expired`, `wrong-name`, `foreign`, or `no-intermediate`."""
        chain, key = self.path(f"ingress-{kind}"), self.path(f"ingress-{kind}-key")
        if not chain.exists():
            made = ec.generate_private_key(ec.SECP256R1())
            key.write_text(key_pem(made))
            chain.write_text(self.ingress_chain(kind, made.public_key()))
        return chain, key

    def ingress_chain(self, kind, key):
        signer = self.foreign if kind == "foreign" else self.intermediate
        host = "other.test" if kind == "wrong-name" else self.host
        address = "192.0.2.1" if kind == "wrong-name" else "127.0.0.1"
        names = x509.SubjectAlternativeName([x509.DNSName(host), x509.IPAddress(ipaddress.ip_address(address))])
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        since, lifetime = (-3600, 1800) if kind == "expired" else (-3600, YEAR_S)
        leaf = signer.sign(named(host), key, since, lifetime, extensions=[names, usage])
        return pem(leaf) + ("" if kind in ("foreign", "no-intermediate") else pem(self.intermediate.certificate))


def is_signed_by(certificate, signer):
    try:
        signer.key.public_key().verify(certificate.signature, certificate.tbs_certificate_bytes,
                                       ec.ECDSA(certificate.signature_hash_algorithm))
    except InvalidSignature:
        return False
    return True
