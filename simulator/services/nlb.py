"""Network Load Balancer."""

from __future__ import annotations

from simulator.services.load_balancer import LoadBalancer


class Nlb(LoadBalancer, kind="nlb"):
    """A balancer of connections, in front of a fleet. It passes on what the fleet answers; a connection that
    is idle for `idle_timeout` is dropped, which the client sees as no answer.
    Left out: UDP and TLS units, health checks, Availability Zones, its own delay unless `overhead` says one.
    """
