"""Drives faults of real gateways against a running director, and prints what its clients saw.

    drive.py [--short] [--list] [SCENARIO…]

Every figure is taken over DNS: 128 client subnets ask again and again; `moved` is when the first of them got another
region after the fault, `half` and `out` when half and all had, `back` when all had their own region again after it
ended. The short form probes faster and runs what needs no minutes.
"""

import argparse
import os
import shutil
import signal
import sys
import tempfile
import threading
import time
from pathlib import Path

from parts import FRONT, MASTER_KEY, PORT, REGIONS, Front, Late, Load, Process, Region, Server, until

CONFIG = """
[server]
listen = ["127.0.0.1:0"]
workers = 1
{vantage}

[admin]
socket = "run/meridian.sock"

[zones]
directory = "zones"

[geoip]
overrides = {{ "20.0.0.0/16" = "US", "91.10.0.0/16" = "DE" }}

[probes.gateway]
port = {port}
{timing}
liveliness = {{ path = "/health/liveliness" }}
readiness = {{ interval = "{ready}", timeout = "{ready_timeout}" }}
completion = {{ model = "{model}", key_file = "key", interval = "{complete}", timeout = "{complete}" }}
{provider}
metrics = {{ url = "http://{{endpoint}}:{real}/metrics/", key_file = "key", limit = 8, interval = "{scrape}", timeout = "{scrape}" }}

{regions}
[services."api.example.com"]
regions = ["us", "eu-west", "eu-central"]
strategy = "geo"
geo = {{ "country:DE" = ["eu-west", "eu-central"], default = ["us", "eu-west", "eu-central"] }}
ttl = {{ min = "1s", max = "30s" }}

[fences.gdpr]
clients = ["@EEA"]
jurisdictions = ["EU"]
unlocated = false
sink = "192.0.2.99"
{more}
"""

PACE = {  # as configured by default, the quick one of the aims, and one between that a busy machine keeps
    "default": {"timing": "", "ready": "10s", "ready_timeout": "6s", "complete": "30s", "scrape": "15s"},
    "brisk": {"timing": 'interval = "2s"\nfast_interval = "1s"\ntimeout = "2s"', "ready": "3s", "ready_timeout": "3s",
              "complete": "4s", "scrape": "4s"},
    "quick": {"timing": 'interval = "500ms"\nfast_interval = "250ms"\ntimeout = "200ms"', "ready": "1s",
              "ready_timeout": "1s", "complete": "1s", "scrape": "2s"},
}
CLIENTS = {"us": "20.0", "eu-west": "91.10"}


def config(pace, port=PORT, model="probe", vantage="", more="", provider="", dead=()):
    region = lambda name, address: (
        f'[regions.{name}]\njurisdiction = "{name[:2].upper()}"\ncoordinates = [0, 0]\nendpoints = ["{address}"]\nprobe = "gateway"\n'
        + (f'probe_endpoints = ["127.0.0.99"]\n' if name in dead else ""))
    regions = "\n".join(region(name, address) for name, address in REGIONS.items())
    return CONFIG.format(port=port, real=PORT, model=model, vantage=vantage, more=more, provider=provider, regions=regions,
                         **PACE[pace])


class Row:
    """One fault, from its beginning to the full return."""

    def __init__(self, rig, name, aim, pace, region="us", steers=True, **config_words):
        self.rig, self.name, self.aim, self.region, self.steers = rig, name, aim, region, steers
        self.server = rig.serve(config(pace, **config_words))
        self.seen, self.weights = {}, []

    def settle(self):
        """Waits until every client has its own region."""
        share = lambda: self.share() == 1.0 and self.server.status()["regions"][self.region]["verdict"] in ("up", "unknown")
        until(f"{self.name}: all is well before the fault", share, 120)
        until("first observations", lambda: all("seconds" in str(region["endpoints"]) for region in self.server.status()["regions"].values()), 60)
        self.before = len(self.server.transitions(self.region))

    def share(self):
        return self.server.client.share(CLIENTS[self.region], REGIONS[self.region])

    def watch(self, marks, patience, since):
        """Looks at the clients' answers until every mark was passed, or for so long."""
        while time.monotonic() - since < patience and not all(mark in self.seen for mark in marks):
            share, at = self.share(), time.monotonic() - since
            for mark, passed in marks.items():
                if passed(share):
                    self.seen.setdefault(mark, at)
            weight = self.server.status()["regions"][self.region]["weight"]
            if not self.weights or self.weights[-1][1] != weight:
                self.weights.append((round(time.monotonic() - self.began), weight))
            time.sleep(0.05)

    def run(self, fault, mend, patience, back):
        self.settle()
        self.began = time.monotonic()
        fault()
        marks = {"moved": lambda share: share < 1, "half": lambda share: share <= 0.5, "out": lambda share: share == 0}
        self.watch(marks if self.steers else {"never": lambda share: False, "moved": marks["moved"]}, patience, self.began)
        self.alarms = self.server.status()["alarms"]
        self.transitions = len(self.server.transitions(self.region)) - self.before
        mended = time.monotonic()
        mend()
        if self.seen.get("moved") is not None:
            self.watch({"back": lambda share: share == 1}, back, mended)
        self.returns = len(self.server.transitions(self.region)) - self.before - self.transitions
        self.server.end()
        return self

    def line(self):
        figure = lambda mark: f"{self.seen[mark]:.1f}" if mark in self.seen else "–"
        path = " ".join(f"{weight}@{at}s" for at, weight in self.weights[:12])
        marks = " | ".join(figure(mark) for mark in ("moved", "half", "out", "back"))
        return f"| {self.name} | {self.aim} | {marks} | {self.transitions}+{self.returns} | {path} |"


class Rig:
    """The whole stage: three regions, and one server a row."""

    def __init__(self, meridian, place):
        self.meridian, self.place, self.rows, self.failures, self.servers = meridian, place, [], [], []
        self.regions = {name: Region(name, place) for name in REGIONS}
        self.front = Front()

    def begin(self):
        for region in self.regions.values():
            region.await_start()

    def serve(self, text):
        place = self.place / f"row-{len(self.rows)}-{time.monotonic_ns()}"
        place.mkdir()
        self.servers.append(Server(place, self.meridian, text))
        return self.servers[-1]

    def done(self, row, holds, why=""):
        self.rows.append(row)
        print(row.line(), flush=True)
        if not holds:
            self.failures.append(f"{row.name}: {why or row.aim}; saw {row.seen}, {row.transitions} transition(s), alarms {row.alarms}")

    def end(self):
        for part in [*self.servers, *self.regions.values()]:
            part.end()


def within(row, mark, seconds):
    return row.seen.get(mark, 1e9) <= seconds


def killed(rig, pace, limit, number=signal.SIGKILL, name="killed"):
    us = rig.regions["us"]
    row = Row(rig, f"{name}, {pace}", f"out ≤ {limit} s", pace)
    row.run(lambda: us.gateway.end(number), lambda: (us.start(), us.await_start()), limit * 3, 420)
    rig.done(row, within(row, "out", limit))


def wire(rig):
    """From the verdict in the log to the first changed answer, by a client that asks without a pause."""
    us = rig.regions["us"]
    row = Row(rig, "verdict → answer", "< 1 ms", "quick")
    row.settle()
    changed = []

    def chase():
        while row.server.client.ask("20.0.1.0") == [REGIONS["us"]]:
            pass
        changed.append(time.time())

    row.began = time.monotonic()
    thread = threading.Thread(target=chase)
    thread.start()
    us.gateway.end(signal.SIGKILL)
    thread.join(30)
    until("the transition is logged", lambda: len(row.server.transitions(row.region)) > row.before, 10)
    told = row.server.moment(row.server.transitions(row.region)[-1])
    row.seen, row.alarms, row.transitions, row.returns = {"moved": changed[0] - told}, [], 1, 0
    row.aim = f"< 1 ms: {(changed[0] - told) * 1000:+.2f} ms after the log line"
    rig.done(row, changed[0] - told < 0.001)
    row.server.end()
    us.start()
    us.await_start()


def frozen(rig, pace, half, out):
    us = rig.regions["us"]
    row = Row(rig, f"frozen, {pace}", f"half ≤ {half} s, out ≤ {out} s", pace)
    stop, go = (lambda: us.gateway.send(signal.SIGSTOP)), (lambda: us.gateway.send(signal.SIGCONT))
    row.run(stop, go, out * 3, 420)
    rig.done(row, within(row, "half", half) and within(row, "out", out))


def slow(rig, pace):
    us = rig.regions["us"]
    row = Row(rig, f"first token 7 s, {pace}", "moved ≤ 40 s", pace, model="probe-a")
    row.run(lambda: us.provider(0, "slow", ttft=7), us.well, 80, 420)
    rig.done(row, within(row, "moved", 40))


def errors(rig, share, limit):
    row = Row(rig, f"{share:.0%} errors, default", f"moved ≤ {limit} s", "default", port=FRONT)
    part = lambda share: rig.front.shares.__setitem__("us", share)
    row.run(lambda: part(share), lambda: part(0.0), 2 * limit, 420)
    rig.done(row, within(row, "moved", limit))


def one_provider(rig, pace, seconds):
    us = rig.regions["us"]
    row = Row(rig, f"one of two providers dead, {pace}", "no action", pace, steers=False)
    load = Load(us, "chat", 2)
    row.run(lambda: us.provider(0, "500"), lambda: (us.well(), load.stop()), seconds, 0)
    rig.done(row, "moved" not in row.seen and row.transitions == 0)


def all_providers(rig, pace, seconds):
    plan = 'provider = { model = "chat", key_file = "key", interval = "5s", timeout = "5s" }'
    row = Row(rig, f"all providers dead everywhere, {pace}", "no action, alarm", pace, steers=False, provider=plan)
    each = lambda mode: [region.provider(which, mode) for region in rig.regions.values() for which in (0, 1)]
    row.run(lambda: each("500"), lambda: each("ok"), seconds, 0)
    rig.done(row, "moved" not in row.seen and row.transitions == 0 and any("provider" in alarm for alarm in row.alarms))


def overload(rig, pace, seconds):
    us = rig.regions["us"]
    row = Row(rig, f"overload, {pace}", "gradual, never 100 → 0", pace)
    loads = []

    def begin():
        us.provider(0, "slow", ttft=3)
        us.provider(1, "slow", ttft=3)
        loads.append(Load(us, "chat", 24))

    row.run(begin, lambda: (us.well(), loads[0].stop()), seconds, 420)
    steps = [before - after for (_, before), (_, after) in zip(row.weights, row.weights[1:])]
    rig.done(row, "moved" in row.seen and max(steps, default=100) <= 50)


def draining(rig, pace, limit):
    us = rig.regions["us"]
    row = Row(rig, f"draining, {pace}", f"out ≤ {limit} s", pace)
    row.run(us.drain, us.restart, limit * 3, 420)
    rig.done(row, within(row, "out", limit))


def wrong_key(rig, pace, seconds):
    row = Row(rig, f"wrong key, {pace}", "no action, alarm", pace, steers=False)
    key = row.server.place / "key"
    row.run(lambda: key.write_text("sk-nobody\n"), lambda: key.write_text(MASTER_KEY), seconds, 0)
    rig.done(row, "moved" not in row.seen and row.transitions == 0 and any("misconfigured" in alarm for alarm in row.alarms))


def vantage_cut(rig, pace, seconds):
    more = "[vantages.one]\n[vantages.two]\n[vantages.three]\n"
    row = Row(rig, f"one of three vantages cut off, {pace}", "no action", pace, steers=False, vantage='vantage = "one"', more=more)
    place, watchers = row.server.place, {}

    def watch(name, text):
        (place / f"{name}.toml").write_text(text)
        words = [rig.meridian, "probe", "--config", place / f"{name}.toml", "--vantage", name, "--socket", row.server.socket]
        watchers[name] = Process(words, place / f"{name}.log")

    well = config(pace, vantage='vantage = "one"', more=more)
    cut = config(pace, vantage='vantage = "one"', more=more, dead=tuple(REGIONS))
    watch("two", well)
    watch("three", well)
    row.run(lambda: (watchers["three"].end(), watch("three", cut)), lambda: None, seconds, 0)
    for process in watchers.values():
        process.end()
    rig.done(row, "moved" not in row.seen and row.transitions == 0)


def fence_down(rig, pace, seconds):
    europe = [rig.regions["eu-west"], rig.regions["eu-central"]]
    row = Row(rig, f"a whole fence down, {pace}", "last resort inside it", pace, region="eu-west")
    left = []

    def fault():
        for region in europe:
            region.gateway.end(signal.SIGKILL)

    inside = {REGIONS["eu-west"], REGIONS["eu-central"]}
    row.settle()
    row.began, row.alarms, row.transitions, row.returns = time.monotonic(), [], 0, 0
    fault()
    deadline = row.began + seconds
    while time.monotonic() < deadline and not any("last resort" in alarm for alarm in row.alarms):
        answers = row.server.client.ask("91.10.7.0")
        left += [address for address in answers if address not in inside] if answers else ["nothing"]
        row.alarms = row.server.status()["alarms"]
        time.sleep(0.02)
    row.seen["out"] = time.monotonic() - row.began
    for _ in range(200):
        answers = row.server.client.ask("91.10.7.0")
        left += [address for address in answers if address not in inside] if answers else ["nothing"]
    row.transitions = len(row.server.transitions(row.region)) - row.before
    rig.done(row, not left and any("last resort" in alarm for alarm in row.alarms), f"outside the fence: {left[:5]}")
    row.server.end()
    for region in europe:
        region.start()
    for region in europe:
        region.await_start()


SHORT = {
    "killed": lambda rig: killed(rig, "quick", 2),
    "wire": wire,
    "wrong-key": lambda rig: wrong_key(rig, "brisk", 12),
    "providers": lambda rig: all_providers(rig, "brisk", 20),
    "fence": lambda rig: fence_down(rig, "brisk", 30),
}
FULL = {
    "killed": lambda rig: killed(rig, "default", 25),
    "killed-quick": lambda rig: killed(rig, "quick", 2),
    "refused": lambda rig: killed(rig, "default", 25, signal.SIGTERM, "refused"),
    "wire": wire,
    "frozen": lambda rig: frozen(rig, "default", 25, 45),
    "slow": lambda rig: slow(rig, "default"),
    "errors-50": lambda rig: errors(rig, 0.5, 60),
    "errors-20": lambda rig: errors(rig, 0.2, 250),
    "one-provider": lambda rig: one_provider(rig, "default", 120),
    "all-providers": lambda rig: all_providers(rig, "default", 120),
    "overload": lambda rig: overload(rig, "default", 150),
    "draining": lambda rig: draining(rig, "default", 25),
    "wrong-key": lambda rig: wrong_key(rig, "default", 120),
    "vantage": lambda rig: vantage_cut(rig, "default", 90),
    "fence": lambda rig: fence_down(rig, "default", 60),
}
HEAD = """| fault | aim | moved s | half s | out s | back s | transitions | weight@time |
|---|---|---|---|---|---|---|---|"""


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--list", action="store_true")
    parser.add_argument("scenario", nargs="*")
    told = parser.parse_args()
    table = SHORT if told.short else FULL
    if told.list:
        print("\n".join(table))
        return 0
    place = Path(tempfile.mkdtemp(prefix="meridian-gateways-"))
    rig = Rig(os.environ["MERIDIAN"], place)
    try:
        rig.begin()
        print(HEAD, flush=True)
        for name in told.scenario or table:
            try:
                table[name](rig)
            except Late as late:
                rig.failures.append(f"{name}: {late}")
    finally:
        rig.end()
    for failure in rig.failures:
        print(f"NOT AS AIMED: {failure}", file=sys.stderr)
    if not rig.failures:
        shutil.rmtree(place)
    else:
        print(f"logs: {place}", file=sys.stderr)
    return 1 if rig.failures else 0


sys.exit(main())
