"""The program called in this process, as for every command."""

from tests.cli.conftest import inside

__all__ = ["inside"]
