"""The report of what a packet capture has seen ends up in the report of the tests."""

import pytest

CAPTURE: pytest.StashKey[list[str]] = pytest.StashKey()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    if lines := config.stash.get(CAPTURE, []):
        terminalreporter.section("packets on the gateway's outer device")
        for line in lines:
            terminalreporter.line(line)
