"""The text of the page: the only place that knows the library."""

from collections.abc import Iterable, Iterator

from prometheus_client.core import HistogramMetricFamily, Metric
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4, generate_latest
from prometheus_client.registry import CollectorRegistry

from rtpng.metrics import ours, rtpengine
from rtpng.metrics.family import Distribution, Family
from rtpng.ng.commands.context import Context
from rtpng.ng.commands.statistics import totals

CONTENT_TYPE = CONTENT_TYPE_PLAIN_0_0_4

_TOTAL = "_total"


class _Families:
    """A collector of families that there are already."""

    def __init__(self, families: Iterable[Family | Distribution]) -> None:
        self._families = tuple(families)

    def collect(self) -> Iterator[Metric]:
        return map(_metric, self._families)


def page(context: Context) -> bytes:
    """The metrics of this moment."""
    families = (*rtpengine.families(totals(context), context.tally), *ours.families(context.engine, context.interfaces))
    return render(families)


def render(families: Iterable[Family | Distribution]) -> bytes:
    told = tuple(families)
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Families(told))
    text: bytes = generate_latest(registry)
    bare = (each.name for each in told if isinstance(each, Family) and _is_bare(each))
    for name in bare:
        for line in ("# HELP", "# TYPE"):
            text = text.replace(f"{line} {name}{_TOTAL} ".encode(), f"{line} {name} ".encode())
    return text


def _is_bare(family: Family) -> bool:
    """A counter whose name does not end as the library has all of them end; some of rtpengine's do not."""
    return family.type == "counter" and not family.name.endswith(_TOTAL)


def _written(bound: float) -> str:
    return "+Inf" if bound == float("inf") else str(bound)


def _metric(family: Family | Distribution) -> Metric:
    if isinstance(family, Distribution):
        histogram = family.histogram
        buckets = [(_written(bound), float(count)) for bound, count in histogram.buckets]
        return HistogramMetricFamily(family.name, family.help, buckets=buckets, sum_value=histogram.total)
    name = family.name.removesuffix(_TOTAL) if family.type == "counter" else family.name
    metric = Metric(name, family.help, family.type)
    for labels, value in family.values:
        metric.add_sample(family.name, labels, value)
    return metric
