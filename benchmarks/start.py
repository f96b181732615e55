"""What does one wait for? Import, `hello` from the shell, and a simulated day.

With byte code, as an installed package has it: it is made by a first run that does not count, in a folder of its own.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from functools import partial
from pathlib import Path

from benchmarks.measure import line

HELLO = Path(__file__).parent.parent / "scenarios" / "hello.yaml"

DAY = """
functions: {tick: {handler: tick.handler}}
workload: [{every: 1 minute, until: 1 day, invoke: {function: tick, type: asynchronous}}]
"""
TICK = "def handler(event, context):\n    return None\n"


def process_s(*arguments: str, byte_code: str, rounds: int) -> float:
    """Return how long a fresh Python with these arguments takes, after one that does not count."""
    environ = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environ["PYTHONPYCACHEPREFIX"] = byte_code
    spans_s = []
    for _ in range(rounds + 1):
        began_s = time.perf_counter()
        subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL, env=environ)
        spans_s.append(time.perf_counter() - began_s)
    return statistics.median(spans_s[1:])


def day_s() -> tuple[float, int]:
    """Return how long a simulated day took after the start, and how many invocations it had."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "day.yaml").write_text(DAY)
        (Path(folder) / "tick.py").write_text(TICK)
        command = [sys.executable, "-m", "eventsim", "run", f"{folder}/day.yaml", "--json"]
        answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    return answer["wall_s"], answer["functions"]["tick"]["invocations"]


def main(*, is_quick: bool) -> None:
    """Print the spans."""
    rounds = 5 if is_quick else 15
    print("\nStart")
    with tempfile.TemporaryDirectory() as folder:
        timed = partial(process_s, byte_code=folder, rounds=rounds)
        bare_s = timed("-c", "import asyncio; asyncio.run(asyncio.sleep(0))")
        import_s = timed("-c", "import asyncio, eventsim; asyncio.run(asyncio.sleep(0))")
        hello_s = timed("-m", "eventsim", "run", str(HELLO))
    line("import eventsim, above bare asyncio", f"{(import_s - bare_s) * 1000:.0f} ms", "<= 80 ms")
    line("`eventsim run scenarios/hello.yaml`", f"{hello_s:.2f} s", "<= 0.4 s")
    days = [day_s() for _ in range(rounds)]
    span_s = statistics.median(span_s for span_s, _ in days)
    line(f"a simulated day with {days[0][1]:,} invocations", f"{span_s:.2f} s", "<= 0.2 s")
