"""Counters in the text format that Prometheus reads; a few numbers need no library."""

from collections import Counter, defaultdict
from collections.abc import Mapping

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
Gauges = Mapping[str, tuple[str, float]]


class Metrics:
    """Requests by route and status, and how long they took. Used on the event loop alone."""

    def __init__(self) -> None:
        self._requests: Counter[tuple[str, int]] = Counter()
        self._buckets: defaultdict[str, list[int]] = defaultdict(lambda: [0] * (len(BUCKETS) + 1))
        self._seconds: defaultdict[str, float] = defaultdict(float)

    def count(self, route: str, status: int, seconds: float) -> None:
        self._requests[route, status] += 1
        at = next((at for at, most in enumerate(BUCKETS) if seconds <= most), len(BUCKETS))
        self._buckets[route][at] += 1
        self._seconds[route] += seconds

    def text(self, gauges: Gauges) -> str:
        """`gauges` are what is so now: a sentence and a number by name."""
        lines = _head("modelship_ml_requests_total", "counter", "Requests by route and status.")
        lines += [
            f'modelship_ml_requests_total{{route="{route}",status="{status}"}} {count}'
            for (route, status), count in sorted(self._requests.items())
        ]
        lines += _head("modelship_ml_request_seconds", "histogram", "How long requests took.")
        for route in sorted(self._buckets):
            lines += self._histogram(route)
        for name, (words, value) in gauges.items():
            lines += [*_head(f"modelship_ml_{name}", "gauge", words), f"modelship_ml_{name} {value:g}"]
        return "\n".join(lines) + "\n"

    def _histogram(self, route: str) -> list[str]:
        counts, total, lines = self._buckets[route], 0, []
        for most, count in zip([*(f"{most:g}" for most in BUCKETS), "+Inf"], counts, strict=True):
            total += count
            lines.append(f'modelship_ml_request_seconds_bucket{{route="{route}",le="{most}"}} {total}')
        lines.append(f'modelship_ml_request_seconds_sum{{route="{route}"}} {self._seconds[route]:.6f}')
        return [*lines, f'modelship_ml_request_seconds_count{{route="{route}"}} {total}']


def _head(name: str, kind: str, words: str) -> list[str]:
    return [f"# HELP {name} {words}", f"# TYPE {name} {kind}"]
