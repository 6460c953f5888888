#!/usr/bin/env python3
"""Writes trend.json: slopes and trend tests that tollgate's own are tested against.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 pymannkendall==1.4.3
    venv/bin/python make_trend.py > trend.json

Slopes and intervals are those of scipy.stats.theilslopes; S and its variance those of pymannkendall.original_test, whose
two-sided p is halved here; tau-b of scipy.stats.kendalltau is a second witness of S.
"""
import json

import numpy as np
import pymannkendall
import scipy
from scipy import stats

rng = np.random.default_rng(20261121)
series = {
    "independent": rng.standard_normal(25).round(6),
    "rising": (np.arange(40) * 0.1 + rng.standard_normal(40)).round(6),
    "falling": (np.arange(12) * -0.7 + rng.standard_normal(12)).round(6),
    "ties": np.floor(np.arange(30) / 7 + rng.random(30) * 2),
    "steps": np.repeat([3.0, 3.0, 5.0, 4.0, 9.0], 6),
    "memory": (1e8 + np.cumsum(rng.random(60) < 0.3) * 4096.0 * 33),
    "three": np.array([1.0, 5.0, 2.0]),
    "outlier": np.concatenate([np.arange(10.0), [1e12], np.arange(11.0, 20.0)]),
}
cases = []
for name, y in series.items():
    x = np.cumsum(0.5 + rng.random(len(y))).round(6)
    test = pymannkendall.original_test(y)
    tau = stats.kendalltau(np.arange(len(y)), y)
    case = {"name": name, "x": x.tolist(), "y": y.tolist(), "s": float(test.s), "variance": float(test.var_s), "tau_b": float(tau.statistic),
            "p_rising": float(test.p / 2 if test.z > 0 else 1 - test.p / 2), "slopes": []}
    for confidence in (0.5, 0.9, 0.95, 0.99):
        slope = stats.theilslopes(y, x, alpha=confidence)
        case["slopes"].append({"confidence": confidence, "slope": float(slope.slope), "low": float(slope.low_slope), "high": float(slope.high_slope)})
    cases.append(case)
body = ",\n".join("  " + json.dumps(case) for case in cases)
made = json.dumps({"numpy": np.__version__, "scipy": scipy.__version__, "pymannkendall": "1.4.3"})
print('{\n "made_with": ' + made + ',\n "cases": [\n' + body + "\n ]\n}")
