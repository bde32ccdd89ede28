"""The rows of the fault matrix, by what they break. Importing it fills `trial.ROWS`."""

from faults import broker, discord, links, places, storage, together, web  # noqa: F401
