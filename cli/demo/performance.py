"""The whole demo: finds or starts a daemon, holds the call, shows it."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

import click

from cli.ask import Daemon
from cli.demo.conversation import converse
from cli.demo.temporary import temporary_daemon
from cli.demo.view import Progress, Screen, live_line, summary, verdict


def perform(daemon: Daemon, seconds: int, host: str | None, temporary: bool) -> None:
    """Raises ClickException if there is no call, or if one of the phones has heard nothing."""
    with _daemon(daemon, temporary) as used:
        progress = _call(used, host, seconds)
    click.echo(summary(progress))
    problem = verdict(progress)
    if problem is not None:
        raise click.ClickException(problem)


@contextmanager
def _daemon(daemon: Daemon, temporary: bool) -> Iterator[Daemon]:
    """The running one, else a temporary one; says which."""
    if not temporary and daemon.answers():
        click.echo(f"Placing a call through the daemon at {daemon.target}.")
        yield daemon
        return
    with temporary_daemon(daemon.timeout) as started:
        click.echo(f"Placing a call through a temporary daemon at {started.target}.")
        yield started


def _call(daemon: Daemon, host: str | None, seconds: int) -> Progress:
    click.echo("Packets that have arrived, with their median delay:")
    screen = Screen()
    try:
        return asyncio.run(converse(daemon, host, seconds, lambda progress: screen.update(live_line(progress))))
    finally:
        screen.finish()
