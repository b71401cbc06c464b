# SPDX-License-Identifier: Apache-2.0
"""Predicts the items a customer will order again at a facility; MODEL names the model."""
import os

import boto3

from item_prediction import models

PREDICTOR = models.load(os.environ.get("MODEL", "forest"), boto3.client("s3"))


def handler(event, context):
    items = PREDICTOR.predict(event["customerId"], event["facilityId"], int(event.get("top", 3)))
    return {
        "statusCode": 200 if items else 404,
        "model": PREDICTOR.name,
        "best": items[0]["item"] if items else None,
        "items": items,
    }
