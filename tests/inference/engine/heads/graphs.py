"""What inspection would tell of graphs that are not there."""

from inference.engine.protocols import GraphFacts, TensorFacts

# What the exporter of Ultralytics writes beside a model.
EXPORTED = {"stride": "32", "task": "detect", "names": "{0: 'boat', 1: 'crane'}"}


def facts(
    source: tuple,
    *answers: tuple,
    element="FLOAT",
    metadata=None,
    last_operator="",
    names=("output", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth"),
) -> GraphFacts:
    outputs = tuple(TensorFacts(name, "FLOAT", dims) for name, dims in zip(names, answers, strict=False))
    return GraphFacts(
        "net", (TensorFacts("images", element, source),), outputs, frozenset(), metadata or {}, last_operator
    )
