"""What goes out before the hour: notices and their receipts, the prep meeting and its tasks, publicity."""
