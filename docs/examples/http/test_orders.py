"""An API, a function behind it, and a client that is not kept waiting."""

import time

from eventsim import SyncSimulation


def get_order(event, context):
    if event["pathParameters"]["id"] == "slow":
        time.sleep(40)
    return {"id": event["pathParameters"]["id"], "page": event["queryStringParameters"]["page"]}


def test_an_order_is_found_in_time():
    with SyncSimulation(seed=1) as simulation:
        simulation.add_function("get_order", handler=get_order, timeout="1 minute")
        simulation.add_source("apis", "shop", routes={"GET /orders/{id}": "get_order"})

        reply = simulation.http("GET", "/orders/7", query={"page": "2"})
        assert (reply.status, reply.json()) == (200, {"id": "7", "page": "2"})

        late = simulation.http("GET", "/orders/slow?page=1")
        assert (late.status, late.json()) == (503, {"message": "Service Unavailable"})
        assert 30 < simulation.now_s < 31
