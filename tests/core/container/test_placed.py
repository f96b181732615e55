"""What does a function become that names an image?"""

from pathlib import Path

import pytest

from eventsim import ConfigurationError, SyncSimulation
from tests.templates.conftest import APPLICATIONS

IMAGES = APPLICATIONS / "images"


@pytest.mark.parametrize("image", ["shop", "shop/Dockerfile"])
def test_a_function_may_be_an_image(image: str) -> None:
    """By the folder of its Dockerfile, or the file; what cannot be carried out is in the trace."""
    with SyncSimulation(folder=IMAGES) as world:
        world.add_function("shop", image=image, environment={"COLOUR": "green"}, runtime="python3.13")
        found = world.invoke("shop", {})
        (told,) = world.trace.entries(("accepted without effect",))

    assert found["variables"] == [None, "green", "extra large", "AWS_Lambda_python3.13"]
    assert "RUN is not carried out" in told.detail["reason"]


def test_a_function_may_want_another_handler_of_an_image() -> None:
    """As `ImageConfig` has it."""
    with SyncSimulation(folder=IMAGES) as world:
        world.add_function("shop", "app.other", image="shop/Dockerfile.slim")

        assert world.invoke("shop", {}) == "other"


def test_an_image_stands_in_for_one_that_is_not_known() -> None:
    """Where a template has only its address."""
    with SyncSimulation(folder=IMAGES) as world:
        deployed = world.deploy(
            "template.yaml", functions={"Unknown": {"image": "shop/Dockerfile.slim"}}, stack="images"
        )

        assert world.invoke("Unknown", {}) == "other"
    assert next(line.level for line in deployed.lines if line.logical_id == "Unknown") == "works"


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        ("FROM python:3.12\nCMD ['flask']", "Dockerfile is a container image that starts a program of its own"),
        ("FROM python:3.12\nCOPPY a b", "Dockerfile, line 2: there is no instruction COPPY"),
    ],
)
def test_an_image_that_is_no_function_is_refused(tmp_path: Path, lines: str, words: str) -> None:
    """With the setting that names it."""
    (tmp_path / "Dockerfile").write_text(lines)

    with SyncSimulation(folder=tmp_path) as world, pytest.raises(ConfigurationError, match=words) as refused:
        world.add_function("shop", image=".")
    assert refused.value.key == "functions.shop.image"
