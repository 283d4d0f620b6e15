"""How fast the pages come with five years of nights, and how large `plms serve` is then.

usage: python -m tests.bench.web_five_years [YEARS [FOLDER]]

A FOLDER that holds nights already is measured as it is.
"""

from __future__ import annotations

import http.client
import os
import subprocess
import sys
import tempfile
import time
from datetime import date
from pathlib import Path
from statistics import median

from appliance.config import Config
from appliance.store.connect import open_database
from appliance.web.access import Access
from appliance.web.app import create_app
from appliance.web.serve import listen
from tests.appliance.web import made_nights

ROUNDS = 40
LAST = date(2026, 11, 21)
PAGES = ("/", "/nights", "/doctor", "/diary/beside", "/api/v1/nights")


def child(state: Path) -> None:
    app = create_app(state, Config(), access=Access.demo())
    server = listen(app, "127.0.0.1", 0)
    print(server.port, flush=True)
    server.run()


def fetch(port: int, path: str) -> tuple[float, int]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=300)
    begun = time.perf_counter()
    connection.request("GET", path, headers={"Accept-Encoding": "gzip"})
    answer = connection.getresponse()
    first_ms = 1000 * (time.perf_counter() - begun)
    size = len(answer.read())
    connection.close()
    return first_ms, size


def rss_mb(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return int(text.split("VmRSS:")[1].split()[0]) / 1024


def prepare(state: Path, years: float) -> None:
    db = open_database(state)
    if db.execute("SELECT COUNT(*) FROM nights").fetchone()[0] == 0:
        made_nights.make_nights(db, LAST, round(365 * years))
    count = db.execute("SELECT COUNT(*) FROM nights").fetchone()[0]
    kicks = db.execute("SELECT COUNT(*) FROM movements").fetchone()[0]
    db.close()
    size_mb = (state / "plms.db").stat().st_size / 1e6
    print(f"{count} nights, {kicks} movements, plms.db {size_mb:.1f} MB")


def measure(state: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path.cwd())}
    command = [sys.executable, "-m", "tests.bench.web_five_years", "--child", str(state)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as server:
        port = int(server.stdout.readline())
        print(f"RSS at start {rss_mb(server.pid):.1f} MB")
        for path in PAGES:
            cold_ms, size = fetch(port, path)
            warm = [fetch(port, path)[0] for _ in range(ROUNDS)]
            print(
                f"{path:16} first {cold_ms:8.1f} ms, then median {median(warm):6.1f} ms, "
                f"worst {max(warm):6.1f} ms, {size / 1000:6.1f} kB compressed, "
                f"RSS {rss_mb(server.pid):.1f} MB"
            )
        total = sum(
            fetch(port, f"/static/{name}")[1]
            for name in ("plms.css", "plms.js", "icon.svg", "plms.webmanifest")
        )
        print(f"style, script, icon, manifest: {total / 1000:.1f} kB compressed")
        server.terminate()


def main(years: float, folder: str | None) -> None:
    with tempfile.TemporaryDirectory() as spare:
        state = Path(folder or spare)
        prepare(state, years)
        measure(state)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--child"]:
        child(Path(sys.argv[2]))
    else:
        main(float(sys.argv[1]) if sys.argv[1:] else 5.0, (sys.argv[2:] or [None])[0])
