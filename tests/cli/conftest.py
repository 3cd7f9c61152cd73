"""A relay, and the command line that talks to it."""

from collections.abc import Callable, Iterator

import pytest
from click.testing import CliRunner, Result

from cli.main import rtpng
from tests.cli.running import Relay, running_relay

Run = Callable[..., Result]


@pytest.fixture
def relay() -> Iterator[Relay]:
    with running_relay() as running:
        yield running


@pytest.fixture
def run() -> Run:
    """Runs ``rtpng`` with these words. Whatever ends it otherwise than by an exit status fails the test."""

    def invoke(*words: str, **environment: str) -> Result:
        result = CliRunner(env=environment).invoke(rtpng, words, prog_name="rtpng")
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        return result

    return invoke
