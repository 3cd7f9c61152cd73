import json

import pytest

from tests.cli.conftest import Run

STOCK = "SIP-source-address replace-origin replace-session-connection"
BROWSER = "replace-origin ICE=force DTLS=passive SDES-off RTP/SAVPF direction=priv direction=pub"


def test_the_stock_script(run: Run) -> None:
    assert run("explain", STOCK).stdout == (
        "In an offer\n"
        "  SIP-source-address  Sends media to the host that SIP came from, not to that of the SDP.\n"
        "  replace-origin      Puts the relay's address into the o= line.\n"
        "\n"
        "In an answer\n"
        "  SIP-source-address  Sends media to the host that SIP came from, not to that of the SDP.\n"
        "  replace-origin      Puts the relay's address into the o= line.\n"
        "\n"
        "No effect\n"
        "  replace-session-connection  every c= has the relay's address anyway\n"
    )


def test_flags_need_no_quotes(run: Run) -> None:
    assert run("explain", *STOCK.split()).stdout == run("explain", STOCK).stdout


def test_one_half(run: Run) -> None:
    offer, answer = run("explain", "--offer", BROWSER).stdout, run("explain", "--answer", BROWSER).stdout
    assert "In an answer" not in offer
    assert "in an offer" not in offer
    assert "In an offer" not in answer
    assert "  RTP/SAVPF ICE=force  Browsers expect UDP/TLS/RTP/SAVPF" in offer
    assert "  ICE=force     Whether an answer has ICE was settled by its offer" in answer


def test_both_halves_say_which_is_meant(run: Run) -> None:
    text = run("explain", BROWSER).stdout
    assert "  RTP/SAVPF ICE=force, in an offer  " in text
    assert "  ICE=force, in an answer  " in " ".join(text.split("\n"))
    assert max(map(len, text.splitlines())) <= 100


def test_long_words_stand_on_their_own(run: Run) -> None:
    address = "media-address=2001:db8:1111:2222:3333:4444:5555:6666"
    assert f"\n  {address}\n" in run("explain", f"inactive {address}").stdout


def test_json(run: Run) -> None:
    told = json.loads(run("explain", "--json", BROWSER).stdout)
    assert list(told) == ["offer", "answer", "no effect", "probably a mistake"]
    assert {"words": "replace-origin", "text": "Puts the relay's address into the o= line."} in told["answer"]
    assert {"words", "text", "in"} == set(told["probably a mistake"][0])
    assert [one["in"] for one in told["probably a mistake"] if one["words"] == "ICE=force"] == [["answer"]]
    assert "answer" not in json.loads(run("explain", "--json", "--offer", BROWSER).stdout)


@pytest.mark.parametrize("flags", ["", " "])
def test_nothing_to_explain(run: Run, flags: str) -> None:
    assert run("explain", flags).stdout == "There is nothing to explain.\n"


def test_no_flags_at_all(run: Run) -> None:
    result = run("explain")
    assert result.exit_code == 2
    assert "Missing argument 'FLAGS...'" in result.stderr


def test_control_characters_stay_out_of_the_terminal(run: Run) -> None:
    text = run("explain", "zzz\x1b[31m]").stdout
    assert "\x1b" not in text
    assert "zzz\\x1b" in text


def test_a_value_that_no_request_may_have(run: Run) -> None:
    result = run("explain", f"label={'x' * 5000}")
    assert result.exit_code == 1
    assert result.stderr == "Error: Identifier too long (at most 4096 bytes).\n"
