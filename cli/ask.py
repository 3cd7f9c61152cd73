"""Asking the daemon: the common options, and one clear sentence for whatever goes wrong."""

import functools
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import click

from cli.format import shown
from cli.target import Target, parse_target
from cli.values import parse_seconds, reads
from rtpng.ng.client import AsyncNgClient, NgClient, NgReplyError, NgTimeout, Reply

ATTEMPTS = 4  # within the time of --timeout
PATIENCE = 2.0  # seconds


@dataclass(frozen=True, slots=True)
class Daemon:
    """A daemon that may answer at ``target``; ``timeout`` is the time for all attempts together, in seconds."""

    target: Target
    timeout: float = PATIENCE

    def ask(self, command: str, **keys: object) -> Reply:
        """The reply. Raises ClickException with one sentence that says what to do."""
        with self.clear_errors(), self._client() as client:
            return client.request(command, **keys)

    def answers(self) -> bool:
        """Whether anything that speaks ng is there."""
        try:
            with self._client() as client:
                client.ping()
        except (NgTimeout, OSError):
            return False
        except NgReplyError:
            return True
        return True

    def asynchronous(self) -> AsyncNgClient:
        return AsyncNgClient(self.target.host, self.target.port, timeout=self.timeout / ATTEMPTS, attempts=ATTEMPTS)

    def _client(self) -> NgClient:
        return NgClient(self.target.host, self.target.port, timeout=self.timeout / ATTEMPTS, attempts=ATTEMPTS)

    @contextmanager
    def clear_errors(self) -> Iterator[None]:
        """Turns what an ng client raises into ClickException."""
        try:
            yield
        except NgTimeout:
            raise click.ClickException(
                f"No daemon answers at {self.target} within {self.timeout:g} s: start one with `rtpng serve`, "
                "or say with --ng where it listens."
            ) from None
        except NgReplyError as error:
            raise click.ClickException(_refusal(error.reason)) from None
        except (OSError, UnicodeError) as error:
            raise click.ClickException(f"Cannot ask {self.target} ({reason_of(error)}): check --ng.") from None


_KNOWN_REFUSALS = {
    "Unknown call-id": "The daemon knows no such call: `rtpng list` shows the calls that it has.",
    "Unrecognized command": "The daemon at this address does not know this command: is it rtpng or rtpengine?",
}


def _refusal(reason: str) -> str:
    return _KNOWN_REFUSALS.get(reason, f"The daemon refused ({shown(reason)}): its log says more.")


def reason_of(error: Exception) -> str:
    """Why the system refused, in its own words and without numbers."""
    if isinstance(error, socket.gaierror):
        return "the host name cannot be resolved"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def asks_daemon(command: Callable[..., None]) -> Callable[..., None]:
    """Adds --ng and --timeout; the command gets a ``Daemon`` as its first argument."""

    @click.option(
        "--ng",
        "target",
        callback=reads(parse_target),
        metavar="HOST:PORT",
        default=str(Target()),
        envvar="RTPNG_NG",
        show_default=True,
        show_envvar=True,
        help="Control port of the daemon.",
    )
    @click.option(
        "--timeout",
        callback=reads(parse_seconds),
        metavar="SECONDS",
        default=f"{PATIENCE:g}",
        show_default=True,
        help="How long to wait for its answer.",
    )
    @functools.wraps(command)
    def with_daemon(target: Target, timeout: float, **rest: object) -> None:
        command(Daemon(target, timeout), **rest)

    return with_daemon


as_json = click.option("--json", "raw", is_flag=True, help="Print the daemon's reply as JSON.")
