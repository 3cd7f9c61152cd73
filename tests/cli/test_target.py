import pytest

from cli.target import Target, parse_target
from sipcore.errors import ParseError


@pytest.mark.parametrize(
    ("text", "target"),
    [
        ("127.0.0.1:2223", Target("127.0.0.1", 2223)),
        ("relay.example.org", Target("relay.example.org", 2223)),
        ("relay.example.org:9", Target("relay.example.org", 9)),
        ("[::1]:9", Target("::1", 9)),
        ("[::1]", Target("::1", 2223)),
    ],
)
def test_parse_target(text: str, target: Target) -> None:
    assert parse_target(text) == target


@pytest.mark.parametrize("text", ["a b:1", "host:", "[]:1", "[::1]:", "[::1]x", "host:1:2", "host:٣", "a\nb:1"])
def test_nonsense(text: str) -> None:
    with pytest.raises(ParseError):
        parse_target(text)


@pytest.mark.parametrize("text", ["127.0.0.1:2223", "relay.example.org:9", "[::1]:9"])
def test_shown_as_it_is_written(text: str) -> None:
    assert str(parse_target(text)) == text
