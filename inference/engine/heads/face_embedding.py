"""Face embedders (MobileFaceNet, ArcFace): one aligned face in, one vector out."""

from __future__ import annotations

from inference.engine.class_names import named_classes
from inference.engine.picture_input import check_element, the_only
from inference.engine.protocols import Feeds, GraphFacts
from inference.engine.spec import EMBED, ModelSpec

SIDE = 112
SHORTEST, LONGEST = 64, 1024


class FaceEmbedding:
    """Known by the size of its input alone, so nothing that is near it is taken for one.

    How the pixels were scaled is not in the graph; -1 to 1 in RGB is the most usual way.
    """

    name = "face_embedding"

    def recognise(self, facts: GraphFacts) -> ModelSpec | None:
        source = the_only(facts)
        if source is None or source.size != (SIDE, SIDE) or len(facts.outputs) != 1:
            return None
        answer = facts.outputs[0]
        if len(answer.dims) != 2:
            return None
        batch, length = answer.dims
        if facts.metadata.get("task") == "classify" or len(named_classes(facts.metadata)) == length:
            return None
        if batch not in (None, 1) or length is None or not SHORTEST <= length <= LONGEST:
            return None
        check_element(source)
        return ModelSpec(
            head=self.name,
            input_size=(SIDE, SIDE),
            class_names=(),
            input_name=source.name,
            output_name=answer.name,
            channel_order="RGB",
            scale=1 / 255,
            mean=(0.5, 0.5, 0.5),
            std=(0.5, 0.5, 0.5),
            resize="stretch",
            task=EMBED,
            layout=source.layout,
            element=source.element,
        )

    def answers(self, spec: ModelSpec) -> tuple[str, ...]:
        return (spec.output_name,)

    def beside(self, spec: ModelSpec) -> Feeds:
        return {}
