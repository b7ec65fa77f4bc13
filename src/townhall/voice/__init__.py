"""The asker's voice: did it help, was it done, and the telephone call that asks why not."""
