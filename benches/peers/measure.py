"""The rows of the comparison. Each drives the servers in turn, several rounds, and prints medians and ratios.

Limits: one processor for the server, one for the client, loopback; CPU ticks are 10 ms.
"""

import ipaddress
import re
import signal
import statistics
import subprocess
import sys
import threading

SUBNET = ipaddress.ip_network("81.2.69.0/24")
SATURATED = ["-c", "32", "-q", "1000"]
WARM_UP = 1


def dnsperf(server, arguments, seconds):
    command = ["taskset", "-c", "1", "dnsperf", "-s", "127.0.0.1", "-p", str(server.port), "-B", "-l", str(seconds)]
    return subprocess.run(command + arguments, check=True, capture_output=True, text=True).stdout


def number(label, output):
    found = re.search(label + r":\s+([\d.]+)", output)
    return float(found.group(1)) if found else 0.0


def drive(server, arguments, seconds):
    """µs of CPU per completed query, and what dnsperf says."""
    before = server.cpu()
    output = dnsperf(server, arguments, seconds)
    user, system = (after - so_far for after, so_far in zip(server.cpu(), before))
    completed = number("Queries completed", output)
    if not completed:
        sys.exit(f"{server.name} completed nothing:\n{output}")
    rcodes = re.search(r"Response codes:\s+(.*)", output)
    return {"cost": (user + system) / completed * 1e6, "user": user / completed * 1e6, "rate": completed / seconds,
            "lost": int(number("Queries lost", output)), "mean": number(r"Average Latency \(s\)", output) * 1e3,
            "longest": float(re.search(r"max ([\d.]+)", output).group(1)) * 1e3,
            "rcodes": rcodes.group(1) if rcodes else "none"}


def median_latency(server, arguments):
    """Milliseconds; from a short run of its own, since dnsperf then writes a line a query."""
    output = dnsperf(server, [*arguments, "-v"], 1)
    return statistics.median(float(seconds) for seconds in re.findall(r"^> .* ([\d.]+)$", output, re.M)) * 1e3


def row(title, servers, arguments, options):
    """Alternated rounds of one load; the first server is compared with each of the others."""
    print(f"\n== {title}: dnsperf {' '.join(arguments[2:])}")
    results = {server.name: [] for server in servers}
    for server in servers:
        drive(server, arguments, WARM_UP)
    for turn in range(options.rounds):
        at = turn % len(servers)
        for server in servers[at:] + servers[:at]:
            results[server.name].append(drive(server, arguments, options.seconds))
    latency = {server.name: median_latency(server, arguments) for server in servers} if "-Q" in arguments else {}
    print(f"{'server':9} {'µs CPU/query':>12} {'min':>6} {'max':>6} {'user':>6} {'queries/s':>10} {'lost':>6} "
          f"{'mean ms':>8} {'median':>7}  answers")
    for name, rounds in results.items():
        costs = [result["cost"] for result in rounds]
        middle = {key: statistics.median(result[key] for result in rounds) for key in ("user", "rate", "mean")}
        print(f"{name:9} {statistics.median(costs):12.3f} {min(costs):6.2f} {max(costs):6.2f} {middle['user']:6.2f} "
              f"{middle['rate']:10.0f} {sum(result['lost'] for result in rounds):6} {middle['mean']:8.3f} "
              f"{latency.get(name, float('nan')):7.3f}  {rounds[-1]['rcodes']}")
    first, *others = results
    for other in others:
        ratios = [mine["cost"] / theirs["cost"] for mine, theirs in zip(results[first], results[other])]
        print(f"{first} / {other}: {statistics.median(ratios):.3f} "
              f"(rounds: {', '.join(f'{ratio:.3f}' for ratio in ratios)})")


def saturated(servers, files, options):
    row("saturated", servers, ["-d", files["steered"], *SATURATED], options)


def missing(servers, files, options):
    """Random names: NXDOMAIN."""
    servers = [server for server in servers if server.name != "echo"]
    row("names that do not exist", servers, ["-d", files["missing"], *SATURATED], options)
    row("the same beside a hit", servers, ["-d", files["steered"], *SATURATED], options)


def paced(servers, files, options):
    for rate in (5_000, 20_000, 60_000):
        arguments = ["-d", files["steered"], "-c", "32", "-q", "1000", "-Q", str(rate)]
        row(f"{rate} queries a second", servers, arguments, options)


def tcp(servers, files, options):
    servers = [server for server in servers if server.name != "echo"]
    row("TCP, pipelined", servers, ["-d", files["steered"], "-m", "tcp", "-c", "20", "-q", "500"], options)


def start(servers, _, options):
    """From the start of the process to its first answer, the CPU that took, and what it then holds in memory."""
    print(f"\n== start\n{'server':9} {'first answer, ms':>16} {'min':>6} {'max':>6} {'CPU ms':>7} {'resident MiB':>13}")
    for server in servers:
        taken, resident, spent = [], [], []
        for _ in range(options.rounds):
            server.stop()
            server.start()
            taken.append(server.await_answer(SUBNET) * 1e3)
            spent.append(sum(server.cpu()) * 1e3)
            resident.append(server.resident())
        print(f"{server.name:9} {statistics.median(taken):16.0f} {min(taken):6.0f} {max(taken):6.0f} "
              f"{statistics.median(spent):7.0f} {statistics.median(resident):13.1f}")


def reload(servers, files, options):
    """The slowest query while the first server loads everything anew, beside the slowest of a run without a load."""
    server, results = servers[0], {}
    for loads in (0, 1):
        rounds = []
        for _ in range(options.rounds):
            signals = threading.Timer(1, server.process.send_signal, [signal.SIGHUP])
            if loads:
                signals.start()
            arguments = ["-d", files["steered"], "-c", "32", "-q", "1000", "-Q", "20000"]
            rounds.append(drive(server, arguments, max(3, options.seconds)))
            signals.cancel()
        results[loads] = rounds
    print(f"\n== reload of {server.name} at 20000 queries a second: slowest query of each round, ms")
    for loads, rounds in results.items():
        slowest = ", ".join(f"{result['longest']:.2f}" for result in rounds)
        print(f"{'with a reload' if loads else 'without':14} {slowest}; lost {sum(r['lost'] for r in rounds)}")


ROWS = {"saturated": saturated, "missing": missing, "paced": paced, "tcp": tcp, "start": start, "reload": reload}
