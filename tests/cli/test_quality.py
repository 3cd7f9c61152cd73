"""What the command line tells of call quality."""

from cli.call_report import call_report
from cli.totals import totals

AVERAGE = {"MOS": 37, "round-trip time": 84452, "jitter": 10, "packet loss": 20, "packet loss percent": "20.35"}


def test_query_tells_how_the_parties_hear() -> None:
    entry = {"cumulative loss": 3, "average MOS": AVERAGE, "lowest MOS": {"MOS": 25}, "highest MOS": {"MOS": 45}}
    heard = call_report("c", {"SSRC": {"10": entry, "11": {"packets": 3}}}).splitlines()[-2:]
    assert " ".join(heard[0].split()) == "HEARD BY SSRC MOS LOWEST HIGHEST LOSS LOST JITTER ROUND TRIP"
    assert heard[1].split() == ["10", "3.7", "2.5", "4.5", "20.35", "%", "3", "10", "ms", "84", "ms"]


def test_replies_of_rtpengine_have_whole_percents() -> None:
    average = {key: value for key, value in AVERAGE.items() if key != "packet loss percent"}
    assert "20 %" in call_report("c", {"SSRC": {"10": {"average MOS": average}}})


def test_totals_tell_averages_of_what_was_reported() -> None:
    told = {
        "mos": {"mos_average": "3.700000", "mos_samples_total": 3},
        "voip_metrics": {
            "jitter_average": "16.000000",
            "jitter_samples_total": 3,
            "rtt_e2e_average": "154524.000000",
            "rtt_e2e_samples_total": 0,
        },
    }
    text = totals({"statistics": told})
    assert "mean opinion score" in text
    assert "3.7" in text
    assert "16.0 ms" in text
    assert "round trip" not in text
    assert "Quality" not in totals({"statistics": {}})
