#!/usr/bin/env python3
"""Why a prediction error is taken from jobs left out, and why another kernel must be much better than `alu`.

    venv/bin/python kernel_choice.py

Prints the rate of false claims over the nominal rate (one side, mean of both) for a candidate that did not change, and the median
half-width at 2.5 % in percent. Rows: how the kernel was chosen. `follows another` has a benchmark that lives in memory, as
kernel 3 does. The formulas are those of docs/statistics.md.
"""
import numpy as np
from scipy import stats

RUNS, KERNELS, PRIOR = 20_000, 9, 3 * 0.02**2
LEVELS = (0.025, 0.0025, 0.0005)
rng = np.random.default_rng(3)

def slopes(y, k):
    kc, yc = k - k.mean(1, keepdims=True), y - y.mean(1, keepdims=True)
    kk, ky = (kc**2).sum(1), (kc * yc[:, :, None]).sum(1)
    return np.clip((ky + PRIOR) / (kk + PRIOR), 0, 1.2), ky / np.sqrt(kk)

def left_out(y, k):
    total = 0
    for j in range(y.shape[1]):
        keep = np.arange(y.shape[1]) != j
        beta, _ = slopes(y[:, keep], k[:, keep])
        total = total + (y[:, j, None] - y[:, keep].mean(1)[:, None] - beta * (k[:, j] - k[:, keep].mean(1))) ** 2
    return np.sqrt(total / y.shape[1])

def simulate(jobs, machine, own, kernel_own, memory):
    m = rng.standard_normal((RUNS, jobs + 1)) * machine
    mem = rng.standard_normal((RUNS, jobs + 1)) * memory
    y = m + mem + rng.standard_normal(m.shape) * own
    k = m[:, :, None] + rng.standard_normal((RUNS, jobs + 1, KERNELS)) * kernel_own
    k[:, :, 3] += mem
    past_y, past_k, runs = y[:, :-1], k[:, :-1], np.arange(RUNS)
    beta, correlation = slopes(past_y, past_k)
    error = left_out(past_y, past_k)
    best = error.argmin(1)
    residuals = past_y[:, :, None] - beta[:, None] * past_k
    in_sample = residuals.std(1, ddof=1) * np.sqrt(1 + 1 / jobs)
    missed = y[:, -1, None] - past_y.mean(1)[:, None] - beta * (k[:, -1] - past_k.mean(1))
    for name, pick, se in (
        ("alu, residuals of the fit", np.zeros(RUNS, int), in_sample),
        ("alu, jobs left out", np.zeros(RUNS, int), error),
        ("highest correlation, residuals", correlation.argmax(1), in_sample),
        ("smallest error", best, error),
        ("error below 0.8 of alu's", np.where(error[runs, best] < 0.8 * error[:, 0], best, 0), error),
        ("error below 0.6 of alu's", np.where(error[runs, best] < 0.6 * error[:, 0], best, 0), error),
    ):
        e, s = missed[runs, pick], se[runs, pick]
        rates = [float((abs(e) > stats.t.ppf(1 - a, jobs - 1) * s).mean() / 2 / a) for a in LEVELS]
        width = 100 * float(np.median(s)) * stats.t.ppf(0.975, jobs - 1)
        print(f"  {name:32} " + " ".join(f"{r:5.2f}" for r in rates) + f"  width {width:5.2f}  kernel 3: {(pick == 3).mean():.1%}")

for jobs in (8, 20, 40):
    for name, case in {
        "kernels follow the machine": (0.0264, 0.01, 0.005, 0),
        "kernels follow it by half": (0.0264, 0.02, 0.02, 0),
        "kernels say nothing": (0, 0.0264, 0.0264, 0),
        "follows another": (0.02, 0.01, 0.01, 0.03),
    }.items():
        print(f"{jobs} jobs, {name}: rates at nominal {LEVELS}")
        simulate(jobs, *case)

print("share of sound kernels more than 4 median deviations from the median of their history")
for jobs in (8, 20, 50):
    history, now = rng.standard_normal((100_000, jobs)), rng.standard_normal(100_000)
    middle = np.median(history, 1)
    deviation = np.median(abs(history - middle[:, None]), 1)
    print(f"  {jobs} jobs: {(abs(now - middle) > 4 * deviation).mean():.1%}")
