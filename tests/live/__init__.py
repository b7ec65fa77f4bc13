"""What viewers get: cards, frames, snapshot."""
