def each_is_booked_once(entries):
    booked = [line for line in _lines(entries, "function book") if line.startswith("booked")]
    assert len(booked) == len(set(booked)) == 20, f"{len(booked)} times for {len(set(booked))} of 20 bookings"


def standard_ends_well(entries):
    _all_are_shipped(_lines(entries, "function standard"))


def fifo_ends_well(entries):
    _all_are_shipped(_lines(entries, "function fifo"))


def _all_are_shipped(lines):
    last = dict(line.split() for line in lines if line.startswith("o"))
    assert set(last.values()) == {"shipped"}, ", ".join(f"{order} is {step}" for order, step in last.items())


def _lines(entries, place):
    return [entry.detail["text"].strip() for entry in entries if entry.kind == "logged" and entry.place == place]
