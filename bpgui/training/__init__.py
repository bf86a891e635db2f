"""How a network is trained: recipe, trainer, worker."""
