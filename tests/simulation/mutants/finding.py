"""Runs seeds of one program, in a process of its own, until something does not hold; its answer is one JSON object."""

import gc
import json
import sys
from typing import get_args

from loguru import logger

from kraken_tui import __file__ as program
from kraken_tui.simulation.schedule import run_schedule
from kraken_tui.simulation.style import Policy


def main(folder: str, policy: str, first: int, last: int) -> None:
    assert program.startswith(folder), f"{program} is not in {folder}"
    wanted: Policy = next(each for each in get_args(Policy) if each == policy)
    logger.remove()
    told: dict[str, object] = {"seed": None, "what": ""}
    for seed in range(first, last + 1):
        if seed % 25 == 0:
            gc.collect()
        try:
            broken = [each.what for each in run_schedule(seed, wanted).broken]
        except Exception as error:  # noqa: BLE001 - a broken engine may break the schedule itself, and is found by that
            broken = [f"{type(error).__name__}: {error}"]
        if broken:
            told = {"seed": seed, "what": broken[0]}
            break
    print(json.dumps(told))


if __name__ == "__main__":
    gc.disable()
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
