"""What a connection to the engine may do."""

VIEW, PROPOSE, CONTROL = "view", "propose", "control"
ROLES = (VIEW, PROPOSE, CONTROL)
"""Look; also ask questions and make proposals; also command and confirm."""
