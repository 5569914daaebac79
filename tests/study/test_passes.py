"""Which services the requests of a source come to."""

from __future__ import annotations

import simulator
from simulator.study.passes import passed
from tests.test_docs import ROOT


def test_consumers_are_on_the_way_and_the_services_of_other_traffic_are_not() -> None:
    services = simulator.read(ROOT / "scenarios" / "live_stream.yaml").scenario.designs["guarded"].services
    assert passed(services, "reactions") == ("reactions", "moderate", "rejected")
    assert set(passed(services, "player")) == {"player", "ads_api", "ads"}
