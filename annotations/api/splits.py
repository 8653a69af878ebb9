"""Train, val and test: how many pictures and boxes are where, dealing out, putting some there by hand."""

from typing import Any
from uuid import UUID

from rest_framework.request import Request
from rest_framework.response import Response

from annotations.actions.split import BATCH, preview_split, put_in_split, request_split
from annotations.split_queries import class_names, splits_now
from annotations.version_queries import need_images
from datasets.models import Dataset
from datasets.queries import dataset_for
from datasets.search.conditions import UNSPLIT
from datasets.splitting import NAMES, BadRule, Rule
from modelship.api.values import choice_of, flag_of, id_of
from modelship.api.views import ApiView
from modelship.jobs.queries import job_dict
from modelship.lib.errors import BadRequest

FIELDS = ("ratios", "balance", "group", "near_duplicates", "keep", "seed")


class DatasetSplit(ApiView):
    """GET {"rule", "classes", "counts"}: pictures and accepted boxes by class on each side, and on `none`.

    POST {"ratios", "balance", "group", "near_duplicates", "keep", "seed"} deals the pictures out by a
    job. With "dry_run": true the counts that it would give are answered and nothing is changed.
    """

    post_answers = (200, 202)

    def get(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "view")
        need_images(dataset)
        counts = splits_now(dataset)
        return Response(
            {"rule": dataset.split_rule or None, "classes": class_names(dataset), "counts": counts}
        )

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields(*FIELDS, "dry_run")
        rule = rule_of(data)
        if flag_of(data, "dry_run", default=False):
            shown = {"rule": rule.as_json(), "classes": class_names(dataset)}
            return Response({**shown, **preview_split(self.actor, dataset, rule)})
        job, _ = request_split(self.actor, dataset, rule)
        return Response({"job": job_dict(job)}, status=202)


class SplitImages(ApiView):
    """POST {"images": [ids], "split": "train" | "val" | "test" | "none", "fixed": true}: put pictures there by hand.

    Fixed ones are spared by the dealing.
    """

    post_answers = (200,)

    def post(self, request: Request, dataset_id: UUID) -> Response:
        dataset = dataset_for(self.actor, dataset_id, "manage")
        data = self.fields("images", "split", "fixed")
        side = choice_of(data, "split", (*NAMES, UNSPLIT))
        split = "" if side == UNSPLIT else side
        is_fixed = flag_of(data, "fixed", default=True)
        moved = put_in_split(self.actor, dataset, images_in(data), split, is_fixed=is_fixed)
        return Response({"moved": moved, "counts": splits_now(Dataset.objects.get(pk=dataset.pk))})


def rule_of(data: dict[str, Any]) -> Rule:
    try:
        return Rule.parse({key: data[key] for key in FIELDS if key in data})
    except BadRule as problem:
        raise BadRequest(str(problem), field=problem.field) from problem


def images_in(data: dict[str, Any]) -> list[UUID]:
    images = data.get("images")
    if not isinstance(images, list) or not 1 <= len(images) <= BATCH:
        raise BadRequest(f"'images' must be a list of 1 to {BATCH} ids.", field="images")
    return [id_of(image, "images") for image in images]
