"""The engine, its disk and an exchange in one virtual-time loop, under seeded faults."""
