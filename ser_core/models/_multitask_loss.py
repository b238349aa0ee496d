"""The loss of the family `multitask`: one for each task, over the clips that know its answer, weighed by training.

The weighting is that of Kendall, Gal and Cipolla, "Multi-task learning using uncertainty to weigh losses for scene
geometry and semantics", CVPR 2018: each task has a variance, learnt as its logarithm ``s``. A classification adds
``exp(-s) * cross_entropy + s / 2`` (equation 10), a rating ``exp(-s) * squared_error / 2 + s / 2`` (equation 7), so
that tasks whose answers stay uncertain, or whose loss is large by its unit, do not outweigh the others.
"""

from typing import Any

from ser_core.labels import EMOTIONS
from ser_core.models._audioset_training import IMPOSSIBLE
from ser_core.models._tensorflow import tf
from ser_core.side_tasks import SIDE_TASKS


def losses(answers: Any, targets: Any, known: Any, *, side_tasks: tuple[str, ...]) -> tuple[Any, Any]:
    """Mean loss of each task over the clips whose answer is known.

    Parameters
    ----------
    answers, targets : tf.Tensor [shape=(batch, 8 + n_side)]
        See `ser_core.models._multitask_network.build`; probabilities of the emotions, then 0 or 1 or the rating.
    known : tf.Tensor [shape=(batch, 8 + n_side)], bool
        Which emotions could be, and which side tasks the clip has an answer for.
    side_tasks : tuple of str
        What is learnt besides emotions.

    Returns
    -------
    losses, there : tf.Tensor [shape=(1 + n_side,)]
        Cross-entropies in nats and half the mean squared errors; 1 where any clip of the batch knows the task, else 0.
    """
    n = len(EMOTIONS)
    logits = tf.where(known[:, :n], answers[:, :n], IMPOSSIBLE)
    found = [tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(targets[:, :n], logits))]
    there = [tf.constant(1.0)]
    for i, name in enumerate(side_tasks, start=n):
        weight = tf.cast(known[:, i], tf.float32)
        if SIDE_TASKS[name].is_rating:
            each = 0.5 * tf.square(answers[:, i] - targets[:, i])
        else:
            each = tf.nn.sigmoid_cross_entropy_with_logits(targets[:, i], answers[:, i])
        found.append(tf.reduce_sum(weight * each) / tf.maximum(tf.reduce_sum(weight), 1.0))
        there.append(tf.reduce_max(weight))
    return tf.stack(found), tf.stack(there)


def weighted(found: Any, there: Any, log_variance: Any) -> Any:
    """The sum of the losses of all tasks, each by its variance; those of which the batch knows nothing are left out.

    Parameters
    ----------
    found, there : tf.Tensor [shape=(n_tasks,)]
        From `losses`.
    log_variance : tf.Tensor [shape=(n_tasks,)]
        Of each task, trained with the network.
    """
    return tf.reduce_sum(there * (tf.exp(-log_variance) * found + 0.5 * log_variance))
