import pytest

from rtpng.web.pages import JSON, MAX_BODY, METRICS, NG, PAGES, TEXT, Answer, Asked, Page, Service, get, posted
from rtpng.web.talks import TALKS
from sipcore.address import Address

CLIENT = Address("192.0.2.1", 4000)
SERVICE = Service(
    ng=lambda message, client: b"ng:" + message if message else None,
    ng_plain=lambda message, client: b"plain:" + message,
    cli=lambda line: f"cli:{line}\n",
    metrics=lambda: b"up 1\n",
)


def asked(method: str, target: str) -> Answer:
    return get(SERVICE, Asked(method, target, CLIENT))


def post(target: str, body: bytes, content_type: str | None) -> Answer:
    page = posted(Asked("POST", target, CLIENT, content_type, len(body)))
    return page.post(SERVICE, body, CLIENT, content_type or "") if isinstance(page, Page) else page


@pytest.mark.parametrize(
    ("target", "body"),
    [
        ("/ping", b"pong\n"),
        ("/cli/list+totals", b"cli:list totals\n"),
        ("/cli/list+sessions+a%2Bb%40host", b"cli:list sessions a+b@host\n"),
        ("/cli/terminate+%ff", b"cli:terminate \xff\n"),
        ("/cli/?x", b"cli:\n"),
    ],
)
def test_get(target: str, body: bytes) -> None:
    assert asked("GET", target) == Answer(200, body)


def test_metrics_have_the_content_type_that_prometheus_asks_for() -> None:
    assert asked("GET", "/metrics") == Answer(200, b"up 1\n", METRICS)


@pytest.mark.parametrize(
    ("method", "target"),
    [
        ("GET", "/"),
        ("POST", "/metrics"),
        ("GET", "/cli"),
        ("GET", "/ng"),
        ("GET", "/nonsense"),
        ("PUT", "/ping"),
        ("HEAD", "/cli/terminate+all"),
        ("DELETE", "*"),
    ],
)
def test_everything_else_is_not_found(method: str, target: str) -> None:
    assert asked(method, target) == Answer(404, b"not found\n")


def test_options() -> None:
    assert asked("OPTIONS", "*") == Answer(200, b"")


@pytest.mark.parametrize(
    ("target", "content_type", "answer"),
    [
        ("/ng", NG, Answer(200, b"ng:body", NG)),
        ("/ng-plain", NG, Answer(200, b"plain:body", NG)),
        ("/ng-plain", "Application/JSON; charset=utf-8", Answer(200, b"plain:body", JSON)),
        ("/cli", TEXT, Answer(200, b"cli:body\n")),
    ],
)
def test_post(target: str, content_type: str, answer: Answer) -> None:
    assert post(target, b"body", content_type) == answer


def test_a_body_without_a_cookie_has_rtpengines_status() -> None:
    assert post("/ng", b"", NG) == Answer(600, b"error\n")


@pytest.mark.parametrize(
    ("target", "content_type"),
    [("/ng", JSON), ("/ng", None), ("/ng-plain", TEXT), ("/cli", NG), ("/cli", f"{TEXT};{'x' * 64}")],
)
def test_other_content_types_are_refused(target: str, content_type: str | None) -> None:
    answer = post(target, b"body", content_type)
    assert answer.status == 415
    assert PAGES[target].content_types[0].encode() in answer.body


def test_a_post_has_a_length_and_a_bound() -> None:
    for length, status in ((None, 411), (MAX_BODY + 1, 413)):
        page = posted(Asked("POST", "/ng", CLIENT, NG, length))
        assert isinstance(page, Answer)
        assert page.status == status


def test_post_elsewhere_is_not_found() -> None:
    assert post("/admin", b"{}", JSON) == Answer(404, b"not found\n")


@pytest.mark.parametrize(
    ("protocol", "reply"),
    [
        ("ng.rtpengine.com", b"ng:x"),
        ("ng-plain.rtpengine.com", b"plain:x"),
        ("cli.rtpengine.com", b"cli:x\n"),
        ("echo.rtpengine.com", b"x"),
    ],
)
def test_every_subprotocol(protocol: str, reply: bytes) -> None:
    assert TALKS[protocol](SERVICE, b"x", CLIENT) == reply
    assert len(TALKS) == 4
