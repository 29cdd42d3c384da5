"""Stopping in good order: the pool's processes learn of it between two steps.

The event is made before the pool forks. Celery's warm shutdown sets it in the parent
(`fleet.lifecycle`); the runner then saves a checkpoint, releases its lease and returns.
"""

import multiprocessing

stopping = multiprocessing.get_context("fork").Event()
