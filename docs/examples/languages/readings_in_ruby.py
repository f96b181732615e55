import json

from eventsim import SyncSimulation

reading = {"sensor": "s1", "celsius": 21.5}
with SyncSimulation(seed=1) as simulation:
    simulation.add_function("record", code=".", handler="readings.Readings.record", runtime="ruby3.4", timeout=10)
    print(simulation.invoke("record", {"Records": [{"body": json.dumps(reading)}]}))
