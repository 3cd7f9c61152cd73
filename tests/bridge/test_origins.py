"""Which pages are let in."""

import pytest

from bridge.origins import allowance, is_foreign, is_rebound

OURS = ("https://wwe.example.com",)


@pytest.mark.parametrize(
    ("headers", "foreign"),
    [
        ({}, False),
        ({"Origin": "https://wwe.example.com"}, False),
        ({"Origin": "https://wwe.example.com.evil.test"}, True),
        ({"Origin": "http://wwe.example.com"}, True),
        ({"Origin": "null"}, True),
        ({"Sec-Fetch-Site": "cross-site"}, True),
        ({"Sec-Fetch-Site": "none"}, False),
    ],
)
def test_only_allowed_pages_and_programs_come_in(headers: dict[str, str], foreign: bool) -> None:
    assert is_foreign(headers, OURS) is foreign


def test_a_preflight_of_a_page_in_the_internet_is_answered() -> None:
    asked = {
        "Origin": "https://wwe.example.com",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type",
        "Access-Control-Request-Private-Network": "true",
    }
    allowed = allowance(asked, OURS)
    assert allowed["Access-Control-Allow-Origin"] == "https://wwe.example.com"
    assert allowed["Access-Control-Allow-Methods"] == "GET, POST"
    assert allowed["Access-Control-Allow-Headers"] == "content-type"
    assert allowed["Access-Control-Allow-Private-Network"] == "true"
    assert allowance(asked | {"Origin": "https://evil.test"}, OURS) == {}


@pytest.mark.parametrize(
    ("host", "rebound"),
    [("127.0.0.1:8000", False), ("LOCALHOST:8000", False), ("[::1]:8000", False), ("evil.test:8000", True)],
)
def test_a_foreign_name_that_points_here_is_refused(host: str, rebound: bool) -> None:
    assert is_rebound(host, 8000) is rebound
