"""What is kept of a question, for how long, and given out as one file: retention, legal hold, case file (一问一档)."""
