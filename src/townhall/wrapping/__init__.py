"""After the hour: leftovers with their limits, who may sign them, the handover list, the closing papers."""
