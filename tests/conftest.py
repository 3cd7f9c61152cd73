"""What tests have measured or seen stands below their results: a passing test's own output would not be shown."""

import pytest

FINDINGS: pytest.StashKey[dict[str, list[str]]] = pytest.StashKey()


def report(config: pytest.Config, title: str, lines: list[str]) -> None:
    """Has lines printed in the report of the tests, under a title."""
    config.stash.setdefault(FINDINGS, {}).setdefault(title, []).extend(lines)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    for title, lines in config.stash.get(FINDINGS, {}).items():
        terminalreporter.section(title)
        for line in lines:
            terminalreporter.line(line)
