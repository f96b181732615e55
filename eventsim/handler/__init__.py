"""How does user code live inside? As strands on the loop's own thread, which see a process of their own."""
