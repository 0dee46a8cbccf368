"""The autopilot's decisions."""
