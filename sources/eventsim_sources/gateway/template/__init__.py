"""Mapping templates: the part of Velocity's language that API Gateway's templates use.

`render` is the door. A template is read once into a tree (`tree`, `reader`), and evaluated for every request
(`evaluate`) with the methods that values have (`methods`). What is not understood is an error, never left out.
"""

from eventsim_sources.gateway.template.evaluate import render
from eventsim_sources.gateway.template.tree import TemplateMistake

__all__ = ["TemplateMistake", "render"]
