"""Run all benchmarks, or those named: `python -m benchmarks [--quick] [NAME …]`; `--help` lists them."""

import argparse
from importlib import import_module

BENCHMARKS = ("pipeline", "loops", "sdk", "durable", "start", "memory", "patterns", "wire", "streams", "tables")
"""Each is a module of this folder, imported when it runs: not everybody has every rival."""


def main() -> None:
    """Run what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description="Ratios against rivals, in one run.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"which of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter runs: about a minute")
    arguments = parser.parse_args()
    unknown = set(arguments.names).difference(BENCHMARKS)
    if unknown:
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}")
    for name in arguments.names or BENCHMARKS:
        try:
            benchmark = import_module(f"benchmarks.{name}")
        except ModuleNotFoundError as error:
            parser.exit(2, f"{name}: {error.name} is not installed; pip install -e '.[bench]'\n")
        benchmark.main(is_quick=arguments.quick)


if __name__ == "__main__":
    main()
