import json
from typing import Any

import pytest

from rtpng.ng.fit import CUT_WARNING, TOO_LONG, Reply, fit


def size(reply: Reply) -> int:
    return len(json.dumps(reply))


def ssrc() -> dict[str, Any]:
    return {"packets": 1, "average MOS": {"MOS": 43}, "MOS progression": {"entries": [{"MOS": 43}] * 10}}


def media(index: int) -> dict[str, Any]:
    stream = {"local port": 30000 + index, "stats": {"packets": 1}}
    return {"index": index, "streams": [stream, stream], "ingress SSRCs": [ssrc()], "egress SSRCs": [ssrc()]}


def report() -> dict[str, Any]:
    return {
        "created": 1,
        "SSRC": {str(number): ssrc() for number in range(4)},
        "tags": {tag: {"tag": tag, "medias": [media(1), media(2)]} for tag in ("a", "b")},
        "totals": {"RTP": {"packets": 1}},
        "result": "ok",
    }


def test_a_reply_that_fits_is_left_alone() -> None:
    reply = report()
    assert fit(reply, size, size(reply)) is reply


def test_parts_go_in_the_order_of_their_use() -> None:
    limit, seen = size(report()), []
    while True:
        cut = fit(report(), size, limit - 1)
        if cut.get("result") == "error":
            break
        assert size(cut) < limit
        assert cut["warning"] == CUT_WARNING
        limit = size(cut)
        seen.append(_parts(cut))
    assert seen == [
        "ssrcs inline streams medias tags",
        "ssrcs streams medias tags",
        "streams medias tags",
        "medias tags",
        "tags",
        "",
    ]
    assert cut == {"result": "error", "error-reason": TOO_LONG}


def _parts(reply: Reply) -> str:
    party = reply.get("tags", {}).get("a", {})
    first: dict[str, Any] = next(iter(party.get("medias", [])), {})
    present = {
        "ssrcs": "SSRC" in reply,
        "history": any("MOS progression" in entry for entry in reply.get("SSRC", {}).values()),
        "inline": "ingress SSRCs" in first,
        "streams": "streams" in first,
        "medias": "medias" in party,
        "tags": "tags" in reply,
    }
    return " ".join(name for name, there in present.items() if there)


@pytest.mark.parametrize("limit", [100, 110, 500, 1000])
def test_a_list_keeps_as_many_calls_as_fit(limit: int) -> None:
    reply = {"calls": [f"call-{number}" for number in range(100)], "result": "ok"}
    cut = fit(reply, size, limit)
    assert cut["calls"] == reply["calls"][: len(cut["calls"])]
    one_more = {**cut, "calls": reply["calls"][: len(cut["calls"]) + 1]}
    assert size(cut) <= limit < size(one_more)


def test_an_sdp_cannot_be_cut() -> None:
    cut = fit({"sdp": "v=0" * 100, "result": "ok"}, size, 200)
    assert cut == {"result": "error", "error-reason": TOO_LONG}


def test_a_warning_of_the_command_stays() -> None:
    reply = {"warning": "w", "calls": ["x" * 100], "result": "ok"}
    assert fit(reply, size, 60) == {"warning": "w", "calls": [], "result": "ok"}
