"""A study on a dask cluster one of whose workers is killed says the same, byte for byte."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

import simulator
from tests.study.shop import write

distributed = pytest.importorskip("distributed", reason="the extra `cluster` is not installed")

pytestmark = pytest.mark.filterwarnings("ignore")  # dask's own, of ports and of processes that are gone


def test_a_worker_that_is_killed_changes_no_byte(tmp_path: Path) -> None:
    experiment = simulator.read(write(tmp_path))
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, silence_logs=50
    )
    with cluster, distributed.Client(cluster) as client:
        workers = client.run(os.getpid)
        victim = next(iter(workers.values()))
        killed: list[int] = []

        def kill_one(done: int, total: int) -> None:
            if not killed:
                killed.append(victim)
                os.kill(victim, signal.SIGKILL)

        executor = client.get_executor(retries=5, pure=False)
        found = experiment.run(replications=8, executor=executor, progress=kill_one)
        assert killed == [victim]
        assert victim not in client.run(os.getpid).values()
    assert found.to_json() == experiment.run(replications=8, workers=1).to_json()
