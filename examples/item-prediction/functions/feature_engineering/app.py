# SPDX-License-Identifier: Apache-2.0
"""Derives features from order rows and scales them; with `output`, also stores them in S3."""
import json

import boto3
import pandas as pd
from sklearn.preprocessing import StandardScaler

from item_prediction import features, rows

S3 = boto3.client("s3")


def handler(event, context):
    try:
        orders, refused = rows.parse(event.get("rows", []))
    except ValueError as error:
        return {"statusCode": 400, "error": str(error)}
    if orders.empty:
        return {"statusCode": 400, "error": "no valid rows", "refused": len(refused)}
    as_of = orders["ordered_at"].max().normalize() + pd.Timedelta(days=1)
    derived = features.derive(orders, as_of)
    derived[features.NUMBERS] = StandardScaler().fit_transform(derived[features.NUMBERS])
    body = derived.round(6).to_json(orient="records")
    if "output" in event:
        S3.put_object(Bucket=event["output"]["bucket"], Key=event["output"]["key"], Body=body.encode())
    return {
        "statusCode": 200,
        "asOf": as_of.isoformat(),
        "count": len(derived),
        "refused": len(refused),
        "columns": list(derived.columns),
        "features": json.loads(body),
    }
