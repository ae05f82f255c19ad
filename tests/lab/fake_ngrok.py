# SPDX-License-Identifier: LGPL-2.1-or-later
"""An account with its API and its ingress, for tests in this process, and as a program for those in namespaces and for the demo.

As a program: `python3 -m lab.fake_ngrok DIRECTORY` says `{"event": "ready", "url", "ingress", "trust", "key"}`, and takes lines of JSON:
`{"bind": [URL, …]}`, `{"unbind": [URL, …]}`, `{"origin": [HOST, PORT, NAME]}`, `{"fail": {…}}` (a Fault of the API), `{"fail-ingress": {…}}` (one of the
ingress), `{"lifetime": SECONDS}` (of certificates from now on), `{"keeps-old": true}`, `{"forget": true}`, `{"count": TEXT}`, which is answered with `{"event": "count", "count": N}`,
`{"serials": true}`, answered with `{"event": "serials", "serials": [N, …]}`: the certificates that the ingress was shown by connections which it let in."""

import asyncio
import contextlib
import sys

from .fake_authority import Authority
from .fake_ingress import FakeIngress
from .fake_operator import FakeOperator
from .json_program import orders, tell


@contextlib.contextmanager
def fake_ngrok(directory):
    """Authority, operator, ingress; the account tells its machines where the ingress is."""
    authority = Authority(directory)
    with FakeOperator(authority) as operator, FakeIngress(authority, operator) as ingress:
        operator.ingress = ingress.address
        yield authority, operator, ingress


async def obey(operator, ingress):
    async for order in orders():
        for url in order.get("bind", ()):
            operator.bind(url)
        operator.unbind(*order.get("unbind", ()))
        if "origin" in order:
            host, port, *origin = order["origin"]
            ingress.origins[host, port] = tuple(origin)
        if "fail" in order:
            operator.fail(**order["fail"])
        if "fail-ingress" in order:
            ingress.fail(**order["fail-ingress"])
        operator.keeps_old = order.get("keeps-old", operator.keeps_old)
        operator.lifetime = order.get("lifetime", operator.lifetime)
        if "serials" in order:
            shown = [entry["serial"] for entry in list(ingress.log) if "request" in entry]
            tell("serials", serials=list(dict.fromkeys(shown)))
        if order.get("forget"):
            operator.forget()
        if "count" in order:
            tell("count", count=operator.count(order["count"]))


def main(directory):
    with fake_ngrok(directory) as (authority, operator, ingress):
        tell("ready", url=operator.url, ingress=ingress.address, trust=str(authority.path("intermediate")), key=operator.key)
        asyncio.run(obey(operator, ingress))


if __name__ == "__main__":
    main(sys.argv[1])
