import random


def draw(event, context):
    return random.randint(1, 6)


def test_six_is_a_matter_of_luck(simulation):
    simulation.add_function("draw", handler=draw)

    assert simulation.invoke("draw") == 6
