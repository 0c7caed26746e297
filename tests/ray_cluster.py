"""A batch on a Ray cluster of two nodes on this machine, of which one is killed midway. A program of its own: Ray looks up
addresses and leaves threads, which the guards of the tests forbid.

    python tests/ray_cluster.py INPUT STORE        prints a JSON line: counts, and documents that were read before the node died
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

os.environ |= {"RAY_AUTH_MODE": "disabled", "RAY_USAGE_STATS_ENABLED": "0", "RAY_health_check_initial_delay_ms": "500"}
os.environ |= {"RAY_health_check_period_ms": "300", "RAY_health_check_failure_threshold": "3"}
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import ray
from ray.cluster_utils import Cluster

from extractor.batch import engine_ray
from extractor.batch.engine_local import Order
from extractor.batch.manifest import items
from extractor.batch.work import Setup
from extractor.store import open_store

_STORE = 100 << 20


class Killer:
    """A Watch that kills a node once some documents are read."""

    def __init__(self, cluster, node):
        self.cluster, self.node, self.read = cluster, node, None

    def update(self, tally):
        if self.read is None and tally.counts["read"]:
            self.read = tally.counts["read"]
            self.cluster.remove_node(self.node, allow_graceful=False)

    def failed(self, name, failure):
        pass


def main():
    name, place = sys.argv[1:]
    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1, "object_store_memory": _STORE})
    node = cluster.add_node(num_cpus=1, object_store_memory=_STORE)
    os.environ["RAY_ADDRESS"] = cluster.address
    killer = Killer(cluster, node)
    with open_store(place, create=True) as store:
        tally = engine_ray.run(items([name], None, None), store, Order(workers=2, setup=Setup()), killer)
    until = time.monotonic() + 120
    while (alive := sum(node["Alive"] for node in ray.nodes())) > 1 and time.monotonic() < until:
        time.sleep(0.1)  # that a node is gone is noticed after a while
    said = {"counts": tally.counts, "read_before": killer.read, "nodes": alive}
    print(json.dumps(said))  # noqa: T201 - the test reads it
    ray.shutdown()
    cluster.shutdown()


if __name__ == "__main__":
    main()
