"""The rows of the fault matrix, by what they break. Importing it fills `trial.ROWS`."""

from faults import broker, clock, discord, disk, files, links, places  # noqa: F401
from faults import power, together, web  # noqa: F401
