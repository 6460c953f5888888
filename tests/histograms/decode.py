"""Reads encoded histograms, one a line, and prints of each: count, largest value, percentiles, and every bucket."""

import sys

from hdrh.histogram import HdrHistogram

for line in sys.stdin:
    histogram = HdrHistogram.decode(line.strip())
    values = [histogram.get_total_count(), histogram.get_max_value()]
    values += [histogram.get_value_at_percentile(percent) for percent in (25.0, 50.0, 75.0, 100.0)]
    buckets = [
        f"{step.value_iterated_to}:{step.count_added_in_this_iter_step}"
        for step in histogram.get_recorded_iterator()
    ]
    print(*values, *buckets)
