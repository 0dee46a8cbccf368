"""What the assistant's model costs the engine: token to released text, the loop's longest wait, memory of 200 turns.

The server runs in a process of its own and the gate is the tests' small one. Run: python -m benchmarks.assistant
"""

import argparse
import asyncio
import gc
import multiprocessing
import statistics
import tempfile
import tracemalloc
from multiprocessing.connection import Connection
from pathlib import Path

import psutil

from benchmarks.machine import machine
from kraken_tui.clock import stopwatch_ns
from tests.agent.liar import End, Part, Text, Wait, liar
from tests.agent.llm.doubles import Stage, stage

SENTENCE = "Bitcoin is calm today and I would wait for a clearer picture. "
SLOW: list[Part] = [part for _ in range(100) for part in (Wait(0.01), Text(SENTENCE, by=8))]
FAST: list[Part] = [Text(SENTENCE * 400, by=8)]


def serve(answer: list[Part], told: Connection) -> None:
    """A server that gives the same answer again and again, until it is told to end."""

    async def run() -> None:
        async with liar([[*answer, End()]]) as server:
            told.send(server.url)
            await asyncio.to_thread(told.recv)

    asyncio.run(run())


class Served:
    """A server in a process of its own."""

    def __init__(self, answer: list[Part]) -> None:
        self._end, theirs = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(answer, theirs), daemon=True)
        self._process.start()
        self.url: str = self._end.recv()

    def close(self) -> None:
        self._end.send("end")
        self._process.join(5)


async def waits(stop: asyncio.Event) -> list[float]:
    """How much too late a loop's timer of 5 ms came, again and again, in ms."""
    late = []
    while not stop.is_set():
        began = stopwatch_ns()
        await asyncio.sleep(0.005)
        late.append((stopwatch_ns() - began) / 1e6 - 5)
    return late


async def streamed(one: Stage) -> tuple[float, int, list[float]]:
    """Seconds of one answer, sentences shown, and the loop's late timers meanwhile."""
    stop = asyncio.Event()
    watch = asyncio.ensure_future(waits(stop))
    shown, began = len(one.transcript.prose_ns), stopwatch_ns()
    await one.ask("how is bitcoin?")
    took = (stopwatch_ns() - began) / 1e9
    stop.set()
    return took, len(one.transcript.prose_ns) - shown, await watch


async def speed(folder: Path, wire: str, answer: list[Part], what: str) -> None:
    """Print how an answer streams over one wire."""
    server = Served(answer)
    one = stage(folder / f"{wire} {what}", server.url, ASSISTANT_WIRE=wire, ASSISTANT_TOKENS_PER_DAY=None)
    try:
        began = stopwatch_ns()
        await one.ask("hello?")
        first = (stopwatch_ns() - began) / 1e9
        took, sentences, late = await streamed(one)
        late.sort()
        print(
            f"{wire:9} {what}: first answer with the import {first:.2f} s, then {took:.2f} s for {sentences} sentences "
            f"({took / max(1, sentences) * 1000:.2f} ms each); loop late by {statistics.median(late):.2f} ms median, "
            f"{late[int(len(late) * 0.99)]:.1f} ms p99, {late[-1]:.1f} ms at most"
        )
    finally:
        await one.agent.close()
        server.close()


async def memory(folder: Path, turns: int) -> None:
    """Print what a long conversation keeps."""
    server = Served([Text(SENTENCE * 8, by=200)])
    one = stage(folder / "memory", server.url, ASSISTANT_TOKENS_PER_DAY=None, ASSISTANT_USD_PER_DAY=None)
    try:
        await one.ask("hello?")
        gc.collect()
        tracemalloc.start()
        resident = psutil.Process().memory_info().rss
        marks = []
        for number in range(1, turns + 1):
            await one.ask(f"question {number}, and how is bitcoin?")
            one.transcript.blocks.clear()
            one.transcript.states.clear()
            one.transcript.prose_ns.clear()
            one.verdicts.clear()
            if number in (turns // 2, turns):
                gc.collect()
                marks.append(tracemalloc.get_traced_memory()[0] / 1024)
        grown = (psutil.Process().memory_info().rss - resident) / 1024 / 1024
        kept = " and ".join(f"{mark:.0f} KiB" for mark in marks)
        print(f"{turns} turns: {kept} kept after half and all of them; RSS +{grown:.1f} MiB")
    finally:
        await one.agent.close()
        server.close()


async def run(turns: int) -> None:
    print(machine())
    with tempfile.TemporaryDirectory() as name:
        for wire in ("chat", "responses"):
            await speed(Path(name), wire, SLOW, "100 sentences, one each 10 ms")
            await speed(Path(name), wire, FAST, "400 sentences at once")
        await memory(Path(name), turns)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=200)
    asyncio.run(run(parser.parse_args().turns))
