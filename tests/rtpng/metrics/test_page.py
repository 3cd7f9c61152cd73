"""The page that Prometheus reads."""

import re

import pytest
from prometheus_client.parser import text_string_to_metric_families

from rtpng.histogram import Histogram
from rtpng.insight import Insight, Learned
from rtpng.metrics.family import Distribution, Family
from rtpng.metrics.page import page, render
from rtpng.metrics.rtpengine import EXCLUDED
from sipcore.address import Address
from tests.rtpng.air import RelayOnAir, established
from tests.rtpng.harness import ALICE, PROXY, RelayUnderTest, talking
from tests.rtpng.media.rig import rtp
from tests.rtpng.metrics.names import RTPENGINE

WANTED = {name: told for name, told in RTPENGINE.items() if name.removeprefix("rtpengine_") not in EXCLUDED}
TYPE = re.compile(r"^# TYPE (\S+) (\S+)$", re.MULTILINE)
LABEL = re.compile(r'(\w+)="([^"]*)"')
SAMPLE = re.compile(r"^(\w+)(?:\{(.*)\})? (\S+)$", re.MULTILINE)


def told(relay: RelayUnderTest) -> str:
    relay.context.tally.command(PROXY, "offer", 0.002)
    return page(relay.context).decode()


def value(text: str, name: str, **labels: str) -> float:
    samples = ((found, dict(LABEL.findall(told)), float(number)) for found, told, number in SAMPLE.findall(text))
    (only,) = [number for found, told, number in samples if (found, told) == (name, labels)]
    return only


@pytest.mark.parametrize("name", WANTED)
def test_rtpengines_metrics_are_there_with_type_and_labels(name: str) -> None:
    text = told(talking())
    kind, labels = WANTED[name]
    assert dict(TYPE.findall(text))[name] == kind
    seen = {tuple(re.findall(r"(\w+)=", found)) for sample, found, _ in SAMPLE.findall(text) if sample == name}
    assert {frozenset(each) for each in seen} == {frozenset(labels)}


def test_what_is_left_out_has_a_reason_and_is_not_there() -> None:
    text = told(talking())
    assert all(EXCLUDED.values())
    assert not {f"rtpengine_{name}" for name in EXCLUDED} & {name for name, _, _ in SAMPLE.findall(text)}


def test_a_parser_reads_every_line() -> None:
    text = told(talking())
    samples = [sample for family in text_string_to_metric_families(text) for sample in family.samples]
    assert len(samples) == sum(not line.startswith("#") for line in text.splitlines())


def test_a_call_is_seen() -> None:
    relay = RelayOnAir()
    to_a, _ = established(relay)
    relay.send(Address(ALICE, 4999), to_a, rtp(5, ssrc=7))
    text = told(relay)
    assert value(text, "rtpengine_sessions", type="own") == 1
    assert value(text, "rtpengine_mediastreams", type="kernel") == 1
    assert value(text, "rtpengine_requests_total", proxy=PROXY, request="offer") == 1
    assert value(text, "rtpng_kernel_flows") == 2
    assert value(text, "rtpng_kernel_active") == 1
    assert value(text, "rtpng_learning_total", outcome="confirmed") == 2
    assert value(text, "rtpng_learning_total", outcome="foreign") == relay.engine.insight.counts[Learned.FOREIGN]
    relay.engine.close()


def test_recordings_are_seen() -> None:
    relay = talking()
    counts = relay.engine.recordings.counts
    counts.started, counts.failed, counts.packets_taken, counts.packets_dropped = 4, 1, 1000, 7
    text = told(relay)
    assert value(text, "rtpng_recordings") == 0
    assert value(text, "rtpng_recordings_started_total") == 4
    assert value(text, "rtpng_recordings_failed_total") == 1
    assert value(text, "rtpng_recording_packets_total", outcome="taken") == 1000
    assert value(text, "rtpng_recording_packets_total", outcome="dropped") == 7


def test_a_histogram_has_every_bucket() -> None:
    histogram = Histogram((0.1, 1.0))
    for seconds in (0.05, 0.1, 0.5, 7.0):
        histogram.add(seconds)
    assert list(histogram.buckets) == [(0.1, 2), (1.0, 3), (float("inf"), 4)]
    text = render([Distribution("took_seconds", "How long.", histogram)]).decode()
    assert value(text, "took_seconds_bucket", le="+Inf") == value(text, "took_seconds_count") == 4
    assert value(text, "took_seconds_sum") == pytest.approx(7.65)


def test_a_counter_keeps_the_name_that_rtpengine_gave_it() -> None:
    text = render([Family("rtpengine_packets_lost", "counter", "Lost.", (({}, 3.0),))]).decode()
    assert (
        text
        == "# HELP rtpengine_packets_lost Lost.\n# TYPE rtpengine_packets_lost counter\nrtpengine_packets_lost 3.0\n"
    )


def test_words_are_counted_that_have_not_come_up() -> None:
    assert Insight().counts[Learned.HELD] == 0
