"""How does what lies in a source reach a function? Event source mappings: take, match, batch, invoke, settle."""
