#!/usr/bin/env python3
"""Writes statistics.json: values that tollgate's own statistics are tested against.

    python3 -m venv venv && venv/bin/pip install numpy==2.4.6 scipy==1.17.1 statsmodels==0.15.0
    venv/bin/python make_oracle.py > statistics.json

Nothing here is tollgate's formula written twice: signed-rank laws come from full enumeration of signs, their p-values
from scipy.stats.wilcoxon, Hodges-Lehmann bounds from inverting that test by search, the rest from SciPy and statsmodels.
The published table is in the Rust test, where it is cited.
"""
import itertools
import json
import sys

import numpy as np
import scipy
import statsmodels
from scipy import stats
from statsmodels.stats.multitest import multipletests

rng = np.random.default_rng(20260711)
out = {
    "made_with": {
        "numpy": np.__version__,
        "scipy": scipy.__version__,
        "statsmodels": statsmodels.__version__,
    }
}

# --- signed-rank: number of sign vectors for each value of T+, by enumerating all 2^n of them.
out["signed_rank_counts"] = []
for n in range(1, 13):
    counts = [0] * (n * (n + 1) // 2 + 1)
    for signs in itertools.product((0, 1), repeat=n):
        counts[sum(rank for rank, sign in enumerate(signs, 1) if sign)] += 1
    out["signed_rank_counts"].append({"n": n, "counts": counts})

# --- signed-rank: p-values of SciPy's exact test, and the bounds that invert it.
def p_greater(values, centre):
    return float(stats.wilcoxon(values - centre, alternative="greater", method="exact").pvalue)

def p_less(values, centre):
    return float(stats.wilcoxon(values - centre, alternative="less", method="exact").pvalue)

def invert(values, level):
    """Where the test starts to reject, scanned over the only places where its p-value can change."""
    n = len(values)
    walsh = np.sort([(values[i] + values[j]) / 2 for i in range(n) for j in range(i, n)])
    edges = np.concatenate([[walsh[0] - 1], walsh, [walsh[-1] + 1]])
    gaps = (edges[:-1] + edges[1:]) / 2  # one point in each gap: no ties there
    low = high = None
    for k, point in enumerate(gaps):
        if p_greater(values, point) <= level:
            low = float(edges[k + 1])  # rejected up to the right end of this gap
        if high is None and p_less(values, point) <= level:
            high = float(edges[k])
    return low, high

out["hodges_lehmann"] = []
for n in (3, 5, 8, 12, 18, 27, 40):
    values = np.round(rng.standard_t(3, size=n) * 0.03 + 0.01, 9)
    walsh = [(values[i] + values[j]) / 2 for i in range(n) for j in range(i, n)]
    intervals = []
    for level in (0.05, 0.025, 0.0155, 0.001, 0.05 * 0.31 / 20):
        low, high = invert(values, level)
        intervals.append({"level": level, "low": low, "high": high})
    out["hodges_lehmann"].append({
        "values": values.tolist(),
        "estimate": float(np.median(walsh)),
        "intervals": intervals,
        "tests": [
            {"centre": c, "greater": p_greater(values, c), "less": p_less(values, c)}
            for c in (-0.0213, 0.0, 0.0101, 0.0477)
        ],
    })

# --- quantiles of Student's t and of the normal distribution.
out["student"] = [
    {"p": p, "df": df, "quantile": float(stats.t.ppf(p, df))}
    for df in (1, 2, 4, 7, 9, 19, 39, 49, 200, 2000)
    for p in (0.5, 0.6, 0.75, 0.8, 0.9, 0.95, 0.975, 0.99, 0.999, 0.9995, 0.99999, 1 - 1e-7)
]
out["normal"] = [
    {"p": p, "quantile": float(stats.norm.ppf(p))}
    for p in (1e-9, 1e-6, 0.000155, 0.0155, 0.2, 0.5, 0.8, 0.95, 0.975, 0.9999)
]

# --- exact binomial interval.
out["clopper_pearson"] = []
for k, n in ((0, 1), (1, 1), (0, 20), (0, 300), (3, 77), (5, 100), (50, 100), (99, 100), (20, 20), (47, 2000), (1, 100000)):
    for confidence in (0.9, 0.95, 0.99):
        ci = stats.binomtest(k, n).proportion_ci(confidence_level=confidence, method="exact")
        out["clopper_pearson"].append({"k": k, "n": n, "confidence": confidence, "low": float(ci.low), "high": float(ci.high)})
out["binomial_upper_tail"] = [
    {"k": k, "n": n, "p": p, "tail": float(stats.binom.sf(k - 1, n, p))}
    for k, n, p in ((0, 5, 0.1), (1, 5, 0.1), (5, 5, 0.1), (9, 77, 0.05), (20, 234, 0.05), (150, 2000, 0.05))
]

# --- descriptions.
out["describe"] = []
for n in (1, 2, 3, 5, 9, 10, 11, 14, 15, 50, 100, 101):
    values = np.round(rng.lognormal(3, 0.4, size=n), 6)
    out["describe"].append({
        "values": values.tolist(),
        "mean": float(np.mean(values)),
        "trimmed": float(stats.trim_mean(values, 0.2)),
        "median": float(np.median(values)),
        "mad": float(stats.median_abs_deviation(values)),
        "sd": float(np.std(values, ddof=1)) if n > 1 else None,
        "quantiles": [{"p": p, "value": float(np.quantile(values, p))} for p in (0.0, 0.05, 0.25, 0.5, 0.9, 0.99, 1.0)],
    })

# --- prediction interval of one further value, from statsmodels' regression on a constant.
import statsmodels.api as sm
out["prediction"] = []
for n in (2, 5, 8, 20, 50):
    values = np.round(rng.normal(5, 0.03, size=n), 9)
    fit = sm.OLS(values, np.ones((n, 1))).fit()
    for level in (0.05, 0.025, 0.0005):
        frame = fit.get_prediction(np.ones((1, 1))).summary_frame(alpha=2 * level)
        out["prediction"].append({
            "values": values.tolist(), "level": level,
            "centre": float(values.mean()),
            "low": float(frame["obs_ci_lower"].iloc[0]), "high": float(frame["obs_ci_upper"].iloc[0]),
        })

# --- Holm.
out["holm"] = []
for ps in ([0.01], [0.01, 0.04, 0.03, 0.005], [0.2, 0.2, 0.2], [1.0, 0.0, 0.5], rng.random(30).round(4).tolist(),
           (rng.random(12) ** 4).round(6).tolist()):
    out["holm"].append({"p": ps, "adjusted": multipletests(ps, method="holm")[1].tolist()})

# --- slope shrunk to one, and the error with which each job is predicted from the others, refitted without it.
def slope(k, y):
    """argmin |y - b k|^2 + lam (b - 1)^2 of centred values, as least squares on one more row."""
    root = np.sqrt(3 * 0.02**2)
    rows = np.append(k - k.mean(), root)
    target = np.append(y - y.mean(), root)
    return min(max(float(np.linalg.lstsq(rows[:, None], target, rcond=None)[0][0]), 0.0), 1.2)

out["kernel"] = []
for n, steep in ((8, 0.7), (9, -3.0), (20, 1.0), (40, 2.0)):
    k = np.round(rng.normal(3, 0.03, size=n), 9)
    y = np.round(7 + steep * (k - 3) + rng.normal(0, 0.01, size=n), 9)
    errors = []
    for left_out in range(n):
        k_rest, y_rest = np.delete(k, left_out), np.delete(y, left_out)
        predicted = y_rest.mean() + slope(k_rest, y_rest) * (k[left_out] - k_rest.mean())
        errors.append(y[left_out] - predicted)
    out["kernel"].append({"k": k.tolist(), "y": y.tolist(), "now": 3.01, "beta": slope(k, y),
                          "shift": slope(k, y) * (3.01 - float(k.mean())),
                          "error": float(np.sqrt(np.mean(np.square(errors))))})

# --- pairs that go through layouts: the test of SciPy on the mean of each layout, inverted.
out["layouts"] = []
for n, layouts in ((18, 12), (27, 16), (40, 16), (40, 24)):
    values = np.round(rng.standard_t(3, size=n) * 0.03 + 0.02, 9)
    means = np.array([values[np.arange(n) % layouts == layout].mean() for layout in range(layouts)])
    walsh = [(means[i] + means[j]) / 2 for i in range(layouts) for j in range(i, layouts)]
    low, high = invert(means, 0.25 * 0.05)
    out["layouts"].append({"values": values.tolist(), "layouts": layouts, "level": 0.25 * 0.05,
                           "estimate": float(np.median(walsh)), "low": low, "high": high,
                           "p_more": p_greater(means, 0.0), "p_less": p_less(means, 0.0)})

# --- how probable complete separation of r values from r others is.
out["separation"] = [
    {"r": r, "level": float(stats.mannwhitneyu(np.arange(r) + r, np.arange(r), alternative="greater", method="exact").pvalue)}
    for r in range(1, 13)
]

# --- Ashman's D at the best of all cuts, tried one by one.
out["ashman"] = []
for n, share in ((20, 0.5), (40, 0.5), (40, 0.2), (100, 0.3)):
    values = np.round(np.exp(0.02 * rng.standard_normal(n) + np.log(1.15) * (rng.random(n) < share)) * 1000, 6)
    wild = int(np.ceil(0.025 * n))
    logs = np.log(np.sort(values)[wild:n - wild])
    least = max(4, int(np.ceil(0.1 * len(logs))))
    cuts = range(least, len(logs) - least + 1)
    below = min(cuts, key=lambda k: logs[:k].var() * k + logs[k:].var() * (len(logs) - k))
    distance = logs[below:].mean() - logs[:below].mean()
    d = np.sqrt(2) * distance / np.sqrt(logs[:below].var(ddof=1) + logs[below:].var(ddof=1))
    out["ashman"].append({"values": values.tolist(), "below": below, "d": float(d)})

# One case a line: a changed value is a readable diff.
sections = []
for name, cases in out.items():
    if isinstance(cases, list):
        body = "[\n" + ",\n".join("  " + json.dumps(case) for case in cases) + "\n ]"
    else:
        body = json.dumps(cases)
    sections.append(f" {json.dumps(name)}: {body}")
sys.stdout.write("{\n" + ",\n".join(sections) + "\n}\n")
