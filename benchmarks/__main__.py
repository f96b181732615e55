"""Run all benchmarks, or those named: `python -m benchmarks [--quick] [NAME …]`; `--help` lists them."""

import argparse

from benchmarks import durable, loops, memory, patterns, pipeline, sdk, start, streams, tables, wire

BENCHMARKS = {
    "pipeline": pipeline.main,
    "loops": loops.main,
    "sdk": sdk.main,
    "durable": durable.main,
    "start": start.main,
    "memory": memory.main,
    "patterns": patterns.main,
    "wire": wire.main,
    "streams": streams.main,
    "tables": tables.main,
}


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios against rivals, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: about a minute")
    arguments = parser.parse_args()
    unknown = set(arguments.names) - BENCHMARKS.keys()
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    for name in arguments.names or BENCHMARKS:
        BENCHMARKS[name](is_quick=arguments.quick)


if __name__ == "__main__":
    main()
