#!/usr/bin/env python3
"""Has the official parsers of prometheus_client read what the probe exports, and compares all formats.

    pip install prometheus_client
    python3 probe/tests/oracle/check_export.py

Run from the root of the repository; it starts `cargo run --example exposition`. Ends with status 1 at the first difference.
Last run with prometheus_client 0.26.0.
"""

import json
import math
import subprocess
import sys

from prometheus_client.openmetrics.parser import text_string_to_metric_families as read_openmetrics
from prometheus_client.parser import text_string_to_metric_families as read_prometheus


def exported(form):
    command = ["cargo", "run", "-q", "--locked", "-p", "tollgate-probe", "--example", "exposition", "--", form]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout.decode("utf-8")


def samples(families):
    """{(sample, labels): value}, without what only one format has."""
    found = {}
    for family in families:
        for sample in family.samples:
            if sample.name.endswith("_created"):
                assert sample.value == 1795000000.123, sample
                continue
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found, f"twice: {key}"
            found[key] = sample.value
    return found


def same(a, b):
    return a == b or (math.isnan(a) and math.isnan(b))


def main():
    openmetrics = list(read_openmetrics(exported("openmetrics")))
    prometheus = list(read_prometheus(exported("prometheus")))
    document = json.loads(exported("json"), parse_constant=lambda text: sys.exit(f"not JSON: {text}"))

    one, other = samples(openmetrics), samples(prometheus)
    assert one.keys() == other.keys(), sorted(one.keys() ^ other.keys())[:5]
    for key in one:
        assert same(one[key], other[key]), (key, one[key], other[key])

    with_series = [family for family in document["families"] if family["series"]]
    kinds = [family.type for family in openmetrics if "_quantile" not in family.name]
    assert kinds == [family["kind"] for family in with_series], kinds
    units = [family.unit for family in openmetrics if "_quantile" not in family.name]
    assert units == [family["unit"] for family in with_series], units

    # Values, family by family, in the order of series: the JSON has each number once.
    checked = 0
    for family, ours in zip(openmetrics, with_series):
        values = [s for s in family.samples if not s.name.endswith(("_created", "_bucket", "_sum"))]
        assert len(values) == len(ours["series"]), family.name
        for sample, series in zip(values, ours["series"]):
            expected = series["count"] if family.type == "histogram" else series["value"]
            if expected is None:
                expected = float(series["special"])
            assert same(sample.value, expected), (sample, series)
            texts = list(series["labels"].values())
            if series["outcome"] != "completed":
                texts.append(series["outcome"])
            if series.get("overflow"):
                texts.append("true")
            assert list(sample.labels.values()) == texts, (sample.labels, texts)
            checked += 1
    print(f"{len(one)} samples alike in both text formats, {checked} series alike in JSON")


if __name__ == "__main__":
    main()
