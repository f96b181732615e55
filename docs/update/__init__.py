"""What do the pages show, and is it true? Blocks that are cut out of files, printed by commands, or made from data."""
