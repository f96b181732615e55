"""`python -m docs.update` rewrites every block of every page that is not written by hand, and the recorded outputs."""

from docs.update.blocks import PAGES, ROOT, missing_programs, updated
from docs.update.made import MAKERS
from docs.update.recorded import SCENARIOS, output_of

for name in PAGES:
    path = ROOT / name
    before = path.read_text(encoding="utf-8")
    missing = missing_programs(before)
    if missing:
        print(f"{name}: left as it is, for want of {', '.join(missing)}")
        continue
    after = updated(before, MAKERS)
    if after != before:
        path.write_text(after, encoding="utf-8")
        print(f"{name}: updated")

for scenario in SCENARIOS:
    record = scenario.with_suffix(".out")
    text = output_of(scenario)
    if not record.exists() or record.read_text(encoding="utf-8") != text:
        record.write_text(text, encoding="utf-8")
        print(f"{record.relative_to(ROOT)}: updated")
