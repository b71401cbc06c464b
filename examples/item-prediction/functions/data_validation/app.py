# SPDX-License-Identifier: Apache-2.0
"""Validates order rows, given in the event or as a JSON object in S3."""
import json

import boto3

from item_prediction import rows

S3 = boto3.client("s3")


def records_of(event):
    if "s3" in event:
        place = event["s3"]
        return json.load(S3.get_object(Bucket=place["bucket"], Key=place["key"])["Body"])
    return event.get("rows", [])


def handler(event, context):
    try:
        good, refused = rows.parse(records_of(event))
    except ValueError as error:
        return {"statusCode": 400, "error": str(error)}
    return {
        "statusCode": 200,
        "accepted": len(good),
        "refused": len(refused),
        "problems": refused,
        "rows": json.loads(good.to_json(orient="records", date_format="iso")),
    }
