"""How does a durable function come to its end? It is run again and again, and goes on from what it has saved.

An execution is begun by an invocation. Its handler saves what it has done (`CheckpointDurableExecution`) and suspends
itself to wait: for an instant, a retry, a callback, another function. When that has come about the function is invoked
anew, with all that was saved, until it returns a result, fails, or the execution's time is over.
"""
