"""Running the daemon from ``rtpng serve``."""

from collections.abc import Sequence

import click

from cli.banner import banner
from kernel.probe import probe
from rtpng import daemon
from rtpng.defaults import serve_config
from rtpng.errors import ConfigError


def run(options: Sequence[str]) -> int:
    """Serves until a signal; returns the exit status. Raises UsageError for options, ClickException for the rest."""
    try:
        config = serve_config(options)
    except ConfigError as error:
        raise click.UsageError(f"{error}.") from None
    click.echo(banner(config, None if config.table < 0 else probe()), err=True)
    try:
        return 1 if daemon.serve(config) else 0
    except ConfigError as error:
        raise click.ClickException(f"{error}.") from None
