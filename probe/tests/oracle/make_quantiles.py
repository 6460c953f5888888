#!/usr/bin/env python3
"""Writes quantiles.txt: samples and their exact figures, which the probe's distributions are tested against.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1
    venv/bin/python make_quantiles.py > quantiles.txt

One block a sample: `sample NAME SCALE`, `values ...` (whole steps), then `figure NAME VALUE` in the unit of the scale.
Quantiles are NumPy's `inverted_cdf` (Hyndman and Fan's definition 1) of the steps themselves; for shares that are not
exact in binary the rank is taken with exact fractions, and NumPy must agree. Counts up to an edge are NumPy's too.
"""
import math
from fractions import Fraction

import numpy as np
from scipy import stats

rng = np.random.default_rng(20261104)
whole = lambda values: np.maximum(np.rint(values), 0).astype(np.uint64)

samples = {
    # Latencies of about 1 ms in nanoseconds, with a long tail.
    "lognormal_ns": (1e-9, whole(stats.lognorm(s=1.0, scale=1e6).rvs(400, random_state=rng))),
    # Two populations far apart: cache hits and misses, in ticks of 16 cycles at 2.5 GHz.
    "bimodal_ticks": (6.4e-9, whole(np.concatenate([rng.normal(300, 30, 300), rng.normal(2e5, 1e4, 80)]))),
    # Small whole numbers, where every value has a bucket of its own.
    "small_counts": (1.0, whole(rng.poisson(7.0, 333))),
    # Sizes over many octaves: the heaviest tail that a mean still belongs to.
    "pareto_bytes": (1.0, whole(stats.pareto(1.2, scale=200).rvs(401, random_state=rng))),
    # The whole range of the recorder.
    "uniform_u64": (1.0, rng.integers(0, 2**64 - 1, 200, dtype=np.uint64, endpoint=True)),
    "one_value": (1e-9, np.array([1_234_567], dtype=np.uint64)),
}
shares = ["0", "0.01", "0.05", "0.07", "0.25", "0.5", "0.75", "0.9", "0.95", "0.99", "0.999", "1"]

print("# Made by make_quantiles.py; numpy", np.__version__)
for name, (scale, values) in samples.items():
    ordered = np.sort(values)
    print("sample", name, scale)
    print("values", *values)
    for share in shares:
        rank = max(1, math.ceil(Fraction(share) * len(values)))
        exact = int(ordered[rank - 1])
        if float(share) * len(values) == float(Fraction(share) * len(values)):
            assert exact == int(np.quantile(ordered, float(share), method="inverted_cdf"))
        print("quantile", share, repr(exact * scale))
    total = sum(int(v) for v in values)
    print("sum", total)
    print("mean", repr(float(Fraction(total, len(values))) * scale))
    # Edges at the upper end of a bucket: 2^k - 1 is one for every k.
    for k in range(0, 64):
        edge = 2**k - 1
        print("upto", edge, int(np.count_nonzero(values <= np.uint64(edge))))
