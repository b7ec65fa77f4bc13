"""The topic pool: gathered from units and citizens, chosen for an hour with its evidence."""
