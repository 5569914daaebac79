"""The `simulate` command: a group, and one file per command in `simulator/commands/`."""

from __future__ import annotations

import click

from simulator import __version__
from simulator.commands import check, config, diff, explain, import_, run, schema, size, sweep, trace
from simulator.commands.group import Simulate


@click.group(
    cls=Simulate,
    options_metavar="",
    subcommand_metavar="[COMMAND] FILE [OPTIONS]",
    epilog="Exit codes: 0 a design passes all objectives (or there are none); 99 no design passes; "
    "98 none passes, but some are undecided; 2 mistake in the scenario or the command; "
    "130 interrupted; 1 internal error.",
)
@click.version_option(__version__, prog_name="simulate")
def main() -> None:
    """Compares AWS serverless designs on the same simulated traffic.

    `simulate FILE` is short for `simulate run FILE`.
    """


main.add_command(run.run)
main.add_command(sweep.sweep)
main.add_command(size.size)
main.add_command(check.check)
main.add_command(config.config)
main.add_command(diff.diff)
main.add_command(explain.explain)
main.add_command(schema.schema)
main.add_command(import_.import_)
main.add_command(trace.trace)
