"""The rows that need no sockets: what `answer()` and the lookup cost, how that grows, and a verdict's way to a picture.

Criterion measures them (benches/*.rs), in as many passes as there are rounds; printed is the median of the passes.
"""

import json
import pathlib
import statistics
import subprocess

TIMES = ["--noplot", "--warm-up-time", "0.5", "--measurement-time", "2"]
RESULTS = pathlib.Path("target/criterion")
# (bench, which of its rows)
PASSES = [("answer", "^answer"), ("locate", "^geo/locate v.$"), ("decide", "verdict to picture")]
# what must not grow: first the row that the others are held against
FLAT = [("answer as it grows/services x regions/1 x 3", ["services x regions/10000 x 3", "services x regions/1 x 200",
                                                         "services x regions/10000 x 200"]),
        ("answer as it grows/shed/1 %", ["shed/60 %"])]


def nanoseconds(path):
    """Median of one row: for an element where the row counts elements, for a pass otherwise."""
    told = {name: json.loads((path / f"{name}.json").read_text(encoding="utf-8")) for name in ("estimates", "benchmark")}
    elements = (told["benchmark"]["throughput"] or {}).get("Elements", 1)
    return told["estimates"]["median"]["point_estimate"] / elements


def one_pass(results):
    for bench, rows in PASSES:
        command = ["taskset", "-c", "0", "cargo", "bench", "--locked", "--quiet", "--bench", bench, "--", rows, *TIMES]
        subprocess.run(command, check=True, capture_output=True, text=True)
    for estimates in sorted(RESULTS.rglob("new/estimates.json")):
        row = estimates.parent
        title = json.loads((row / "benchmark.json").read_text(encoding="utf-8"))["full_id"]
        results.setdefault(title, []).append(nanoseconds(row))


def core(_, __, options):
    results = {}
    subprocess.run(["rm", "-rf", str(RESULTS)], check=True)
    for _ in range(options.rounds):
        one_pass(results)
    print(f"\n== without sockets\n{'row':52} {'ns':>12} {'min':>12} {'max':>12}")
    for title, passes in results.items():
        print(f"{title:52} {statistics.median(passes):12.1f} {min(passes):12.1f} {max(passes):12.1f}")
    for first, others in FLAT:
        for other in others:
            ratios = [grown / small for grown, small in zip(results[f"answer as it grows/{other}"], results[first])]
            print(f"{other} / {first.split('/', 1)[1]}: {statistics.median(ratios):.3f} "
                  f"(passes: {', '.join(f'{ratio:.3f}' for ratio in ratios)})")
