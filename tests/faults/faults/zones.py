"""A zone file is cut, emptied, zeroed, shrunk or gone, and loaded: the whole zone serves on, and a cut is said."""

import time

from asking import NOERROR, NONE, query, udp

TITLE = "zone file cut, emptied, gone"
SERVERS = ["meridian", "gdnsd", "knot"]
AIMS = {
    "bad loads": NONE,
    "cuts tried": ("", None),
    "refused and said": ("all", lambda said: said == "all"),
}


def run(rig, name):
    server = rig.start(name, hosts=1000)
    good = server.zone.read_text(encoding="utf-8")
    lines = good.splitlines(keepends=True)
    cuts = {
        "after a line": "".join(lines[: len(lines) * 3 // 10]),
        "in an address": good[: good.index("192.0.2.7") + len("192.0.2")],
        "in a name": good[: len(good) // 2 - 3],
        "empty": "",
        "zeroed": "\0" * len(good),
        "gone": None,
    }
    bad, unsaid = 0, []
    for what, text in cuts.items():
        if text is None:
            server.zone.unlink()
        else:
            server.zone.write_text(text, encoding="utf-8")
        accepted = server.reload()
        time.sleep(0.5 if name == "knot" else 0.1)
        bad += code(server, "h999.example.com") != NOERROR
        if accepted and name == "meridian":
            unsaid.append(what)
        server.zone.write_text(good, encoding="utf-8")
        server.reload()
        time.sleep(0.5 if name == "knot" else 0.1)
    figures = {"bad loads": bad, "cuts tried": len(cuts)}
    if name == "meridian":
        figures["refused and said"] = ", ".join(unsaid) or "all"
    return figures


def code(server, name):
    try:
        return udp(server.port, query(name))[3] & 15
    except OSError:
        return "silence"
