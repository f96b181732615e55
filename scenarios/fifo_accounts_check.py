"""Is every account's history in order? What a scenario's `python` expectation looks like."""


def in_order(entries):
    seen = {}
    for entry in entries:
        if entry.kind == "logged" and "#" in entry.detail["text"] and "waiting" not in entry.detail["text"]:
            account, _, rest = entry.detail["text"].partition(" #")
            number = int(rest.partition(":")[0])
            assert number == seen.get(account, 0) + 1, f"{account}: #{number} after #{seen.get(account, 0)}"
            seen[account] = number
    assert seen == {"alice": 5, "bob": 4, "carol": 3}, f"bookings applied: {seen}"
