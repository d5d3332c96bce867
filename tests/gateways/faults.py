"""The faults, one function each: what is done, what is aimed at."""

import signal
import threading
import time

from parts import FRONT, MASTER_KEY, REGIONS, Load, Process, until
from rows import Row, config, within


def killed(rig, pace, limit, number=signal.SIGKILL, name="killed", back=420):
    us = rig.regions["us"]
    row = Row(rig, f"{name}, {pace}", f"out ≤ {limit} s", pace)
    row.run(lambda: us.gateway.end(number), lambda: (us.start(), us.await_start()), limit * 3, back)
    rig.done(row, within(row, "out", limit) and "back" in row.seen, f"out within {limit} s, and back")


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
    row.run(stop, go, out * 3, 900)
    rig.done(row, within(row, "half", half) and within(row, "out", out))


def slow(rig, pace):
    us = rig.regions["us"]
    row = Row(rig, f"first token 7 s, {pace}", "moved ≤ 40 s", pace, model="probe-a")
    row.run(lambda: us.provider(0, "slow", ttft=7), us.well, 80, 420)
    rig.done(row, within(row, "moved", 40))


def errors(rig, share, limit):
    row = Row(rig, f"{share:.0%} errors, default", f"moved ≤ {limit} s", "default", port=FRONT)
    part = lambda share: rig.front.shares.__setitem__("us", share)
    row.run(lambda: part(share), lambda: part(0.0), 2 * limit, 900)
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
    rig.done(row, "moved" not in row.seen and row.transitions == 0 and "provider_down" in row.alarms)


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
    rig.done(row, "moved" not in row.seen and row.transitions == 0 and "probe_misconfigured" in row.alarms)


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
    while time.monotonic() < deadline and not "last_resort" in row.alarms:
        answers = row.server.client.ask("91.10.7.0")
        left += [address for address in answers if address not in inside] if answers else ["nothing"]
        row.alarms = row.server.alarms()
        time.sleep(0.02)
    row.seen["out"] = time.monotonic() - row.began
    for _ in range(200):
        answers = row.server.client.ask("91.10.7.0")
        left += [address for address in answers if address not in inside] if answers else ["nothing"]
    row.transitions = len(row.server.transitions(row.region)) - row.before
    rig.done(row, not left and "last_resort" in row.alarms, f"outside the fence: {left[:5]}")
    row.server.end()
    rig.start(europe)


SHORT = {  # the last one leaves its gateways down
    "killed": lambda rig: killed(rig, "quick", 2),
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
