import pytest

from rtpng.web.origin import cors_headers, is_foreign_page

HOST = {"Host": "127.0.0.1:8080"}


@pytest.mark.parametrize(
    "headers",
    [
        HOST,
        HOST | {"Origin": "http://127.0.0.1:8080"},  # what some WebSocket libraries send by themselves
        HOST | {"Origin": "https://127.0.0.1:8080"},
        HOST | {"Origin": "127.0.0.1"},  # what others send
        HOST | {"Sec-Fetch-Site": "none"},  # typed into a browser by the operator
        HOST | {"Sec-Fetch-Site": "same-origin"},
    ],
)
def test_proxies_and_operators_pass(headers: dict[str, str]) -> None:
    assert not is_foreign_page(headers, None)


FOREIGN = [
    HOST | {"Origin": "https://evil.example"},
    HOST | {"Origin": "http://127.0.0.1:8081"},
    HOST | {"Origin": "null"},
    HOST | {"Sec-Fetch-Site": "cross-site"},  # an image of a page needs no Origin
    HOST | {"Sec-Fetch-Site": "same-site"},
    {"Origin": "https://evil.example"},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_web_pages_do_not(headers: dict[str, str]) -> None:
    assert is_foreign_page(headers, None)
    assert is_foreign_page(headers, "https://panel.example")
    assert not is_foreign_page(headers, "*")


def test_the_configured_page_passes() -> None:
    assert not is_foreign_page(HOST | {"Origin": "https://panel.example"}, "https://panel.example")


def test_no_answer_is_for_other_pages_unless_configured() -> None:
    assert cors_headers(None) == {}
    assert cors_headers("https://panel.example")["Access-Control-Allow-Origin"] == "https://panel.example"
