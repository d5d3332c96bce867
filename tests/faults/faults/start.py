"""A cold start that finds the newest config or zone broken: what was accepted last is served, at once and loudly."""

from asking import NOERROR, query, udp

TITLE = "cold start, newest file bad"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "of 5 served": ("5", lambda served: served == 5),
    "slowest start s": ("time: < 1", lambda seconds: seconds < 1),
    "most CPU s of a start": ("< 1", lambda seconds: seconds < 1),
    "of 5 said": ("5", lambda said: said == 5),
}


def run(rig, name):
    server = rig.start(name)
    server.stop_only()
    config, zone = server.config.read_bytes(), server.zone.read_bytes()
    faults = [
        (server.config, config[: len(config) // 2]),
        (server.config, b"\0" * len(config)),
        (server.zone, zone[: len(zone) // 2 + 3]),
        (server.zone, b""),
        (server.config, None),
    ]
    served, said, slowest, most = 0, 0, 0.0, 0.0
    for path, octets in faults:
        good = path.read_bytes()
        path.unlink() if octets is None else path.write_bytes(octets)
        try:
            server.start(patience=15)
            served += udp(server.port, query("h1.example.com"))[3] & 15 == NOERROR
            slowest, most = max(slowest, server.took), max(most, server.cpu())
            if name == "meridian":
                said += any(alarm["kind"] == "last_known_good" for alarm in server.status()["alarms"])
        except (OSError, RuntimeError):
            pass
        server.stop_only()
        path.write_bytes(good)
    figures = {"of 5 served": served, "slowest start s": slowest, "most CPU s of a start": most}
    if name == "meridian":
        figures["of 5 said"] = said
    return figures
