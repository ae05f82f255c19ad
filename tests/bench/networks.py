# SPDX-License-Identifier: LGPL-2.1-or-later
"""Networks behind peers: how long they are out of reach when their peer is lost."""

import time

from lab import measure
from lab.mesh import Mesh
from lab.lan import NET, SERVER, Site

PATIENCE_S = 40


def route_moves(net, rounds, is_long):
    """Seconds from when the plug of a route's peer is pulled until the first answer through the other one that offers it."""
    mesh = Mesh(net, hub_name="route-hub")
    mesh.__enter__()
    site = Site(net, mesh)
    gateways = {gateway.name: gateway for gateway in (site.gateway("gate1"), site.gateway("gate2"))}
    client = mesh.machine("route-client", device={"accept-routes": True})

    def carrier():
        return next((name for name in gateways if client.peer(name).get("AcceptedRoutes") == [NET]), None)

    for _ in range(rounds):
        for name in gateways:
            client.wait_peer(name, seconds=PATIENCE_S)
        lost = client.bus.wait("the route is taken", carrier, PATIENCE_S)
        measure.ping_until_answered(client.host, SERVER)
        net.cut(gateways[lost].host)
        started = time.monotonic()
        client.bus.wait("the other carries it", lambda: carrier() not in (None, lost), PATIENCE_S)
        measure.ping_until_answered(client.host, SERVER)
        yield time.monotonic() - started
        net.mend(gateways[lost].host)
    for machine in (client, *gateways.values()):
        machine.stop()
    mesh.hub.process.stop()
