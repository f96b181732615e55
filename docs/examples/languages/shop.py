from eventsim import SyncSimulation

adapter = {
    "layers": ["arn:aws:lambda:us-east-1:753240598075:layer:LambdaAdapterLayerX86:26"],
    "environment": {"AWS_LAMBDA_EXEC_WRAPPER": "/opt/bootstrap"},
}

with SyncSimulation(seed=1) as simulation:
    simulation.add_function("shop", code="shop", handler="run.sh", **adapter)
    made = simulation.request("lambda", "CreateFunctionUrlConfig", {"FunctionName": "shop", "AuthType": "NONE"})
    print(simulation.http("GET", f"{made['FunctionUrl']}books?by=Melville").text, end="")
    print(simulation.invoke("shop", {"Records": []}))
