"""The report of a run: `gather` reads counts from the warehouse, `render` turns them into one self-contained page."""

from pipeline.page.facts import gather
from pipeline.page.model import Facts
from pipeline.page.render import render

__all__ = ["Facts", "gather", "render"]
