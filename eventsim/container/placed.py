"""What does a function become that names an image? One whose code, handler and runtime are those of the image."""

from pathlib import Path

from eventsim.container.build import Build
from eventsim.container.image import Image, ImageConfig, read_image
from eventsim.errors import ConfigurationError
from eventsim.function.spec import FunctionSpec, with_code


def image_at(path: Path, handler: str | None) -> Image:
    """Read the image of a folder with a Dockerfile, or of a Dockerfile.

    Args:
        handler: what the function wants instead of the image's command.

    Raises:
        ConfigurationError: the Dockerfile is not there, makes no sense, or starts no function.
    """
    context, dockerfile = (path, path / "Dockerfile") if path.is_dir() else (path.parent, path)
    config = ImageConfig(command=[handler] if handler else [])
    image = read_image(Build(context=context, dockerfile=dockerfile), config)
    if image.problem:
        raise ConfigurationError(f"{dockerfile} {image.problem}")
    return image


def in_image(spec: FunctionSpec, image: Image, root: Path) -> FunctionSpec:
    """Return the settings of a function whose image is laid out below a folder; its own variables win."""
    code, layers = image.lay_out(root)
    runtime = spec.runtime or image.runtime
    return with_code(spec, code, handler=image.handler, runtime=runtime, variables=image.variables, layers=layers)
