"""Whether everything stands for this hour: one line a check, each with its remedy."""
