"""The attic: the cast, demo data by stage and seed, a simulated hour. Nothing below knows of it."""
