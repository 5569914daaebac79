"""Make the Step Functions measurements in `validation/data/step_functions/` from what people published.

    python tools/trim_step_functions_measurements.py DATA validation/data/step_functions

DATA is the folder `measured/step_functions_express`; NOTICE says whose data they are. Kept are two machines:
their definitions as they are, and of the logs what an import reads.
"""

from __future__ import annotations

import gzip
import shutil
import sys
from pathlib import Path

import pandas as pd

MACHINES = ("App8", "App12")


def main(data: Path, to: Path) -> None:
    """Write all files."""
    to.mkdir(parents=True, exist_ok=True)
    reports = pd.read_csv(data / "lambda_reports.csv.gz")
    executions = pd.read_csv(data / "executions.csv.gz")
    columns = ["app", "function", "memory_mb", "duration_ms", "utc_epoch_s"]
    for name in MACHINES:
        part = reports[reports.app == name][columns].rename(columns={"utc_epoch_s": "epoch_s"})
        part = part.assign(epoch_s=part.epoch_s.astype(int))
        part = part.sort_values(["function", "epoch_s"], kind="stable")
        write(part, to / f"{name}_reports.csv.gz")
        ran = executions[executions.app == name][["start_epoch_s", "end_epoch_s"]].round(3)
        write(ran.sort_values("start_epoch_s"), to / f"{name}_executions.csv.gz")
        shutil.copyfile(data / f"{name}_workflow.asl.json", to / f"{name}.asl.json")


def write(table: pd.DataFrame, path: Path) -> None:
    """As CSV, packed so that the same table gives the same file."""
    with path.open("wb") as file, gzip.GzipFile("", "wb", fileobj=file, mtime=0) as packed:
        packed.write(table.to_csv(index=False, lineterminator="\n").encode())


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
