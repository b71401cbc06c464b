# SPDX-License-Identifier: Apache-2.0
"""GET ?customerId=...&facilityId=... over the shared prediction code, as an HTTP API answers."""
import json
import os

import boto3

from item_prediction import models

REQUIRED = ("customerId", "facilityId")
PREDICTOR = models.load(os.environ.get("MODEL", "forest"), boto3.client("s3"))


def answer(status, body):
    return {"statusCode": status, "headers": {"content-type": "application/json"}, "body": json.dumps(body)}


def handler(event, context):
    method = event.get("requestContext", {}).get("http", {}).get("method", "GET")
    if method != "GET":
        return answer(405, {"error": f"{method} is not allowed, use GET"})
    query = event.get("queryStringParameters") or {}
    absent = [name for name in REQUIRED if not query.get(name)]
    if absent:
        return answer(400, {"error": f"query parameter missing: {', '.join(absent)}", "missing": absent})
    items = PREDICTOR.predict(query["customerId"], query["facilityId"])
    if not items:
        return answer(404, {"error": "no orders of this customer at this facility"})
    return answer(200, {"model": PREDICTOR.name, "items": items, **{name: query[name] for name in REQUIRED}})
