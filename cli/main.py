"""The console script ``rtpng``."""

import sys
import traceback

import click

from cli.commands.capture import capture
from cli.commands.delete import delete
from cli.commands.demo import demo
from cli.commands.doctor import doctor
from cli.commands.explain import explain
from cli.commands.list import list_calls
from cli.commands.ping import ping
from cli.commands.query import query
from cli.commands.serve import serve
from cli.commands.statistics import statistics
from cli.commands.top import top
from cli.commands.trace import trace
from rtpng.version import VERSION


class InOrder(click.Group):
    """Shows the commands in the order in which somebody meets them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        del ctx
        return list(self.commands)


@click.group(cls=InOrder, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(VERSION, "-v", "--version", prog_name="rtpng")
def rtpng() -> None:
    """Forwards the media of SIP calls, in the kernel where that is possible, and tells about it."""


for _command in (serve, doctor, demo, explain, ping, list_calls, query, trace, capture, delete, statistics, top):
    rtpng.add_command(_command)


def main() -> None:
    """Runs the command; ends the process with 0 (done), 1 (failed) or 2 (wrong usage)."""
    try:
        rtpng(prog_name="rtpng")
    except Exception as error:  # noqa: BLE001 - the barrier of the program: a bug of ours is one sentence, too
        sys.stderr.write(f"Error: {bug_text(error)}\n")
        sys.exit(1)


def bug_text(error: Exception) -> str:
    """One sentence with what a bug report needs."""
    place = traceback.extract_tb(error.__traceback__)[-1]
    return f"this is a bug of rtpng, please report it: {type(error).__name__} ({error}) at {place.name}:{place.lineno}"
