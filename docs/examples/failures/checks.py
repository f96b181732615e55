def nobody_is_charged_twice(entries):
    lines = [entry.detail["text"] for entry in entries if entry.kind == "logged"]
    charged = [line for line in lines if line.startswith("charged")]
    assert len(charged) == len(set(charged)), f"{len(charged)} times for {len(set(charged))} orders"
