"""Whom a media command concerns, and the exact text when it names nobody."""

from typing import Any

import pytest

from rtpng.calls.model import Call, Subscription
from rtpng.calls.request import Request
from rtpng.calls.selection import Selection, select
from rtpng.errors import NgError
from tests.rtpng.calls.models import A, B, party, plain


def labelled() -> Call:
    call = plain()
    call.parties[0].label, call.parties[1].label = "la", "lb"
    return call


@pytest.mark.parametrize(
    ("keys", "place", "listeners"),
    [
        ({}, None, None),
        ({"to_tag": "b"}, None, None),
        ({"to_tag": "nobody"}, None, None),
        ({"all": "flows"}, None, None),
        ({"from_tag": "a"}, 0, None),
        ({"from_tag": "a", "all": "none"}, 0, None),
        ({"label": "lb"}, 1, None),
        ({"label": "lb", "from_tag": "a", "address": A.host}, 1, None),
        ({"address": B.host, "from_tag": "a"}, 1, None),
        ({"from_tag": "a", "to_tag": "b"}, 0, [1]),
        ({"from_tag": "a", "to_label": "lb"}, 0, [1]),
        ({"from_tag": "a", "to_tag": "b", "to_label": "nobody"}, 0, [1]),
        ({"from_tag": "a", "to_tag": "b", "all": "except-offer-answer"}, 0, [1]),
        ({"from_tag": "a", "all": "offer-answer"}, 0, [1]),
        ({"from_tag": "a", "all": "flows"}, 0, [1]),
    ],
)
def test_what_is_selected(keys: dict[str, Any], place: int | None, listeners: list[int] | None) -> None:
    call = labelled()
    chosen = call.parties[place] if place is not None else None
    flows = tuple(call.parties[index] for index in listeners) if listeners is not None else None
    assert select(call, Request(**keys)) == Selection(chosen, flows)


@pytest.mark.parametrize("keys", [{}, {"from_tag": "nobody"}, {"label": "nobody"}, {"from_tag": "a", "to_tag": "b"}])
def test_all_means_everybody_whatever_else_is_named(keys: dict[str, Any]) -> None:
    assert select(labelled(), Request(all="all", **keys)) == Selection(everybody=True)


@pytest.mark.parametrize("keys", [{"to_tag": "nobody"}, {"to_label": "nobody"}, {"all": "except-offer-answer"}])
def test_a_command_without_flows_means_the_party(keys: dict[str, Any]) -> None:
    call = labelled()
    assert select(call, Request(from_tag="a", **keys), flows=False) == Selection(call.parties[0])


@pytest.mark.parametrize(
    ("keys", "reason"),
    [
        ({"label": "x"}, "No monologue matching the given label"),
        ({"address": "x"}, "Failed to parse network address"),
        ({"address": f"{A.host}:{A.port}"}, "Failed to parse network address"),
        ({"address": "192.0.2.200"}, "Failed to match address to any tag"),
        ({"from_tag": "x"}, "From-tag given, but no such tag exists"),
        ({"from_tag": "a", "to_tag": "x"}, "Media flow not found (to-tag not found)"),
        ({"from_tag": "a", "to_label": "x"}, "Media flow not found (to-label not found)"),
        ({"from_tag": "a", "to_tag": "a"}, "Media flow not found (to-tag not subscribed)"),
        ({"from_tag": "a", "to_label": "la"}, "Media flow not found (to-tag not subscribed)"),
        ({"from_tag": "a", "all": "except-offer-answer"}, "No eligible media subscriptions found"),
    ],
)
def test_nobody_is_selected(keys: dict[str, Any], reason: str) -> None:
    with pytest.raises(NgError) as caught:
        select(labelled(), Request(**keys))
    assert str(caught.value) == reason


def test_an_address_is_found_in_any_medium() -> None:
    call = labelled()
    call.parties[0].streams.insert(0, call.parties[0].streams[0])
    first = call.parties[1].streams[0].rtp
    assert first is not None
    assert select(call, Request(address=B.host)).party is call.parties[1]


@pytest.mark.parametrize(
    ("keys", "listeners"),
    [
        ({"all": "offer-answer"}, "b"),
        ({"all": "except-offer-answer"}, "c"),
        ({"all": "flows"}, "bc"),
        ({"to_tag": "c"}, "c"),
    ],
)
def test_subscribers_hear_too(keys: dict[str, Any], listeners: str) -> None:
    call = labelled()
    call.parties.append(party("c"))
    call.subscriptions.append(Subscription(call.parties[0], call.parties[2], ((0, 0),)))
    chosen = select(call, Request(from_tag="a", **keys)).listeners
    assert chosen is not None
    assert "".join(str(listener.tag) for listener in chosen) == listeners
