"""Steering a sandbox from a test: in Python, or over HTTP on a port of its own."""

from kraken_tui.sandbox.control.client import ControlRefused, SandboxControl

__all__ = ["ControlRefused", "SandboxControl"]
