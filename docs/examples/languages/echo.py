from eventsim import SyncSimulation

with SyncSimulation(seed=1) as simulation:
    simulation.add_function("echo", code="echo", runtime="provided.al2023")
    print(simulation.invoke("echo", {"n": 1}))
