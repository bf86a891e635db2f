"""JAX with all epochs in one compiled loop, so that Python's cost a step is not in it."""

from __future__ import annotations

from pathlib import Path

from peers.python import lacks, program, serve
from task import Task


def missing() -> str | None:
    """Return what is not installed."""
    return lacks("jax")


def command(task: Task, folder: Path) -> list[str]:
    """Return the command of the protocol."""
    return program("peers.with_jax", task, folder)


class Peer:
    """Batches are scanned within an epoch, epochs are a loop of a length not known when it is compiled."""

    def __init__(self, task: Task) -> None:
        import jax

        jax.config.update("jax_platforms", "cpu")
        jax.config.update("jax_enable_x64", task.dtype == "float64")
        self.jax, self.task = jax, task
        batches = len(task.X) // task.batch
        self.x = jax.numpy.asarray(task.X.reshape(batches, task.batch, -1))
        self.t = jax.numpy.asarray(task.T.reshape(batches, task.batch, -1))
        self.compiled = jax.jit(self.many_epochs)
        self.mean_loss = jax.jit(self.loss_of)

    def restart(self) -> None:
        """Go back to the first parameters."""
        tree = self.jax.tree_util.tree_map
        params = [tuple(part for part in layer if part is not None) for layer in self.task.split(self.task.first)]
        params = tree(self.jax.numpy.asarray, params)
        moments = tree(self.jax.numpy.zeros_like, params) if self.task.optimizer == "adam" else ()
        self.state = (params, moments, moments, 0)

    def train(self, epochs: int) -> None:
        """Train whole epochs."""
        self.state = self.jax.block_until_ready(self.compiled(self.state, epochs, self.x, self.t))

    def loss(self) -> float:
        """Return the mean loss over all samples."""
        return float(self.mean_loss(self.state[0], self.task.X, self.task.T))

    def loss_of(self, params, x, t):
        """Return the mean loss of samples x (b, inputs)."""
        jax, task = self.jax, self.task
        functions = {"relu": jax.nn.relu, "tanh": jax.numpy.tanh, "sigmoid": jax.nn.sigmoid}
        for layer in params:
            z = x @ layer[0] + layer[1] if task.bias else x @ layer[0]
            last = layer is params[-1]
            if last and task.loss == "cross_entropy":
                return -(t * jax.nn.log_softmax(z)).sum() / len(t)
            x = functions[task.output if last else task.activation](z)
        return 0.5 * ((t - x) ** 2).sum() / len(t)

    def many_epochs(self, state, epochs, xs, ts):
        """Return the state after so many epochs over xs (batches, b, inputs)."""
        jax, task = self.jax, self.task
        tree = jax.tree_util.tree_map
        update = self.sgd if task.optimizer == "sgd" else self.adam

        def one_batch(state, batch):
            slope = jax.grad(self.loss_of)(state[0], *batch)
            return update(state, slope, tree), None

        def one_epoch(_, state):
            return jax.lax.scan(one_batch, state, (xs, ts))[0]

        return jax.lax.fori_loop(0, epochs, one_epoch, state)

    def sgd(self, state, slope, tree):
        """Step down the gradient."""
        params, m, v, steps = state
        return tree(lambda w, g: w - self.task.rate * g, params, slope), m, v, steps

    def adam(self, state, slope, tree):
        """Step as Kingma and Ba (2015) write it, with their default settings."""
        params, m, v, steps = state
        steps = steps + 1
        m = tree(lambda m, g: 0.9 * m + 0.1 * g, m, slope)
        v = tree(lambda v, g: 0.999 * v + 0.001 * g * g, v, slope)
        of_m, of_v = self.task.rate / (1.0 - 0.9**steps), 1.0 / (1.0 - 0.999**steps)
        params = tree(lambda w, m, v: w - of_m * m / (self.jax.numpy.sqrt(v * of_v) + 1e-8), params, m, v)
        return params, m, v, steps


if __name__ == "__main__":
    serve(Peer)
