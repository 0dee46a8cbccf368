"""The same trials on a Dask cluster: the bench is sent to each worker once; what a lost worker had is run again.

Dask's messages are pickles: whoever reaches the scheduler can run code as its workers. Trials, settings of the engine
and prices are sent there, no key and no secret.
"""

import hashlib
import importlib
import io
import os
import tarfile
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec

from kraken_tui.model.errors import KrakenTuiError, UsageError
from kraken_tui.replay.search.bench import Runner
from kraken_tui.replay.search.prepare import program
from kraken_tui.replay.search.trials import Job, Outcome

CONNECT_S = 10
MOST_LOSSES = 5
"""Times that one trial may take its worker with it before it is no accident."""
TRIES = 3
"""Times that the bench is sent anew, where every worker that had it is gone."""


def dask() -> Any:
    """The library, which is an extra.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return importlib.import_module("distributed")
    except ImportError as error:
        raise UsageError(
            "--cluster needs dask.distributed, which is not installed: pip install 'kraken-tui[cluster]', here and "
            "where the workers run"
        ) from error


class Cluster:
    """See `workers.Workers`.

    Args:
        address: of the scheduler, such as `tcp://127.0.0.1:8786`.
        folder: of the bench.
        tell: of what is noteworthy.

    Raises:
        UsageError: Dask is not installed, nobody answers there, or a worker runs another program.
    """

    def __init__(self, address: str, folder: Path, tell: Callable[[str], None]) -> None:
        self._dask = dask()
        try:
            self._client: Any = self._dask.Client(address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"--cluster {address}: no Dask scheduler answers there: {error}") from error
        self._lost: tuple[type[BaseException], ...] = (self._dask.KilledWorker, self._dask.CancelledError)
        self._address = address
        self._packed = packed(folder)
        self._digest = hashlib.blake2b(self._packed, digest_size=16).hexdigest()
        try:
            self._check(tell)
        except BaseException:
            self._client.close()
            raise

    def _check(self, tell: Callable[[str], None]) -> None:
        try:
            self._client.wait_for_workers(1, timeout=CONNECT_S)
        except TimeoutError as error:
            raise UsageError(f"--cluster: the scheduler has no worker; dask worker {self._address} is one") from error
        told: dict[str, str] = self._client.run(program)
        for worker, theirs in sorted(told.items()):
            if theirs != program():
                raise UsageError(
                    f"--cluster: {worker} runs kraken-tui {theirs}, this is {program()}; the same is right"
                )
        tell(f"{len(told)} Dask workers, {len(self._packed) / 1e6:,.1f} MB of market for each")

    def run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        """See `Workers.run`.

        Raises:
            KrakenTuiError: workers are lost again and again.
        """
        left = list(jobs)
        for _ in range(TRIES):
            try:
                for job, outcome in self._run(left):
                    left.remove(job)
                    yield job, outcome
            except self._lost:
                continue
            if not left:
                return
        raise KrakenTuiError(
            "the cluster loses its workers again and again; what was finished is kept: the same command goes on"
        )

    def _run(self, jobs: Sequence[Job]) -> Iterator[tuple[Job, Outcome]]:
        bench = self._client.scatter(self._packed, broadcast=True, hash=False)
        waiting = {
            self._client.submit(
                run_packed, bench, self._digest, msgspec.json.encode(job), pure=False, retries=MOST_LOSSES
            ): job
            for job in jobs
        }
        for future in self._dask.as_completed(list(waiting), loop=self._client.loop):
            yield waiting[future], msgspec.json.decode(future.result(), type=Outcome)

    def close(self) -> None:
        """See `workers.Workers.close`."""
        self._client.close()


def packed(folder: Path) -> bytes:
    """A bench as one piece: the same for the same files."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        for file in sorted(folder.iterdir()):
            info = tarfile.TarInfo(file.name)
            info.size = file.stat().st_size
            with file.open("rb") as content:
                archive.addfile(info, content)
    return data.getvalue()


_runners: dict[str, Runner] = {}


def run_packed(bench: bytes, digest: str, job: bytes) -> bytes:
    """Run a job on a worker; the bench is unpacked once in each process."""
    if digest not in _runners:
        with tempfile.TemporaryDirectory(prefix=f"kraken-tui-bench-{os.getpid()}-") as folder:
            with tarfile.open(fileobj=io.BytesIO(bench)) as archive:
                archive.extractall(folder, filter="data")
            # Mapped pages outlive the names of their files.
            _runners[digest] = Runner(Path(folder))
            return msgspec.json.encode(_runners[digest].run(msgspec.json.decode(job, type=Job)))
    return msgspec.json.encode(_runners[digest].run(msgspec.json.decode(job, type=Job)))
