"""From today to 18:59: steps with offset, owner, proof and state."""
